// Fault: the caller is told at once that the call failed, or nothing at all; the request arrives
// and is executed afterwards.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace late_delivery {
namespace {

void shape(const FaultEffect& effect, Delivery& delivery) {
  delivery.execute_after = {effect.delay};
  answer_with_code_or_silence(effect, delivery);
}

}  // namespace
}  // namespace late_delivery

const FaultKind& late_delivery_fault() {
  static const FaultKind kKind = {
      .name = "late-delivery",
      .summary = "The caller gives up; the call is executed afterwards.",
      .within_contract = true,
      .calls = calls_with_effects(),
      .codes = {ErrorCode::kServiceTimeout, ErrorCode::kNetworkFailure},
      .may_be_silent = true,
      .min_delay = std::chrono::milliseconds(1),
      .max_delay = std::chrono::seconds(2),
      .shape = late_delivery::shape,
  };
  return kKind;
}

}  // namespace squall::cloud
