#include "campaign/yardstick.h"

#include "campaign/version.h"

namespace squall::campaign {

Weight Yardstick::weight_of(std::string_view signature) const {
  if (find_known(known, signature) != nullptr) return Weight::known;
  if (promises == nullptr || strict) return Weight::failure;
  return standing_of(*promises, signature, version).is_promised() ? Weight::failure
                                                                  : Weight::remark;
}

Yardstick yardstick_of(const Traits& traits) {
  Yardstick out;
  out.promises = promises_of(traits.engine);
  out.version = version_of(traits);
  return out;
}

}  // namespace squall::campaign
