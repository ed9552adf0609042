// Fault: the call is answered "in progress", and fails in the end, with the code. With a definite
// one nothing is applied; with an ambiguous one all of it is.
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace progress_then_failure {
namespace {

Executed execute_and_fail(const FaultedCall& call) {
  Departure departure;
  departure.kind = Departure::Kind::kFailedLater;
  departure.code = call.effect.code.value_or(ErrorCode::kUnforeseenError);
  departure.words = words_of(departure.code, call.effect);
  return execute(call.truth, call.behaviours, call.request, call.now, departure);
}

// Codes that end an operation: one that may be tried again would look as if the poll had failed.
std::vector<ErrorCode> final_codes() {
  std::vector<ErrorCode> out = honest_codes();
  std::erase_if(out, [](ErrorCode code) { return is_recoverable(code); });
  return out;
}

}  // namespace
}  // namespace progress_then_failure

const FaultKind& progress_then_failure_fault() {
  static const FaultKind kKind = {
      .name = "progress-then-failure",
      .summary = "An asynchronous call is in progress, and then fails.",
      .within_contract = true,
      .calls = {CallKind::kCreate, CallKind::kUpdate, CallKind::kDelete},
      .codes = progress_then_failure::final_codes(),
      .matters = Matters::kByExecution,
      .execute = progress_then_failure::execute_and_fail,
      .needs = {.asynchronous = true},
  };
  return kKind;
}

}  // namespace squall::cloud
