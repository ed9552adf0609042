// A forma as a client sends it: any bytes are read or refused, and what was read is written so that
// it is read again as the same.
#include <cstdint>

#include "base/check.h"
#include "documents/forma.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace squall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Json> document = parse_json(text);
  if (!document) return 0;
  const Result<Forma> forma = parse_forma(*document);
  if (!forma) return 0;
  const Json written = to_json(*forma);
  const Result<Json> again = parse_json(one_line(written));
  SQUALL_CHECK(again.has_value());
  SQUALL_CHECK(same(*again, written));
  const Result<Forma> read = parse_forma(*again);
  SQUALL_CHECK(read.has_value());
  SQUALL_CHECK(canonical(to_json(*read)) == canonical(written));
  for (const DeclaredResource& resource : forma->resources) {
    for_each_reference(*resource.properties, [](const std::string&, const Reference&) {});
  }
  return 0;
}
