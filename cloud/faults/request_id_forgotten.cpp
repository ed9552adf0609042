// Fault: the cloud forgets an asynchronous request. What it has done stays; polls for it are told
// that nothing is known of it, which leaves open how it ended (outcomes.md).
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace request_id_forgotten {
namespace {

Executed execute_and_forget(const FaultedCall& call) {
  const bool was_known = call.truth.requests.find(call.request.request_id) != nullptr;
  call.truth.requests.forget(call.request.request_id);
  Executed out = execute(call.truth, call.behaviours, call.request, call.now);
  out.departed = was_known;
  return out;
}

}  // namespace
}  // namespace request_id_forgotten

const FaultKind& request_id_forgotten_fault() {
  static const FaultKind kKind = {
      .name = "request-id-forgotten",
      .summary = "An asynchronous request id is not known any more.",
      .within_contract = true,
      .calls = {CallKind::kStatus},
      .matters = Matters::kByExecution,
      .execute = request_id_forgotten::execute_and_forget,
      .needs = {.asynchronous = true},
  };
  return kKind;
}

}  // namespace squall::cloud
