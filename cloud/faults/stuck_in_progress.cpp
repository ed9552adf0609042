// Fault: an asynchronous request makes no progress: it takes some more polls than it should.
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace stuck_in_progress {
namespace {

constexpr uint32_t kMorePolls = 3;

Executed execute_slowly(const FaultedCall& call) {
  AsyncRequest* request = call.truth.requests.find(call.request.request_id);
  const bool sticks = request != nullptr && request->polls_left > 0;
  if (sticks) request->polls_left += kMorePolls;
  Executed out = execute(call.truth, call.behaviours, call.request, call.now);
  out.departed = sticks;
  return out;
}

}  // namespace
}  // namespace stuck_in_progress

const FaultKind& stuck_in_progress_fault() {
  static const FaultKind kKind = {
      .name = "stuck-in-progress",
      .summary = "An asynchronous request needs more polls.",
      .within_contract = true,
      .calls = {CallKind::kStatus},
      .matters = Matters::kByExecution,
      .execute = stuck_in_progress::execute_slowly,
      .needs = {.asynchronous = true},
  };
  return kKind;
}

}  // namespace squall::cloud
