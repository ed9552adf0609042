// The part of CaseRun for what people do to an engine's state while nothing runs, and for runs that
// are in one another's way.
#include "base/check.h"
#include "suite/executor.h"

namespace squall::suite {

bool CaseRun::remove_from_state(const std::vector<std::string>& labels) {
  if (is_busy()) return false;
  std::vector<ResourceIdentity> identities;
  for (const std::string& label : labels) {
    const Slot* slot = world().find(label);
    SQUALL_CHECK(slot != nullptr);
    identities.push_back({slot->stack, slot->label, slot->type});
  }
  read_log();
  const Result<bool> removed = engine_.remove_from_state(identities);
  if (!removed) {
    stop("removing something from the state failed: " + removed.error().message);
    return false;
  }
  hear_store();
  mend_store();
  if (*removed) belief_->removed_from_state(identities, log_);
  return *removed;
}

bool CaseRun::visit_elsewhere() {
  if (is_busy()) return false;
  const Result<bool> visited = engine_.visit_elsewhere();
  if (!visited) {
    stop("a run in another workspace failed: " + visited.error().message);
    return false;
  }
  mend_store();
  return *visited;
}

bool CaseRun::switch_binary() { return !is_busy() && engine_.switch_binary(); }

void CaseRun::hear_rivals() {
  for (RivalRun& run : engine_.rival_runs(record_.rivals.size()))
    record_.rivals.push_back({operation_, std::move(run)});
}

}  // namespace squall::suite
