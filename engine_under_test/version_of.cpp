#include "base/hash.h"
#include "engine_under_test/engine_under_test.h"

namespace squall {

int64_t version_of(const Json& write_only_value) {
  constexpr uint64_t kBelow = uint64_t{1} << 40;  // every double holds it exactly
  return static_cast<int64_t>(hash_text(canonical(write_only_value)) % kBelow);
}

}  // namespace squall
