#include "campaign/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign/campaign.h"
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

}  // namespace
}  // namespace squall::campaign
