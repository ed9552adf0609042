#include "engines/sim/watch.h"

#include <algorithm>

namespace squall::engines {

using simulation::CallerState;
using simulation::CallFacts;

void ArmedCrashes::arm(const CrashPoint& point, simulation::Incarnation incarnation) {
  SQUALL_CHECK(point.nth > 0);
  armed_.push_back({.point = point, .armed_in = incarnation});
}

bool ArmedCrashes::count(CrashMoment moment, simulation::Incarnation incarnation) {
  bool strikes = false;
  for (Armed& each : armed_) {
    if (each.point.moment != moment) continue;
    if (moment == CrashMoment::kDuringRecovery && incarnation == each.armed_in) continue;
    if (++each.seen == each.point.nth) strikes = true;
  }
  if (strikes) std::erase_if(armed_, [](const Armed& each) { return each.seen >= each.point.nth; });
  return strikes;
}

void Watch::disarm() {
  armed_.disarm();
  strikes_when_idle_ = false;
  provider_blow_.reset();
}

void Watch::reset() {
  armed_.disarm();
  marks_.clear();
  forget_incarnation();
}

void Watch::forget_incarnation() {
  strikes_when_idle_ = false;
  provider_blow_.reset();
  answers_ = 0;
  answers_committed_ = 0;
  answers_at_begin_.clear();
}

bool Watch::count(CrashMoment moment) {
  return !armed_.empty() && armed_.count(moment, executor_.incarnation());
}

void Watch::count_and_strike(CrashMoment moment) {
  if (count(moment)) executor_.doom();
}

// One blow is enough for one provider.
bool Watch::count_for_provider(CrashMoment moment) {
  if (!count(moment)) return false;
  marked(to_string(moment));
  provider_blow_ = moment;
  return true;
}

void Watch::died(const Death& death) {
  if (death.call_applied_unanswered) marked("crash-call-applied-unanswered");
  if (answers_ > answers_committed_) marked("crash-answer-not-committed");
  if (death.inside_commit) marked("crash-inside-commit");
  if (death.during_recovery) marked("crash-during-recovery");
  forget_incarnation();
}

std::vector<std::pair<std::string, uint64_t>> Watch::marks() const {
  return {marks_.begin(), marks_.end()};
}

void Watch::marked(std::string_view name) {
  const auto found = marks_.find(name);
  if (found != marks_.end()) {
    ++found->second;
  } else {
    marks_.emplace(name, 1);
  }
}

void Watch::call_sent(uint64_t in_flight) {
  if (in_flight == 3) marked("three-calls-in-flight");
}

// Messages of the dead, and those nobody waits for, are not the living engine's story: they move no
// counter of its crashes.
void Watch::before_call_applied(const CallFacts& call) {
  if (call.caller != CallerState::kWaits) return;
  count_and_strike(CrashMoment::kBeforeCallApplied);
  count_and_strike(CrashMoment::kDuringRecovery);
  count_for_provider(CrashMoment::kProviderHangs);
}

bool Watch::loses_call(const CallFacts& call) {
  return call.caller == CallerState::kWaits && count_for_provider(CrashMoment::kProviderLosesCall);
}

void Watch::after_call_applied(const CallFacts& call, bool changed_something) {
  const bool told_before = call.caller == CallerState::kAnswered && call.told_otherwise;
  if (changed_something && (told_before || call.caller == CallerState::kGaveUp))
    marked("late-effect");
  if (call.caller != CallerState::kWaits) return;
  count_and_strike(CrashMoment::kAfterCallApplied);
  count_for_provider(CrashMoment::kProviderDies);
  count_for_provider(CrashMoment::kProviderStartsSlowly);
}

void Watch::answer_delivered(const CallFacts& call, const ProviderReply& reply) {
  if (is_mutation(call.kind) && reply.status != ReplyStatus::kFailure) ++answers_;
  if (count(CrashMoment::kAfterAnswer)) strikes_when_idle_ = true;
}

void Watch::commit_begun(uint64_t) { answers_at_begin_.push_back(answers_); }

void Watch::commit_before_durable(uint64_t) {
  count_and_strike(CrashMoment::kBeforeCommit);
  count_and_strike(CrashMoment::kDuringRecovery);
}

bool Watch::commit_fails(uint64_t) {
  const bool fails = count(CrashMoment::kCommitFails);
  if (fails) marked("commit-failed");
  return fails;
}

void Watch::commit_refused(uint64_t) {
  SQUALL_CHECK(!answers_at_begin_.empty());
  answers_at_begin_.pop_front();
}

void Watch::commit_after_durable(uint64_t) {
  SQUALL_CHECK(!answers_at_begin_.empty());
  answers_committed_ = answers_at_begin_.front();
  answers_at_begin_.pop_front();
  count_and_strike(CrashMoment::kAfterCommit);
}

}  // namespace squall::engines
