#include "campaign/without_crash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "campaign/campaign.h"
#include "campaign/judged_case.h"
#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "invariants/lying_engine_test.h"
#include "suite/case_run.h"

namespace squall::campaign {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

suite::Operation apply(const char* value) {
  suite::Operation out;
  out.stacks = {"stack-0"};
  out.resources = {{.label = "vpc-1", .properties = {{"Value", value}}}};
  return out;
}

// vpc-1 is made and changed; the engine dies at the first commit of the change.
suite::Case crashing_case() {
  suite::Case out;
  out.world.stacks = {"stack-0"};
  out.world.slots = {{.label = "vpc-1",
                      .type = std::string(kGenericResource),
                      .stack = "stack-0",
                      .properties = {}}};
  out.operations = {apply("a"), apply("b"), apply("c")};
  out.operations[1].crashes = {{.moment = CrashMoment::kAfterCommit, .nth = 1}};
  return out;
}

Worker lying_worker(invariants::Lies lies) {
  Worker worker;
  worker.cloud = std::make_unique<cloud::Cloud>(cloud::built_in_types(), 0);
  worker.engine = std::make_unique<invariants::LyingEngine>(*worker.cloud, std::move(lies));
  return worker;
}

// Whenever it comes back, somebody seems to have been at its object.
Worker worker_that_drifts() {
  invariants::Lies lies;
  lies.on_restart = [](invariants::LyingEngine& engine) {
    const NativeId id = engine.cloud().view().front().native_id;
    const JsonArray patch{JsonObject{{"op", "replace"}, {"path", "/Value"}, {"value", "mine"}}};
    EXPECT_TRUE(engine.cloud().patch(id, patch));
  };
  return lying_worker(std::move(lies));
}

TEST(WithoutCrash, LeavesOutTheCrashAndWhatFollows) {
  // Shows the second case: the same operations up to the quiet moment, nobody killed.
  suite::Case crashing = crashing_case();
  crashing.operations[0].faults.resize(1);
  crashing.operations[1].blocking = false;
  suite::Operation kill;
  kill.kind = "crash";
  crashing.operations.insert(crashing.operations.begin() + 2, kill);
  const suite::Case other = without_crash(crashing, {.first = 1, .last = 2, .after = nullptr});
  EXPECT_EQ(other.world, crashing.world);
  EXPECT_THAT(other.operations, ElementsAre(crashing.operations[0], apply("b")));
}

TEST(WithoutCrash, ACrashThatChangesTheEndIsFound) {
  // Shows the wiring from end to end: an engine whose every claim is borne out by the log, and
  // which ends otherwise only where it is killed.
  Worker worker = worker_that_drifts();
  const JudgedCase judged = run_and_judge(crashing_case(), worker);
  ASSERT_EQ(judged.record.harness_error, "");
  EXPECT_THAT(judged.record.crashes, ::testing::SizeIs(1));
  EXPECT_THAT(signatures_of(judged.violations),
              ElementsAre("crash-equivalent/other-cloud", "crash-equivalent/other-inventory"));
}

TEST(WithoutCrash, ARightEngineIsComparedAndPasses) {
  // Shows that the comparison takes place, is marked, and leaves the first run's trace as it was.
  Worker worker = lying_worker({});
  const JudgedCase judged = run_and_judge(crashing_case(), worker);
  EXPECT_THAT(judged.violations, IsEmpty());
  EXPECT_TRUE(judged.record.without_crash);
  EXPECT_NE(judged.second_trace_hash, 0U);
  EXPECT_THAT(judged.record.marks, Contains(Key(std::string(kComparedWithoutCrash))));
  Worker other = lying_worker({});
  const suite::CaseRecord alone =
      suite::run_case(crashing_case(), *other.engine, *other.cloud, other.cloud->resource_types());
  EXPECT_EQ(judged.record.trace_hash, alone.trace_hash);
  EXPECT_EQ(verdict_of(judged, {}).trace_hash,
            verdict_of(run_and_judge(crashing_case(), worker), {}).trace_hash);
}

TEST(WithoutCrash, WhereNothingCanBeToldNothingIsRun) {
  // Shows that a case without a crash costs one run.
  suite::Case calm = crashing_case();
  calm.operations[1].crashes.clear();
  Worker worker = lying_worker({});
  const JudgedCase judged = run_and_judge(calm, worker);
  EXPECT_FALSE(judged.record.without_crash);
  EXPECT_EQ(judged.second_trace_hash, 0U);
  EXPECT_THAT(judged.record.marks, Not(Contains(Key(std::string(kComparedWithoutCrash)))));
}

TEST(WithoutCrash, ACampaignComparesManyCases) {
  // Shows that neither comparison is an empty promise: of what is drawn, much can be judged.
  CampaignOptions options;
  options.failures_dir.clear();
  options.cases = 800;
  Observer quiet;
  const Result<CampaignResult> result = run_campaign(options, quiet);
  ASSERT_TRUE(result);
  EXPECT_THAT(result->findings, IsEmpty());
  const std::map<std::string, uint64_t>& marks = result->statistics.marks;
  ASSERT_THAT(marks, Contains(Key(std::string(kComparedWithoutCrash))));
  EXPECT_GE(marks.at(std::string(kComparedWithoutCrash)), 10U);
  ASSERT_THAT(marks, Contains(Key(std::string(kFollowedByInterpreter))));
  EXPECT_GE(marks.at(std::string(kFollowedByInterpreter)), 10U);
}

}  // namespace
}  // namespace squall::campaign
