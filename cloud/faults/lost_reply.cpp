// Fault: the call is executed, and its caller never hears the true answer.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace lost_reply {
namespace {

void shape(const FaultEffect& effect, Delivery& delivery) {
  answer_with_code_or_silence(effect, delivery);
}

}  // namespace
}  // namespace lost_reply

const FaultKind& lost_reply_fault() {
  static const FaultKind kKind = {
      .name = "lost-reply",
      .summary = "The call is executed; its answer is lost.",
      .within_contract = true,
      .calls = calls_with_effects(),
      .codes = {ErrorCode::kServiceTimeout, ErrorCode::kNetworkFailure},
      .may_be_silent = true,
      .shape = lost_reply::shape,
  };
  return kKind;
}

}  // namespace squall::cloud
