// Fault: the call fails and nothing is applied. With an ambiguous code the caller cannot know that.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace error {
namespace {

void shape(const FaultEffect& effect, Delivery& delivery) {
  delivery.execute_after.clear();
  answer_with_code_or_silence(effect, delivery);
}

}  // namespace
}  // namespace error

const FaultKind& error_fault() {
  static const FaultKind kKind = {
      .name = "error",
      .summary = "The call fails with a code; nothing is applied.",
      .within_contract = true,
      .calls = every_call(),
      .codes = honest_codes(),
      .shape = error::shape,
  };
  return kKind;
}

}  // namespace squall::cloud
