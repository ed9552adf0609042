#include "campaign/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <set>
#include <utility>

#include "campaign/files.h"
#include "campaign/forwarding_test.h"
#include "campaign/replay.h"
#include "campaign/sample_test.h"
#include "cloud/catalogue.h"
#include "cloud/fault.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An adapter whose engine never starts.
class EngineThatNeverStarts : public EngineUnderTest {
 public:
  const Traits& traits() const override { return said; }
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
  void set_disk_full(bool) override {}
  void kill() override {}
  Result<void> restart() override { return fail("starting the engine: no such program"); }
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return {}; }
  uint64_t peak_calls_in_flight() const override { return 0; }
  uint64_t trace_hash() const override { return 0; }

  Traits said;
};

// One that starts, but for the tenth time, and never answers.
class EngineThatNeverAnswers final : public EngineThatNeverStarts {
 public:
  Result<void> reset(const EngineSetup& setup) override {
    return ++resets == 10 ? EngineThatNeverStarts::reset(setup) : Result<void>();
  }
  bool alive() const override { return true; }

  int resets = 0;
};

// The reference engine, which in its first case hides what it has, and never again.
class FailsOnce final : public Forwarding {
 public:
  explicit FailsOnce(std::unique_ptr<EngineUnderTest> engine)
      : Forwarding(engine->traits()), engine_(std::move(engine)) {
    traits_.deterministic = false;
  }
  Result<void> reset(const EngineSetup& setup) override {
    ++cases_;
    return engine_->reset(setup);
  }
  std::vector<InventoryRow> inventory() override {
    return cases_ == 1 ? std::vector<InventoryRow>() : engine_->inventory();
  }

 private:
  EngineUnderTest& used() const override { return *engine_; }

  std::unique_ptr<EngineUnderTest> engine_;
  int cases_ = 0;
};

Result<Worker> failing_once() {
  Worker worker;
  worker.cloud = std::make_unique<cloud::Cloud>(cloud::built_in_types(), 0);
  worker.engine = std::make_unique<FailsOnce>(engines::make_sim_engine(*worker.cloud));
  return worker;
}

Result<Worker> broken_worker() {
  Worker worker;
  worker.cloud = std::make_unique<cloud::Cloud>(cloud::built_in_types(), 0);
  worker.engine = std::make_unique<EngineThatNeverStarts>();
  return worker;
}

class CampaignTest : public ::testing::Test {
 protected:
  CampaignTest() {
    std::string name = (fs::temp_directory_path() / "squall-campaign-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    options_.failures_dir = folder_;
    options_.jobs = 2;
    options_.max_failures = 1;
  }
  ~CampaignTest() override { fs::remove_all(folder_); }

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

  fs::path folder_;
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

TEST_F(CampaignTest, WhatNeverShowsAgainIsToldAsItWasSeen) {
  // Shows that a failure that was seen once is reported as it was then, as a suspect.
  options_.profile = "happy";
  options_.jobs = 1;
  options_.cases = 1;
  options_.confirm_runs = 2;
  Observer quiet;
  const Result<CampaignResult> result = run_campaign(options_, failing_once, quiet);
  ASSERT_TRUE(result);
  ASSERT_THAT(result->findings, SizeIs(1));
  const Finding& finding = result->findings.front();
  EXPECT_EQ(finding.confirmed, 0U);
  EXPECT_FALSE(finding.is_confirmed());
  EXPECT_EQ(finding.signature, "no-orphan/unknown-object");
  EXPECT_THAT(finding.violation.headline, Not(HasSubstr("did not show again")));
  EXPECT_THAT(finding.record.log, Not(IsEmpty()));
  EXPECT_EQ(finding.scenario.test_case, finding.original);
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

TEST_F(CampaignTest, WhatWasFoundBeforeAHarnessErrorIsAFinding) {
  // Shows that nothing is lost where the adapter breaks after the engine has failed.
  const WorkerFactory factory = []() -> Result<Worker> {
    Worker worker;
    worker.cloud = std::make_unique<cloud::Cloud>(cloud::built_in_types(), 0);
    worker.engine = std::make_unique<EngineThatNeverAnswers>();
    return worker;
  };
  options_.jobs = 1;
  options_.max_failures = 0;
  options_.shrink = false;
  Observer quiet;
  const Result<CampaignResult> result = run_campaign(options_, factory, quiet);
  ASSERT_TRUE(result);
  EXPECT_EQ(exit_code(*result), 2);
  ASSERT_TRUE(result->harness_error);
  EXPECT_EQ(result->harness_error->case_index, 9U);
  ASSERT_FALSE(result->findings.empty());
  EXPECT_TRUE(result->findings.front().signature.starts_with("live/"))
      << result->findings.front().signature;
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
  const std::filesystem::path kept = std::exchange(options_.failures_dir, "");
  const CampaignResult two = run();
  options_.failures_dir = kept;
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
  EXPECT_EQ(exit_code(*replayed), 0);
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

TEST_F(CampaignTest, WhatWasSavedIsReplayedFirst) {
  // Shows what becomes of saved failures: one still fails, and is reported as it was saved; one no
  // longer does; those of another property are left alone.
  options_.plants = {"lost-create-new-token"};
  const CampaignResult first = run();
  ASSERT_THAT(first.findings, SizeIs(1));
  suite::Scenario harmless = first.findings.front().scenario;
  harmless.test_case.operations.clear();
  const fs::path root = options_.failures_dir / "failures";
  fs::create_directories(root / "mended");
  ASSERT_TRUE(write_file(root / "mended" / "scenario.json", suite::to_text(harmless)));
  harmless.profile = "sequential-happy-path";
  fs::create_directories(root / "other");
  ASSERT_TRUE(write_file(root / "other" / "scenario.json", suite::to_text(harmless)));

  const CampaignResult again = run();
  ASSERT_THAT(again.saved, SizeIs(2));
  EXPECT_EQ(again.saved[0].state, SavedOutcome::State::mended);
  EXPECT_EQ(again.saved[0].folder, root / "mended");
  EXPECT_EQ(again.saved[1].state, SavedOutcome::State::still_fails);
  ASSERT_THAT(again.findings, SizeIs(1));
  const Finding& finding = again.findings.front();
  EXPECT_EQ(finding.status, "still fails");
  EXPECT_EQ(finding.folder, first.findings.front().folder);
  EXPECT_EQ(finding.case_index, first.findings.front().case_index);
  EXPECT_FALSE(finding.shrinking) << "it was shrunk before";
  EXPECT_EQ(exit_code(again), 1);
  EXPECT_EQ(again.trace_hash, first.trace_hash) << "the search does not depend on what was saved";
}

KnownRule rule_for(const std::string& signature) {
  KnownRule rule;
  rule.engine = "sim";
  rule.invariant = signature.substr(0, signature.find('/'));
  rule.shape = signature.substr(signature.find('/') + 1);
  rule.link = "https://tracker.example/" + rule.shape;
  return rule;
}

TEST_F(CampaignTest, KnownFailuresFailNothingAndHideNothing) {
  // Shows that a known failure is counted with its link and does not end the run, and that another
  // failure is found behind it.
  options_.plants = {"lost-create-new-token", "destroy-ignores-dependents"};
  options_.failures_dir.clear();
  options_.shrink = false;
  options_.confirm_runs = 1;
  options_.cases = 150;
  const CampaignResult first = run();
  ASSERT_THAT(first.findings, SizeIs(1));
  const std::string known = first.findings.front().signature;
  options_.known = {rule_for(known)};
  const CampaignResult second = run();
  ASSERT_THAT(second.findings, SizeIs(1));
  EXPECT_NE(second.findings.front().signature, known);
  ASSERT_THAT(second.known, SizeIs(1));
  EXPECT_EQ(second.known.front().signature, known);
  EXPECT_EQ(second.known.front().link, options_.known.front().link);
  EXPECT_EQ(second.known.front().first_case, first.findings.front().case_index);
  EXPECT_EQ(exit_code(second), 1);

  options_.max_failures = 0;
  for (const Finding& finding : run().findings) {
    options_.known.push_back(rule_for(finding.signature));
    for (const std::string& other : finding.also) options_.known.push_back(rule_for(other));
  }
  for (const char* id : {"no-duplicate", "no-orphan", "teardown", "admission", "converges",
                         "property-agreement", "model-agreement", "justified-outcome"}) {
    KnownRule any = rule_for(id);
    any.shape.clear();
    options_.known.push_back(any);
  }
  const CampaignResult third = run();
  EXPECT_THAT(third.findings, IsEmpty());
  EXPECT_EQ(third.statistics.cases, 150U);
  EXPECT_EQ(third.failing_cases, 0U);
  EXPECT_EQ(exit_code(third), 0);
}

bool drew(const CampaignResult& result, std::string_view fault) {
  return std::ranges::any_of(result.statistics.faults,
                             [&](const auto& each) { return each.first.first == fault; });
}

TEST_F(CampaignTest, FaultsBeyondTheContractAreDrawnOnDemandOnly) {
  // Shows that a run draws them where it is asked to, and says so; that what it saves replays the
  // same way; and that a run which is not asked draws none and leaves what was saved alone.
  options_.cases = 60;
  options_.max_failures = 0;
  options_.shrink = false;
  options_.confirm_runs = 1;
  options_.beyond = true;
  const CampaignResult beyond = run();
  EXPECT_TRUE(beyond.beyond);
  EXPECT_TRUE(drew(beyond, "wrong-echo"));
  const auto found = std::ranges::find_if(beyond.findings, [](const Finding& finding) {
    return !faults_beyond(finding.scenario.test_case).empty();
  });
  ASSERT_NE(found, beyond.findings.end());
  EXPECT_THAT(found->scenario.description, HasSubstr(" --beyond"));
  const Result<suite::Scenario> scenario =
      suite::parse_scenario(*read_file(found->folder / "scenario.json"));
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->test_case, found->scenario.test_case);
  EXPECT_TRUE(replay(*scenario, 1)->shows_what_it_expects());

  options_.beyond = false;
  const CampaignResult within = run();
  EXPECT_FALSE(within.beyond);
  for (const cloud::FaultKind* kind : cloud::fault_kinds()) {
    EXPECT_TRUE(kind->within_contract || !drew(within, kind->name)) << kind->name;
  }
  const auto saved = std::ranges::find(within.saved, found->folder, &SavedOutcome::folder);
  ASSERT_NE(saved, within.saved.end());
  EXPECT_EQ(saved->state, SavedOutcome::State::not_replayed);
  EXPECT_THAT(saved->problem, HasSubstr("with --beyond it is replayed"));

  options_.beyond = true;
  options_.profile = "happy";
  EXPECT_THAT(error(), HasSubstr("sequential-happy-path draws no faults"));
}

TEST_F(CampaignTest, WorldsAreDrawnFromTypesOfOnesOwn) {
  // Shows that the types of a file are drawn, that a scenario with one of them replays with the
  // file and is refused without it, and that the scenarios of known failures are given it as well.
  const fs::path file = options_.failures_dir / "shop.toml";
  ASSERT_TRUE(write_file(file, "[[type]]\nname = \"Acme::Shop::Bucket\"\nidentifier = \"Id\"\n"));
  options_.types = {file.string()};
  options_.plants = {"two-identities"};
  options_.cases = 150;
  options_.max_failures = 0;
  options_.shrink = false;
  options_.confirm_runs = 1;
  const CampaignResult result = run();
  EXPECT_EQ(result.types, options_.types);
  const auto found = std::ranges::find_if(result.findings, [](const Finding& finding) {
    const std::vector<suite::Slot>& slots = finding.original.world.slots;
    return std::ranges::find(slots, "Acme::Shop::Bucket", &suite::Slot::type) != slots.end();
  });
  ASSERT_NE(found, result.findings.end());
  EXPECT_THAT(found->scenario.description, HasSubstr(" --types " + file.string()));
  const Result<SharedCatalogue> catalogue = load_catalogue(options_.types);
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  EXPECT_TRUE(replay(found->scenario, 1, *catalogue)->shows_what_it_expects());
  const Result<Replay> without = replay(found->scenario, 1);
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message,
              AllOf(HasSubstr("has the type Acme::Shop::Bucket"), HasSubstr("--types FILE")));

  KnownRule rule;
  rule.engine = "sim";
  rule.invariant = found->signature.substr(0, found->signature.find('/'));
  rule.link = "https://tracker.example/8";
  rule.scenario = (found->folder / "scenario.json").string();
  options_.known = {rule};
  options_.cases = 1;
  EXPECT_THAT(run().expired, IsEmpty());
  options_.types.clear();
  EXPECT_THAT(error(), HasSubstr("--types FILE"));
}

TEST_F(CampaignTest, AKnownFailureThatIsMendedHasExpired) {
  // Shows that a rule whose scenario passes is told of, and that it fails nothing.
  suite::Scenario harmless;
  harmless.profile = "sequential-with-failures";
  harmless.test_case.world.stacks = {"stack-0"};
  ASSERT_TRUE(write_file(options_.failures_dir / "harmless.json", suite::to_text(harmless)));
  KnownRule rule = rule_for("no-duplicate/two-objects");
  rule.folder = options_.failures_dir;
  rule.scenario = "harmless.json";
  options_.known = {rule};
  options_.cases = 1;
  const CampaignResult result = run();
  ASSERT_THAT(result.expired, SizeIs(1));
  EXPECT_THAT(result.expired.front(), HasSubstr("no longer shows no-duplicate/two-objects"));
  EXPECT_EQ(exit_code(result), 0);
  options_.known.front().scenario = "gone.json";
  EXPECT_THAT(error(), HasSubstr("gone.json: No such file"));
}

TEST_F(CampaignTest, ShardsAreTheWholeRunTogether) {
  // Shows that the shards of a run have all of its cases between them, and none twice.
  options_.cases = 61;
  const CampaignResult whole = run();
  uint64_t cases = 0;
  uint64_t operations = 0;
  options_.shard_count = 3;
  for (options_.shard_index = 0; options_.shard_index < 3; ++options_.shard_index) {
    const CampaignResult shard = run();
    cases += shard.statistics.cases;
    operations += shard.statistics.operations;
  }
  EXPECT_EQ(cases, whole.statistics.cases);
  EXPECT_EQ(operations, whole.statistics.operations);
  EXPECT_THAT(error(), HasSubstr("there is no shard 3 of 3"));
}

class HangCounter final : public Observer {
 public:
  void on_hang(const Finding& finding) override {
    EXPECT_EQ(finding.signature, "live/case-time-limit");
    EXPECT_FALSE(finding.is_confirmed());
    ++hangs;
  }
  std::atomic<int> hangs{0};
};

TEST_F(CampaignTest, ACaseOverItsTimeIsAFailure) {
  // Shows that a slow case is found, shrunk and confirmed as any other failure, and that one which
  // does not end is told of while it runs.
  options_.case_limits.time = Duration(1);
  options_.confirm_runs = 10;
  HangCounter observer;
  const Result<CampaignResult> result = run_campaign(options_, observer);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_THAT(result->findings, SizeIs(1));
  const Finding& finding = result->findings.front();
  EXPECT_EQ(finding.signature, "live/case-time-limit");
  EXPECT_THAT(finding.scenario.test_case.operations, IsEmpty());
  EXPECT_EQ(finding.runs, 3U);
  EXPECT_EQ(exit_code(*result), 1);
}

TEST(ExitCode, IsThatOfTheWorstOutcome) {
  // Shows the exit code of each way in which a run can end.
  CampaignResult result;
  EXPECT_EQ(exit_code(result), 0);
  result.interrupted = true;
  EXPECT_EQ(exit_code(result), 2);
  result.interrupted = false;
  result.known = {{.signature = "no-orphan/left", .link = "https://x", .cases = 1}};
  EXPECT_EQ(exit_code(result), 0) << "what is known fails nothing";
  result.remarks.emplace_back().signature = "minimal-calls/needless-update";
  EXPECT_EQ(exit_code(result), 0) << "a remark fails nothing";
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
