#include "engines/sim/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::engines {
namespace {

using simulation::CallerState;
using simulation::CallFacts;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// Shows: a point strikes at its nth moment, once, and counts from when it was armed.
TEST(ArmedCrashes, StrikeOnceAtTheNthMoment) {
  ArmedCrashes armed;
  EXPECT_FALSE(armed.count(CrashMoment::kAfterAnswer, 1));
  armed.arm({.moment = CrashMoment::kAfterAnswer, .nth = 2}, 1);
  EXPECT_FALSE(armed.count(CrashMoment::kBeforeCommit, 1));
  EXPECT_FALSE(armed.count(CrashMoment::kAfterAnswer, 1));
  EXPECT_TRUE(armed.count(CrashMoment::kAfterAnswer, 1));
  EXPECT_FALSE(armed.count(CrashMoment::kAfterAnswer, 1));
  EXPECT_TRUE(armed.empty());
}

// Shows: points count by themselves, and what is left stays armed over a crash.
TEST(ArmedCrashes, SeveralPointsCountByThemselves) {
  ArmedCrashes armed;
  armed.arm({.moment = CrashMoment::kBeforeCommit, .nth = 1}, 1);
  armed.arm({.moment = CrashMoment::kBeforeCommit, .nth = 3}, 1);
  EXPECT_TRUE(armed.count(CrashMoment::kBeforeCommit, 1));
  EXPECT_FALSE(armed.count(CrashMoment::kBeforeCommit, 2));
  EXPECT_TRUE(armed.count(CrashMoment::kBeforeCommit, 2));
}

// Shows: a crash during recovery counts nothing of the incarnation it was armed in.
TEST(ArmedCrashes, RecoveryIsThatOfTheNextIncarnation) {
  ArmedCrashes armed;
  armed.arm({.moment = CrashMoment::kDuringRecovery, .nth = 1}, 1);
  EXPECT_FALSE(armed.count(CrashMoment::kDuringRecovery, 1));
  EXPECT_TRUE(armed.count(CrashMoment::kDuringRecovery, 2));
}

class WatchTest : public testing::Test {
 protected:
  WatchTest() { executor.begin_incarnation(); }
  ~WatchTest() override { executor.end_incarnation(); }

  simulation::Executor executor;
  Watch watch{executor};
};

// Shows: a call of a dead caller, or one that nobody waits for, moves no counter.
TEST_F(WatchTest, OnlyCallsOfTheLivingCount) {
  watch.arm({.moment = CrashMoment::kBeforeCallApplied, .nth = 1});
  watch.before_call_applied({.caller = CallerState::kDied});
  watch.before_call_applied({.caller = CallerState::kGaveUp});
  EXPECT_FALSE(executor.doomed());
  watch.before_call_applied({.caller = CallerState::kWaits});
  EXPECT_TRUE(executor.doomed());
}

// Shows: a strike after an answer waits until the engine has acted on it, and disarming takes it
// back.
TEST_F(WatchTest, AfterAnAnswerTheEngineActsFirst) {
  watch.arm({.moment = CrashMoment::kAfterAnswer, .nth = 1});
  watch.answer_delivered({}, {});
  EXPECT_FALSE(executor.doomed());
  EXPECT_TRUE(watch.strikes_when_idle());
  watch.disarm();
  EXPECT_FALSE(watch.strikes_when_idle());
}

// Shows: what strikes the provider leaves the engine alone, is told once, and counts calls that
// somebody waits for.
TEST_F(WatchTest, StrikesTheProviderAlone) {
  const CallFacts waits{.caller = CallerState::kWaits};
  watch.arm({.moment = CrashMoment::kProviderDies, .nth = 1});
  watch.arm({.moment = CrashMoment::kProviderHangs, .nth = 1});
  watch.arm({.moment = CrashMoment::kProviderLosesCall, .nth = 1});
  watch.arm({.moment = CrashMoment::kProviderStartsSlowly, .nth = 2});
  const CallFacts gone{.caller = CallerState::kGaveUp};
  watch.before_call_applied(gone);
  EXPECT_FALSE(watch.loses_call(gone));
  watch.after_call_applied(gone, true);
  EXPECT_EQ(watch.take_provider_blow(), std::nullopt);

  watch.before_call_applied(waits);
  EXPECT_EQ(watch.take_provider_blow(), CrashMoment::kProviderHangs);
  EXPECT_TRUE(watch.loses_call(waits));
  EXPECT_EQ(watch.take_provider_blow(), CrashMoment::kProviderLosesCall);
  EXPECT_FALSE(watch.loses_call(waits));
  watch.after_call_applied(waits, true);
  EXPECT_EQ(watch.take_provider_blow(), CrashMoment::kProviderDies);
  EXPECT_EQ(watch.take_provider_blow(), std::nullopt);
  watch.after_call_applied(waits, true);
  EXPECT_EQ(watch.take_provider_blow(), CrashMoment::kProviderStartsSlowly);
  EXPECT_FALSE(executor.doomed());
  EXPECT_THAT(
      watch.marks(),
      testing::IsSupersetOf({Pair("provider-dies", 1), Pair("provider-hangs", 1),
                             Pair("provider-loses-call", 1), Pair("provider-starts-slowly", 1)}));
}

// Shows: three calls in flight are marked each time the third is sent.
TEST_F(WatchTest, MarksThreeCallsInFlight) {
  for (const uint64_t in_flight : {1, 2, 3, 4, 3, 4}) watch.call_sent(in_flight);
  EXPECT_THAT(watch.marks(), ElementsAre(Pair("three-calls-in-flight", 2)));
}

// Shows: an answer counts as not committed until a commit begun after it is durable; failures and
// reads leave nothing to commit.
TEST_F(WatchTest, MarksAnAnswerNotCommitted) {
  const CallFacts create{.kind = CallKind::kCreate};
  watch.answer_delivered({.kind = CallKind::kRead}, {});
  watch.answer_delivered(create, ProviderReply::failure(ErrorCode::kThrottling, ""));
  watch.died({});
  EXPECT_THAT(watch.marks(), IsEmpty());

  watch.commit_begun(1);
  watch.answer_delivered(create, {});
  watch.commit_begun(2);
  watch.commit_after_durable(1);
  watch.commit_after_durable(2);
  watch.died({});
  EXPECT_THAT(watch.marks(), IsEmpty());

  watch.commit_begun(3);
  watch.answer_delivered(create, {});
  watch.commit_begun(4);
  watch.commit_after_durable(3);
  watch.died({});
  EXPECT_THAT(watch.marks(), ElementsAre(Pair("crash-answer-not-committed", 1)));
  watch.died({});
  EXPECT_THAT(watch.marks(), ElementsAre(Pair("crash-answer-not-committed", 1)));
}

// Shows: an effect is late when its caller had given up or been told something else, not when it
// waits, had its true answer, or died.
TEST_F(WatchTest, MarksLateEffects) {
  watch.after_call_applied({.caller = CallerState::kWaits}, true);
  watch.after_call_applied({.caller = CallerState::kDied}, true);
  watch.after_call_applied({.caller = CallerState::kAnswered}, true);
  watch.after_call_applied({.caller = CallerState::kGaveUp}, false);
  EXPECT_THAT(watch.marks(), IsEmpty());
  watch.after_call_applied({.caller = CallerState::kGaveUp}, true);
  watch.after_call_applied({.caller = CallerState::kAnswered, .told_otherwise = true}, true);
  EXPECT_THAT(watch.marks(), ElementsAre(Pair("late-effect", 2)));
}

// Shows: what was the case at a death is marked under its name.
TEST_F(WatchTest, MarksWhatACrashHit) {
  watch.died({.call_applied_unanswered = true, .inside_commit = true, .during_recovery = true});
  watch.marked("of-the-engine");
  EXPECT_THAT(watch.marks(), ElementsAre(Pair("crash-call-applied-unanswered", 1),
                                         Pair("crash-during-recovery", 1),
                                         Pair("crash-inside-commit", 1), Pair("of-the-engine", 1)));
  watch.reset();
  EXPECT_THAT(watch.marks(), IsEmpty());
}

}  // namespace
}  // namespace squall::engines
