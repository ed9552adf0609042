#include "cloud/faults/kinds.h"

#include <fmt/format.h>

namespace squall::cloud {

std::vector<CallKind> every_call() {
  std::vector<CallKind> calls;
  calls.reserve(kCallKinds);
  for (size_t i = 0; i < kCallKinds; ++i) calls.push_back(static_cast<CallKind>(i));
  return calls;
}

std::vector<CallKind> calls_with_effects() {
  return {CallKind::kCreate, CallKind::kSettle, CallKind::kUpdate, CallKind::kDelete};
}

// A passed deadline and a malformed answer are what a caller makes of no answer, or of one it
// cannot read. NotFound and Gone say something of the object: to say so of one that exists is a
// lie, beyond the contract.
std::vector<ErrorCode> honest_codes() {
  std::vector<ErrorCode> out;
  for (size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kMalformedAnswer) continue;
    if (code == ErrorCode::kNotFound || code == ErrorCode::kGone) continue;
    out.push_back(code);
  }
  return out;
}

std::vector<ErrorCode> honest_ambiguous_codes() {
  std::vector<ErrorCode> out = honest_codes();
  std::erase_if(out, [](ErrorCode code) { return !is_ambiguous(code); });
  return out;
}

std::string words_of(ErrorCode code, const FaultEffect& effect) {
  return fmt::format("{} (fault {})", to_string(code), effect.kind);
}

void answer_with_code_or_silence(const FaultEffect& effect, Delivery& delivery) {
  delivery.answer_instead = effect.code;
  if (effect.code) {
    delivery.answer_after = Duration(0);
    delivery.words = words_of(*effect.code, effect);
  } else {
    delivery.answer_after = std::nullopt;
  }
}

}  // namespace squall::cloud
