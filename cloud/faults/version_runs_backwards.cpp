// Fault: a read or update answers with a version older than the truth, outside any consistency
// window. Beyond the contract. An engine may take its next read for drift, and end an update of the
// object Rejected or tried again: it may break justified-outcome and minimal-calls for the object's
// identity, until an update or sync reads it.
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace version_runs_backwards {
namespace {

Executed execute_and_turn_back(const FaultedCall& call) {
  Executed out = execute(call.truth, call.behaviours, call.request, call.now);
  if (!out.reply.ok() || out.reply.version < 2) return out;
  out.said = out.reply;
  --out.said->version;
  out.departed = true;
  return out;
}

}  // namespace
}  // namespace version_runs_backwards

const FaultKind& version_runs_backwards_fault() {
  static const FaultKind kKind = {
      .name = "version-runs-backwards",
      .summary = "The answer shows an older version than the object has.",
      .within_contract = false,
      .calls = {CallKind::kRead, CallKind::kUpdate},
      .matters = Matters::kByExecution,
      .execute = version_runs_backwards::execute_and_turn_back,
      .needs = {.versions = true},
      .may_break =
          "justified-outcome and minimal-calls, for the object's identity, until it is next read",
  };
  return kKind;
}

}  // namespace squall::cloud
