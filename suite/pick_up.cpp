// The part of CaseRun for engines whose provider is ours and whose store is theirs: what the one
// told them, what has become of the other, and how a case goes on where a run was cut short.
#include <algorithm>
#include <set>
#include <utility>

#include "suite/executor.h"

namespace squall::suite {

void CaseRun::hear() {
  hear_store();
  if (!record_.traits.provider_is_ours) return;
  for (ProviderAnswer& answer : engine_.provider_answers(record_.answers.size())) {
    belief_->hear(answer);
    record_.answers.push_back(std::move(answer));
  }
}

void CaseRun::mend_store() {
  std::optional<StoreFinding> found = engine_.mend_store();
  if (found) record_.store_damages.push_back({operation_, log_.end(), *std::move(found)});
}

// Whoever starts from the truth must know which: nothing is on its way any more.
void CaseRun::settle_down() {
  engine_.run_until([] { return false; }, record_.traits.settle_deadline);
}

// Has the provider died, of which it told so many things before?
bool CaseRun::heard_of_death(size_t answers_before) const {
  return std::any_of(record_.answers.begin() + static_cast<ptrdiff_t>(answers_before),
                     record_.answers.end(),
                     [](const ProviderAnswer& answer) { return answer.tells_of_death(); });
}

// An engine that keeps a state, and no commands, died at a request: the state is all there is. What
// it made and had not saved, nobody can find any more; people would remove it by hand.
void CaseRun::pick_up(const Submission& submission) {
  if (record_.traits.dialect != Dialect::kPlanAndApply || stopped_) return;
  settle_down();
  look();
  for (const StoreCall& call : calls_of_last_run()) record_.killed_runs.insert(call.run);
  mend_store();
  belief_->cut_short(std::get_if<spec::Plan>(&submission.predicted), engine_.inventory(),
                     engine_.stored(), log_);
  remove_lost_objects(submission.log_before);
  give_up_if_undecided();
}

void CaseRun::remove_lost_objects(uint64_t since) {
  std::set<NativeId> known;
  std::set<std::string> unsettled;  // its token will find it
  for (const InventoryRow& row : engine_.inventory()) {
    known.insert(row.native_id);
    if (row.native_id.empty()) unsettled.insert(row.identity.label);
  }
  std::set<NativeId> lost;
  for (const cloud::LogRecord& each : controller_.log(since))
    if (each.change && each.change->effect == cloud::Effect::kCreated &&
        !known.contains(each.change->native_id) && !unsettled.contains(each.resource_name))
      lost.insert(each.change->native_id);
  for (const NativeId& id : lost)
    if (controller_.remove(id)) ++record_.lost_objects;
}

}  // namespace squall::suite
