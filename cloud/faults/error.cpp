// Fault: the call fails and nothing is applied. With an ambiguous code the caller cannot know that.
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace {

// Every code that a cloud can say. A passed deadline and a malformed answer are what a caller makes
// of no answer, or of one it cannot read. NotFound and Gone say something of the object: to say so
// of one that exists is a lie, beyond the contract (docs/rules.md §9).
std::vector<ErrorCode> codes() {
  std::vector<ErrorCode> out;
  for (size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kMalformedAnswer) continue;
    if (code == ErrorCode::kNotFound || code == ErrorCode::kGone) continue;
    out.push_back(code);
  }
  return out;
}

void shape(const FaultEffect& effect, Delivery& delivery) {
  delivery.execute_after.clear();
  answer_with_code_or_silence(effect, delivery);
}

}  // namespace

const FaultKind& error_fault() {
  static const FaultKind kKind = {
      .name = "error",
      .summary = "The call fails with a code; nothing is applied.",
      .within_contract = true,
      .calls = every_call(),
      .codes = codes(),
      .may_be_silent = false,
      .min_delay = Duration(0),
      .max_delay = Duration(0),
      .shape = shape,
  };
  return kKind;
}

}  // namespace squall::cloud
