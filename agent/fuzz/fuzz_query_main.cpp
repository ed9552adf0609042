// A query: any bytes are a query or an error, and a query matches the same things each time.
#include <cstdint>

#include "agent/rest/query.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace squall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kKnown[] = {"a", "b", "label"};
  const Result<agent::Query> query = agent::Query::parse(text, kKnown);
  if (!query) {
    SQUALL_CHECK(!query.error().message.empty());
    return 0;
  }
  const std::string_view half = text.substr(size / 2);
  const agent::FieldValue values[] = {{"a", text}, {"a", half}, {"label", half}};
  const bool first = query->matches(values);
  SQUALL_CHECK(query->matches(values) == first);
  SQUALL_CHECK(!query->empty() || first);
  return 0;
}
