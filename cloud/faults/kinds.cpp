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
