#include "campaign/side_by_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "campaign/now_and_then_test.h"
#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "engines/sim/sim_engine.h"

namespace squall::campaign {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

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
