// Fault: the call is never executed and never answered. Its caller learns that from its own
// deadline.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace hang {
namespace {

void shape(const FaultEffect&, Delivery& delivery) {
  delivery.execute_after.clear();
  delivery.answer_after = std::nullopt;
}

}  // namespace
}  // namespace hang

const FaultKind& hang_fault() {
  static const FaultKind kKind = {
      .name = "hang",
      .summary = "The call is never executed and never answered.",
      .within_contract = true,
      .calls = every_call(),
      .may_be_silent = true,
      .shape = hang::shape,
  };
  return kKind;
}

}  // namespace squall::cloud
