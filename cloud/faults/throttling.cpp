// Fault: the cloud turns the call away as one too many.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace throttling {
namespace {

void shape(const FaultEffect& effect, Delivery& delivery) {
  delivery.execute_after.clear();
  delivery.answer_instead = ErrorCode::kThrottling;
  delivery.words = words_of(ErrorCode::kThrottling, effect);
}

}  // namespace
}  // namespace throttling

const FaultKind& throttling_fault() {
  static const FaultKind kKind = {
      .name = "throttling",
      .summary = "The call is turned away with Throttling; nothing is applied.",
      .within_contract = true,
      .calls = every_call(),
      .shape = throttling::shape,
  };
  return kKind;
}

}  // namespace squall::cloud
