#include "campaign/side_by_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "engines/sim/sim_engine.h"

namespace squall::campaign {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The reference engine, which in some of its runs has a planted bug.
class NowAndThen final : public EngineUnderTest {
 public:
  NowAndThen(std::unique_ptr<EngineUnderTest> well, std::unique_ptr<EngineUnderTest> ill)
      : well_(std::move(well)), ill_(std::move(ill)), traits_(well_->traits()) {
    traits_.deterministic = false;
  }
  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& setup) override {
    is_ill_ = ++resets_ % 3 != 0;
    return now_used().reset(setup);
  }
  Ticket start(const CommandRequest& request) override { return now_used().start(request); }
  Poll poll(Ticket ticket) override { return now_used().poll(ticket); }
  std::optional<CommandView> status(const std::string& id) override {
    return now_used().status(id);
  }
  std::vector<CommandView> commands() override { return now_used().commands(); }
  std::vector<InventoryRow> inventory() override { return now_used().inventory(); }
  std::vector<std::string> stacks() override { return now_used().stacks(); }
  Waited run_until(const std::function<bool()>& condition, Duration deadline) override {
    return now_used().run_until(condition, deadline);
  }
  Instant now() const override { return (is_ill_ ? ill_ : well_)->now(); }
  void pass_time(Duration duration) override { now_used().pass_time(duration); }
  bool alive() const override { return (is_ill_ ? ill_ : well_)->alive(); }
  void arm_crash(const CrashPoint& point) override { now_used().arm_crash(point); }
  void disarm_crashes() override { now_used().disarm_crashes(); }
  void set_disk_full(bool full) override { now_used().set_disk_full(full); }
  void kill() override { now_used().kill(); }
  Result<void> restart() override { return now_used().restart(); }
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return {}; }
  uint64_t peak_calls_in_flight() const override { return 0; }
  uint64_t trace_hash() const override { return 0; }

 private:
  EngineUnderTest& now_used() { return is_ill_ ? *ill_ : *well_; }

  std::unique_ptr<EngineUnderTest> well_;
  std::unique_ptr<EngineUnderTest> ill_;
  Traits traits_;
  uint64_t resets_ = 0;
  bool is_ill_ = false;
};

WorkerFactory now_and_then(const std::string& plant) {
  return [plant]() -> Result<Worker> {
    Worker worker;
    worker.cloud = std::make_unique<cloud::Cloud>(built_in_catalogue(), 0);
    TRY(const engine::Options planted, engines::sim_planted({plant}));
    worker.engine = std::make_unique<NowAndThen>(engines::make_sim_engine(*worker.cloud, {}),
                                                 engines::make_sim_engine(*worker.cloud, planted));
    return worker;
  };
}

WorkerFactory sim(const std::vector<std::string>& plants = {}) {
  return *worker_factory("sim", {.plants = plants, .binary = {}});
}

SideBySide compared(const WorkerFactory& a, const WorkerFactory& b, SideBySideOptions options) {
  Observer quiet;
  Result<SideBySide> result = run_side_by_side(options, a, b, quiet);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *std::move(result) : SideBySide();
}

TEST(SideBySide, AnEngineDoesNotDifferFromItself) {
  // Shows that two of the same have no difference, with faults too, and that all cases were run.
  for (const char* profile : {"happy", "failures"}) {
    const SideBySide result = compared(sim(), sim(), {.profile = profile, .cases = 25, .jobs = 2});
    EXPECT_EQ(result.cases, 25U);
    EXPECT_THAT(result.differing, IsEmpty());
    EXPECT_EQ(result.dropped, 0U);
    EXPECT_EQ(exit_code(result), 0);
  }
}

TEST(SideBySide, ABugOfOneIsADifference) {
  // Shows that a planted bug shows as a difference of the side that has it, in plan and invariant,
  // whichever side that is, and that the number of jobs is none.
  const auto planted = sim({"null-does-not-clear"});
  const SideBySideOptions options = {.cases = 25, .reruns = 1};
  const SideBySide worse = compared(sim(), planted, options);
  EXPECT_THAT(worse.differing, Not(IsEmpty()));
  EXPECT_GT(worse.count(Worse::kB), 0U);
  EXPECT_EQ(worse.count(Worse::kA), 0U);
  EXPECT_EQ(exit_code(worse), 1);
  const SideBySide better = compared(planted, sim(), {.cases = 25, .jobs = 2, .reruns = 1});
  EXPECT_EQ(better.count(Worse::kA), worse.count(Worse::kB));
  EXPECT_EQ(exit_code(better), 0);
  ASSERT_EQ(better.differing.size(), worse.differing.size());
  EXPECT_EQ(better.differing.front().name, worse.differing.front().name);
}

TEST(SideBySide, WhatShowsNowAndThenIsNoDifference) {
  // Shows that a bug which two runs of one engine do not share is dropped and counted, also where
  // it showed in the first run and most others.
  const SideBySide result = compared(sim(), now_and_then("null-does-not-clear"), {.cases = 40});
  EXPECT_THAT(result.differing, IsEmpty());
  EXPECT_GT(result.dropped, 0U);
  EXPECT_GT(result.dropped_cases, 0U);
  EXPECT_EQ(exit_code(result), 0);
}

TEST(SideBySide, ACaseThatIsWrittenDownIsComparedToo) {
  // Shows the same for scenarios, by their names.
  const auto planted = sim({"null-does-not-clear"});
  SideBySide drawn = compared(sim(), planted, {.cases = 25, .reruns = 1});
  ASSERT_THAT(drawn.differing, Not(IsEmpty()));
  suite::Scenario scenario;
  scenario.test_case = drawn.differing.front().test_case;
  Observer quiet;
  const Result<SideBySide> result =
      run_side_by_side({{.name = "a.json", .scenario = scenario}}, {}, sim(), planted, quiet);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->differing.size(), 1U);
  EXPECT_EQ(result->differing.front().name, "a.json");
  EXPECT_EQ(result->differing.front().differences.size(),
            drawn.differing.front().differences.size());
}

TEST(SideBySide, EnginesOfTwoKindsAreNotCompared) {
  // Shows that two which are drawn different cases are refused, as the harness's mistake.
  const SharedCatalogue fewer_types = cloud::catalogue_of(generic_types());
  const auto other = *worker_factory("sim", {}, fewer_types);
  const SideBySide result = compared(sim(), other, {.cases = 5});
  ASSERT_TRUE(result.harness_error);
  EXPECT_THAT(result.harness_error->message, HasSubstr("different ones"));
  EXPECT_EQ(exit_code(result), 2);
}

TEST(SideBySide, AStopFlagEndsTheRun) {
  // Shows that a run that is asked to end says so, and tells nothing of a case that it could not
  // run again.
  const std::atomic<bool> stop = true;
  const SideBySide result =
      compared(sim(), now_and_then("null-does-not-clear"), {.cases = 1000, .stop = &stop});
  EXPECT_LT(result.cases, 1000U);
  EXPECT_THAT(result.differing, IsEmpty());
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(exit_code(result), 2);
}

}  // namespace
}  // namespace squall::campaign
