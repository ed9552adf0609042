// The part of CaseRun for engines whose store is not their own: what was asked of it, what an
// engine must answer where it failed, and what people do then (docs/terraform.md §5).
#include <algorithm>
#include <utility>

#include "suite/executor.h"

namespace squall::suite {

namespace {

spec::Refused refused_for(StoreTrouble trouble) {
  switch (trouble) {
    case StoreTrouble::kLockHeld:
      return {RejectionType::kConflictingCommands, "somebody else holds the lock of the store"};
    case StoreTrouble::kLockFailed:
      return {RejectionType::kStoreFailed, "the store could not be locked"};
    case StoreTrouble::kReadFailed:
      return {RejectionType::kStoreFailed, "the store could not be read"};
    case StoreTrouble::kSaveFailed:
      return {RejectionType::kStoreFailed, "the store could not be written"};
    case StoreTrouble::kUnlockFailed:
      return {RejectionType::kStoreFailed, "the store could not be unlocked"};
  }
  return {};
}

}  // namespace

void CaseRun::hear_store() {
  for (StoreCall& call : engine_.store_calls(record_.store_calls.size()))
    record_.store_calls.push_back({operation_, std::move(call)});
}

// Since it was asked for; without what people did after it.
std::vector<StoreCall> CaseRun::calls_of_last_run() const {
  std::vector<StoreCall> out;
  for (size_t i = store_calls_before_; i < record_.store_calls.size(); ++i) {
    const StoreCall& call = record_.store_calls[i].call;
    if (out.empty() || out.front().run == call.run) out.push_back(call);
  }
  return out;
}

// Whoever could not begin says so, whatever was asked. Whoever could not save, or unlock, in the
// end says so where there is nothing else to say: a command that was accepted ends Failed instead.
void CaseRun::predict_store_trouble(Submission& submission) {
  const std::optional<StoreTrouble> trouble = trouble_of(calls_of_last_run());
  if (!trouble || !submission.reply) return;
  const bool did_all =
      *trouble == StoreTrouble::kSaveFailed || *trouble == StoreTrouble::kUnlockFailed;
  const bool is_sync = submission.request.kind == CommandKind::kSync;
  const bool has_more_to_say =
      std::holds_alternative<spec::Refused>(submission.predicted) ||
      (std::holds_alternative<spec::Plan>(submission.predicted) && !is_sync);
  if (did_all && has_more_to_say) return;
  spec::Verdict otherwise = std::exchange(submission.predicted, refused_for(*trouble));
  if (did_all) submission.done_all_the_same = std::move(otherwise);
}

// What was read, and could not be saved, is saved by now (recover_store).
void CaseRun::take_answer(const Submission& submission) {
  if (!submission.done_all_the_same || submission.request.simulate ||
      refuses_own_plan(*submission.reply))
    return belief_->answered(*submission.reply);
  belief_->answered(NothingToDo{});
  if (const auto* nothing = std::get_if<spec::NothingPlanned>(&*submission.done_all_the_same))
    belief_->admit(*nothing);
  if (submission.request.kind == CommandKind::kSync) belief_->admit(spec::NothingPlanned{});
}

void CaseRun::recover_store() {
  if (world().store == StoreKind::kLocal || stopped_) return;
  hear_store();
  if (!record_.store_calls.empty() && !record_.store_calls.back().call.holder.empty()) {
    const Result<void> released = engine_.release_lock(record_.store_calls.back().call.holder);
    if (!released) return stop("releasing the store's lock failed: " + released.error().message);
  }
  const Result<bool> saved = engine_.save_what_was_left();
  if (!saved) return stop("saving what a run had left failed: " + saved.error().message);
}

std::optional<StoreTrouble> store_trouble_of(const CaseRecord& record, std::string_view run) {
  std::vector<StoreCall> calls;
  for (const CaseRecord::AskedOfStore& each : record.store_calls)
    if (each.call.run == run) calls.push_back(each.call);
  return trouble_of(calls);
}

}  // namespace squall::suite
