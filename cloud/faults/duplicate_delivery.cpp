// Fault: the request is executed twice: at once, and again after the delay. The caller hears the
// first answer. Versions and create tokens are what makes the second one harmless, so it is within
// the contract only where the cloud has both.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace duplicate_delivery {
namespace {

void shape(const FaultEffect& effect, Delivery& delivery) {
  delivery.execute_after = {Duration(0), effect.delay};
}

}  // namespace
}  // namespace duplicate_delivery

const FaultKind& duplicate_delivery_fault() {
  static const FaultKind kKind = {
      .name = "duplicate-delivery",
      .summary = "The call is executed twice; the first answer is told.",
      .within_contract = true,
      .calls = calls_with_effects(),
      .min_delay = std::chrono::milliseconds(1),
      .max_delay = std::chrono::seconds(2),
      .shape = duplicate_delivery::shape,
      .needs = {.versions = true, .tokens = true},
  };
  return kKind;
}

}  // namespace squall::cloud
