#include "campaign/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <utility>

#include "campaign/files.h"
#include "campaign/replay.h"
#include "campaign/sample_test.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An adapter whose engine never starts.
class EngineThatNeverStarts final : public EngineUnderTest {
 public:
  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& /*setup*/) override {
    return fail("starting the engine: no such program");
  }
  Ticket start(const CommandRequest& /*request*/) override { return 0; }
  Poll poll(Ticket /*ticket*/) override { return Pending{}; }
  std::optional<CommandView> status(const std::string& /*id*/) override { return std::nullopt; }
  std::vector<CommandView> commands() override { return {}; }
  std::vector<InventoryRow> inventory() override { return {}; }
  std::vector<std::string> stacks() override { return {}; }
  Waited run_until(const std::function<bool()>& /*condition*/, Duration /*deadline*/) override {
    return Waited::kIdle;
  }
  Instant now() const override { return {}; }
  bool alive() const override { return false; }
  void arm_crash(const CrashPoint& /*point*/) override {}
  void disarm_crashes() override {}
  void kill() override {}
  Result<void> restart() override { return fail("starting the engine: no such program"); }
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return {}; }
  uint64_t peak_calls_in_flight() const override { return 0; }
  uint64_t trace_hash() const override { return 0; }

 private:
  Traits traits_;
};

Result<Worker> broken_worker() {
  Worker worker;
  worker.cloud = std::make_unique<cloud::Cloud>(generic_types(), 0);
  worker.engine = std::make_unique<EngineThatNeverStarts>();
  return worker;
}

class CampaignTest : public ::testing::Test {
 protected:
  CampaignTest() {
    std::string name = (fs::temp_directory_path() / "squall-campaign-XXXXXX").string();
    options_.failures_dir = ::mkdtemp(name.data());
    options_.jobs = 2;
  }
  ~CampaignTest() override { fs::remove_all(options_.failures_dir); }

  std::string error() {
    Observer quiet;
    const Result<CampaignResult> result = run_campaign(options_, quiet);
    return result ? "" : result.error().message;
  }
  CampaignResult run() {
    Observer quiet;
    Result<CampaignResult> result = run_campaign(options_, quiet);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : CampaignResult();
  }

  CampaignOptions options_;
};

TEST_F(CampaignTest, WhatDoesNotExistIsNamedBesideWhatDoes) {
  // Shows the errors of usage, each before a single case is run.
  options_.engine = "nimbus";
  EXPECT_THAT(error(), HasSubstr("there is no engine \"nimbus\"; known are sim"));
  options_.engine = "sim";
  options_.plants = {"oak"};
  EXPECT_THAT(error(), HasSubstr("there is no plant \"oak\"; known are publish-before-commit,"));
  options_.plants.clear();
  options_.profile = "storm";
  EXPECT_THAT(error(), HasSubstr("there is no profile \"storm\""));
  options_.profile = "failures";
  options_.cases = 0;
  EXPECT_THAT(error(), HasSubstr("tests nothing"));
}

TEST_F(CampaignTest, AHarnessErrorEndsTheRunAndIsNotTheEngines) {
  // Shows that a broken adapter gives exit code 2, no finding, and the case it broke on.
  Observer quiet;
  const Result<CampaignResult> result = run_campaign(options_, broken_worker, quiet);
  ASSERT_TRUE(result);
  EXPECT_EQ(exit_code(*result), 2);
  EXPECT_THAT(result->findings, IsEmpty());
  ASSERT_TRUE(result->harness_error);
  EXPECT_EQ(result->harness_error->case_index, 0U);
  EXPECT_THAT(result->harness_error->message, HasSubstr("no such program"));
  const Result<std::string> saved = read_file(result->harness_error->scenario);
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_TRUE(suite::parse_scenario(*saved));
}

TEST_F(CampaignTest, AStopFlagEndsTheRun) {
  // Shows that a run stopped at once says so, and is no success.
  const std::atomic<bool> stop{true};
  options_.stop = &stop;
  const CampaignResult result = run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_LE(result.statistics.cases, options_.jobs);
  EXPECT_EQ(exit_code(result), 2);
}

TEST_F(CampaignTest, APlantIsFoundTheSameWayWithAnyNumberOfJobs) {
  // Shows a finding from search to file, and that every part of it is the same for one job and two.
  options_.plants = {"lost-create-new-token"};
  const CampaignResult two = run();
  options_.jobs = 1;
  const CampaignResult one = run();
  ASSERT_THAT(two.findings, SizeIs(1));
  ASSERT_THAT(one.findings, SizeIs(1));
  const Finding& finding = one.findings.front();
  EXPECT_TRUE(finding.is_confirmed());
  EXPECT_EQ(exit_code(one), 1);
  EXPECT_EQ(one.trace_hash, two.trace_hash);
  EXPECT_EQ(one.statistics.cases, two.statistics.cases);
  EXPECT_EQ(finding.case_index, two.findings.front().case_index);
  EXPECT_EQ(suite::to_text(finding.scenario), suite::to_text(two.findings.front().scenario));
  EXPECT_LE(finding.shrinking->after.operations, finding.shrinking->before.operations);

  const Result<std::string> saved = read_file(finding.folder / "scenario.json");
  ASSERT_TRUE(saved) << saved.error().message;
  const Result<suite::Scenario> scenario = suite::parse_scenario(*saved);
  ASSERT_TRUE(scenario) << scenario.error().message;
  const Result<Replay> replayed = replay(*scenario, 2);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_TRUE(replayed->shows_what_it_expects());
  EXPECT_EQ(exit_code(*replayed), 1);
  EXPECT_THAT(finding.files, ElementsAre("scenario.json", "log.jsonl"));
}

TEST_F(CampaignTest, DifferentFailuresAreKeptApart) {
  // Shows that a run without limit reports each kind of failure once, in the order of the cases.
  options_.plants = {"lost-create-new-token", "destroy-ignores-dependents"};
  options_.max_failures = 0;
  options_.cases = 200;
  options_.shrink_tries = 50;
  const CampaignResult result = run();
  EXPECT_EQ(result.statistics.cases, 200U);
  std::set<std::string> signatures;
  for (const Finding& finding : result.findings) signatures.insert(finding.signature);
  EXPECT_GE(signatures.size(), 2U);
  EXPECT_THAT(result.findings, SizeIs(signatures.size()));
  EXPECT_TRUE(std::ranges::is_sorted(result.findings, {}, &Finding::case_index));
}

TEST_F(CampaignTest, WithoutShrinkingTheCaseIsReportedAsDrawn) {
  // Shows that --no-shrink leaves the case alone.
  options_.plants = {"lost-create-new-token"};
  options_.shrink = false;
  const CampaignResult result = run();
  ASSERT_THAT(result.findings, SizeIs(1));
  EXPECT_FALSE(result.findings.front().shrinking);
  EXPECT_EQ(result.findings.front().scenario.test_case, result.findings.front().original);
}

TEST(ExitCode, IsThatOfTheWorstOutcome) {
  // Shows the exit code of each way in which a run can end.
  CampaignResult result;
  EXPECT_EQ(exit_code(result), 0);
  result.interrupted = true;
  EXPECT_EQ(exit_code(result), 2);
  result.interrupted = false;
  result.health.problems = {"nothing accepted"};
  EXPECT_EQ(exit_code(result), 2);
  result.findings.push_back(sample_finding());
  result.findings.front().confirmed = 3;
  EXPECT_EQ(exit_code(result), 3);
  result.findings.push_back(sample_finding());
  EXPECT_EQ(exit_code(result), 1);
  result.harness_error.emplace();
  EXPECT_EQ(exit_code(result), 2);
}

}  // namespace
}  // namespace squall::campaign
