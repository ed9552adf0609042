// Fault: the call is executed and answered, but late.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace latency {
namespace {

void shape(const FaultEffect& effect, Delivery& delivery) {
  delivery.execute_after = {effect.delay};
  delivery.answer_after = effect.delay;
}

}  // namespace
}  // namespace latency

const FaultKind& latency_fault() {
  static const FaultKind kKind = {
      .name = "latency",
      .summary = "The call is executed and answered late.",
      .within_contract = true,
      .calls = every_call(),
      .min_delay = std::chrono::milliseconds(1),
      .max_delay = std::chrono::seconds(5),
      .shape = latency::shape,
      .matters = Matters::kByOrder,
  };
  return kKind;
}

}  // namespace squall::cloud
