// Fault: some of the call is applied, and the answer leaves open how much. A create stores some of
// its properties, and a retry with the same token stores the rest; an update applies the first
// operations of its patch.
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace partial_apply {
namespace {

Executed execute_partly(const FaultedCall& call) {
  Departure departure;
  departure.kind = Departure::Kind::kPartly;
  departure.code = call.effect.code.value_or(ErrorCode::kServiceInternalError);
  departure.words = words_of(departure.code, call.effect);
  return execute(call.truth, call.behaviours, call.request, call.now, departure);
}

}  // namespace
}  // namespace partial_apply

const FaultKind& partial_apply_fault() {
  static const FaultKind kKind = {
      .name = "partial-apply",
      .summary = "Some of the call is applied, and an ambiguous error answered.",
      .within_contract = true,
      .calls = {CallKind::kCreate, CallKind::kUpdate},
      .codes = honest_ambiguous_codes(),
      .matters = Matters::kByExecution,
      .execute = partial_apply::execute_partly,
      .needs = {.versions = true, .tokens = true},
  };
  return kKind;
}

}  // namespace squall::cloud
