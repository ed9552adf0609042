#include "campaign/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign/campaign.h"
#include "campaign/now_and_then_test.h"
#include "campaign/version.h"

namespace squall::campaign {
namespace {

using ::testing::HasSubstr;

// A scenario that fails, as it was drawn.
suite::Scenario failing_scenario() {
  CampaignOptions options;
  options.plants = {"lost-create-new-token"};
  options.max_failures = 1;
  options.shrink = false;
  options.confirm_runs = 1;
  options.failures_dir.clear();
  options.jobs = 1;
  Observer quiet;
  const Result<CampaignResult> result = run_campaign(options, quiet);
  EXPECT_TRUE(result && !result->findings.empty());
  return result->findings.front().scenario;
}

std::string error_of(const suite::Scenario& scenario) {
  Result<Worker> worker = worker_for(scenario);
  EXPECT_TRUE(worker);
  const Result<Finding> finding = shrink_scenario(scenario, *worker, {});
  return finding ? "" : finding.error().message;
}

TEST(ShrinkScenario, MakesAFailingScenarioSmaller) {
  // Shows that what is left fails with the same signature and is smaller, that nobody loses the
  // words it came with, and that every attempt is told of.
  suite::Scenario scenario = failing_scenario();
  scenario.description = "seen on a Friday";
  Result<Worker> worker = worker_for(scenario);
  ASSERT_TRUE(worker);
  uint64_t attempts = 0;
  Investigation how;
  how.on_attempt = [&](const Attempt& attempt) {
    EXPECT_EQ(attempt.number, ++attempts);
    EXPECT_EQ(attempt.stage, "case");
    EXPECT_EQ(attempt.signature, scenario.expected);
  };
  const Result<Finding> finding = shrink_scenario(scenario, *worker, how);
  ASSERT_TRUE(finding) << finding.error().message;
  EXPECT_EQ(finding->signature, scenario.expected);
  EXPECT_TRUE(finding->is_confirmed());
  EXPECT_EQ(finding->scenario.description, scenario.description);
  EXPECT_EQ(finding->scenario.plants, scenario.plants);
  EXPECT_EQ(finding->scenario.engine_version, squall_version());
  ASSERT_TRUE(finding->shrinking);
  EXPECT_EQ(finding->shrinking->tries, attempts);
  EXPECT_LT(finding->shrinking->after.sum(), finding->shrinking->before.sum());
  EXPECT_TRUE(finding->shrinking->complete);
}

TEST(ShrinkScenario, WhatDoesNotFailIsNotShrunk) {
  // Shows the errors: nothing fails, or something else than is expected.
  suite::Scenario scenario = failing_scenario();
  scenario.expected = "admission/never-seen";
  EXPECT_THAT(error_of(scenario), HasSubstr("it expects admission/never-seen and shows "));
  scenario.plants.clear();
  EXPECT_THAT(error_of(scenario), HasSubstr("every invariant holds"));
}

TEST(ReplayUntil, StopsAtTheFirstThatShowsIt) {
  // Shows that what does not fail each time is tried again, as often as is said and not more, and
  // that an engine whose cases are always the same is asked once.
  const suite::Scenario scenario = failing_scenario();
  Result<Worker> worker = now_and_then("lost-create-new-token")();
  ASSERT_TRUE(worker);
  uint32_t looked_at = 0;
  const auto passes = [&](const Replay& each) { return ++looked_at, each.signatures.empty(); };
  EXPECT_TRUE(replay_until(scenario, *worker, 10, passes)->signatures.empty());
  EXPECT_GT(looked_at, 1U);
  const auto never = [&](const Replay&) { return ++looked_at, false; };
  looked_at = 0;
  ASSERT_TRUE(replay_until(scenario, *worker, 4, never));
  EXPECT_EQ(looked_at, 3U);  // the last is given whatever it shows

  Result<Worker> always = worker_for(scenario);
  ASSERT_TRUE(always);
  looked_at = 0;
  EXPECT_FALSE(replay_until(scenario, *always, 10, passes)->signatures.empty());
  EXPECT_EQ(looked_at, 0U);
}

Replay replay_with(const std::string& expected, const std::vector<std::string>& signatures) {
  Replay replay;
  replay.expected = expected;
  replay.signatures = signatures;
  if (signatures.empty()) return replay;
  replay.finding.emplace();
  replay.finding->signature = replay.shows_what_it_expects() ? expected : signatures.front();
  replay.finding->runs = replay.finding->confirmed = 10;
  return replay;
}

TEST(ReplayExitCode, IsAboutWhatTheScenarioExpects) {
  // Shows that a scenario which shows what it expects succeeds, whatever else it shows, and that
  // one which shows something else, or nothing, or not every time, does not.
  EXPECT_EQ(exit_code(replay_with("", {})), 0);
  EXPECT_EQ(exit_code(replay_with("", {"a/b"})), 1);
  EXPECT_EQ(exit_code(replay_with("a/b", {"a/b"})), 0);
  EXPECT_EQ(exit_code(replay_with("a/b", {"c/d", "a/b"})), 0);
  EXPECT_EQ(exit_code(replay_with("a/b", {"c/d"})), 1);
  EXPECT_EQ(exit_code(replay_with("a/b", {})), 1);
  for (const char* expected : {"", "a/b", "c/d"}) {
    Replay flickering = replay_with(expected, {"a/b"});
    flickering.finding->confirmed = 9;
    EXPECT_EQ(exit_code(flickering), 3) << expected;
  }
}

TEST(ReplayExitCode, ARemarkIsNoFailureUnlessItIsExpected) {
  // Shows that what nobody has promised fails nothing by itself, also where it does not show every
  // time; but a scenario that expects it, or something else, goes by that.
  const auto remark = [](const std::string& expected, bool elsewhere, uint32_t confirmed) {
    Replay out = replay_with(expected, {"a/b"});
    out.remarks_only = true;
    out.elsewhere = elsewhere;
    out.finding->confirmed = confirmed;
    return exit_code(out);
  };
  EXPECT_EQ(remark("", false, 10), 0);
  EXPECT_EQ(remark("", false, 9), 0);
  EXPECT_EQ(remark("a/b", true, 9), 0);
  EXPECT_EQ(remark("a/b", false, 10), 0);
  EXPECT_EQ(remark("a/b", false, 9), 3);
  EXPECT_EQ(remark("c/d", false, 9), 1);
}

TEST(ReplayExitCode, ElsewhereIsAboutTheInvariants) {
  // Shows that another engine, or other plants, are not held to what the scenario expects.
  Replay mended = replay_with("a/b", {});
  Replay failing = replay_with("a/b", {"a/b"});
  mended.elsewhere = failing.elsewhere = true;
  EXPECT_EQ(exit_code(mended), 0);
  EXPECT_EQ(exit_code(failing), 1);
}

TEST(FaultsBeyond, AreNamedOnceInTheOrderOfTheList) {
  // Shows that faults within the contract are not among them.
  suite::Case test_case;
  for (const char* kind : {"wrong-echo", "lost-reply", "success-then-vanished", "wrong-echo"}) {
    cloud::FaultRule rule;
    rule.effect.kind = kind;
    test_case.operations.emplace_back().faults = {rule};
  }
  EXPECT_THAT(faults_beyond(test_case),
              ::testing::UnorderedElementsAre("wrong-echo", "success-then-vanished"));
}

}  // namespace
}  // namespace squall::campaign
