// A form: its first line is the Content-Type, the rest the body. Any bytes are a form or an error,
// and the parts of a form lie within its body, in their order.
#include <algorithm>
#include <cstdint>

#include "agent/rest/multipart.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace squall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), size);
  const std::string_view body = text.substr(std::min(line + 1, size));
  const Result<std::string> boundary = agent::boundary_of(text.substr(0, line));
  if (!boundary) return 0;
  const auto parts = agent::parse_multipart(body, *boundary);
  if (!parts) return 0;
  const char* at = body.data();
  for (const agent::Part& part : *parts) {
    SQUALL_CHECK(!part.name.empty());
    SQUALL_CHECK(part.content.empty() || part.content.data() >= at);
    SQUALL_CHECK(part.content.find("\r\n--" + *boundary) == std::string_view::npos);
    if (!part.content.empty()) at = part.content.data() + part.content.size();
    SQUALL_CHECK(at <= body.data() + body.size());
  }
  return 0;
}
