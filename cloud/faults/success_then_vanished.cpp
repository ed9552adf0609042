// Fault: a create succeeds, and once that is told, the object is gone. Beyond the contract: nobody
// deleted it. It may break no-phantom, property-agreement and references-resolve for the object's
// identity, until it is next read.
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace success_then_vanished {
namespace {

Executed execute_and_vanish(const FaultedCall& call) {
  const AsyncRequest* request = call.truth.requests.find(call.request.request_id);
  const bool creates = call.request.kind == CallKind::kCreate ||
                       (request != nullptr && request->kind == CallKind::kCreate);
  Executed out = execute(call.truth, call.behaviours, call.request, call.now);
  out.vanishes =
      creates && out.reply.ok() && call.truth.state.find_alive(out.reply.native_id) != nullptr;
  out.departed = out.vanishes;
  return out;
}

}  // namespace
}  // namespace success_then_vanished

const FaultKind& success_then_vanished_fault() {
  static const FaultKind kKind = {
      .name = "success-then-vanished",
      .summary = "A created object is gone once its create was acknowledged.",
      .within_contract = false,
      .calls = {CallKind::kCreate, CallKind::kStatus},
      .matters = Matters::kByExecution,
      .execute = success_then_vanished::execute_and_vanish,
      .may_break =
          "no-phantom, property-agreement and references-resolve, for the object's identity, until "
          "it is next read",
  };
  return kKind;
}

}  // namespace squall::cloud
