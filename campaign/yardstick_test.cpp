#include "campaign/yardstick.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "campaign/campaign.h"
#include "campaign/forwarding_test.h"
#include "campaign/replay.h"

namespace squall::campaign {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Yardstick, WhatIsKnownIsKnownWhateverWasPromised) {
  // Shows what a failure counts for: a rule comes first, then the promises, unless all counts.
  Traits traits;
  traits.engine = "terraform";
  traits.version = "1.11.4";
  Yardstick yardstick = yardstick_of(traits);
  const char* documented = "no-duplicate/two-objects";
  const char* ours = "minimal-calls/needless-update";
  EXPECT_EQ(yardstick.weight_of(documented), Weight::failure);
  EXPECT_EQ(yardstick.weight_of(ours), Weight::remark);
  EXPECT_EQ(yardstick.weight_of("retry-discipline/too-soon"), Weight::remark);
  yardstick.strict = true;
  EXPECT_EQ(yardstick.weight_of(ours), Weight::failure);
  KnownRule rule;
  rule.invariant = "minimal-calls";
  yardstick.known = {rule};
  EXPECT_EQ(yardstick.weight_of(ours), Weight::known);
  EXPECT_EQ(Yardstick().weight_of(ours), Weight::failure);
}

// Few enough cases that nothing but findings decides the exit code (health.h).
CampaignOptions small_campaign() {
  CampaignOptions out;
  out.engine = "terraform";
  out.cases = 20;
  out.jobs = 1;
  out.shrink = false;
  out.confirm_runs = 1;
  out.failures_dir.clear();
  return out;
}

constexpr const char* kPlant = "lost-create-new-token";

CampaignResult run(const CampaignOptions& options, const std::string& version) {
  Observer quiet;
  Result<CampaignResult> result =
      run_campaign(options, disguised("terraform", version, {kPlant}), quiet);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *std::move(result) : CampaignResult();
}

TEST(Remark, WhatIsDocumentedFailsARun) {
  // Shows that a failure of Terraform and of OpenTofu against their documentation is one.
  for (const char* version : {"1.11.4", "1.9.0+opentofu"}) {
    const CampaignResult result = run(small_campaign(), version);
    ASSERT_FALSE(result.findings.empty()) << version;
    EXPECT_EQ(exit_code(result), 1) << version;
    for (const Finding& finding : result.findings)
      EXPECT_TRUE(standing_of(*promises_of("terraform"), finding.signature, version).is_promised())
          << finding.signature;
  }
}

TEST(Remark, WhatIsOursFailsARunOnlyIfStrict) {
  // Shows that what no documentation promises is counted, with what was seen, and fails nothing;
  // and that it is a failure like any other where that is asked for.
  CampaignOptions options = small_campaign();
  options.case_limits.time = Duration(1);
  options.max_failures = 0;
  const auto& promises = *promises_of("terraform");
  ASSERT_EQ(standing_of(promises, "live/case-time-limit", "1.11.4").promise->grade, Grade::ours);
  const auto run_well = [&options] {
    Observer quiet;
    return *run_campaign(options, disguised("terraform", "1.11.4", {}), quiet);
  };
  const CampaignResult lenient = run_well();
  EXPECT_THAT(lenient.findings, IsEmpty());
  EXPECT_EQ(lenient.failing_cases, 0U);
  ASSERT_THAT(lenient.remarks, SizeIs(1));
  EXPECT_EQ(lenient.remarks.front().signature, "live/case-time-limit");
  EXPECT_EQ(lenient.remarks.front().cases, 20U);
  EXPECT_EQ(lenient.remarks.front().first_case, 0U);
  EXPECT_EQ(lenient.remarks.front().violation.headline, "a case took longer than it may");
  EXPECT_EQ(exit_code(lenient), 0);

  options.strict = true;
  const CampaignResult strict = run_well();
  EXPECT_THAT(strict.remarks, IsEmpty());
  ASSERT_FALSE(strict.findings.empty());
  EXPECT_EQ(strict.findings.front().signature, "live/case-time-limit");
  EXPECT_EQ(exit_code(strict), 1);
  EXPECT_TRUE(strict.strict);
}

TEST(Remark, IsWhatThisVersionDoesNotPromise) {
  // Shows that a promise of later versions is none: the same failures are remarks then.
  const CampaignResult result = run(small_campaign(), "1.0.5");
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_THAT(result.remarks, Not(IsEmpty()));
  EXPECT_EQ(exit_code(result), 0);
  CampaignOptions strict = small_campaign();
  strict.strict = true;
  EXPECT_EQ(exit_code(run(strict, "1.0.5")), 1);
}

TEST(Remark, DoesNotHideAFailure) {
  // Shows that a case which shows a remark as well fails for what is promised.
  CampaignOptions options = small_campaign();
  options.case_limits.time = Duration(1);
  const CampaignResult result = run(options, "1.11.4");
  EXPECT_FALSE(result.findings.empty());
  EXPECT_FALSE(result.remarks.empty());
  EXPECT_EQ(exit_code(result), 1);
}

TEST(Remark, IsNoneOfTheReferenceEngine) {
  // Shows that the same engine under its own name is held to everything.
  CampaignOptions options = small_campaign();
  options.case_limits.time = Duration(1);
  options.max_failures = 1;
  Observer quiet;
  const auto result = run_campaign(options, disguised("sim", "0.1.0", {kPlant}), quiet);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->findings.empty());
  EXPECT_THAT(result->remarks, IsEmpty());
}

TEST(Remark, ThatWasSavedIsOneWhenItIsReplayed) {
  // Shows that a failure which a strict run saved fails no run that is not, and that a replay of it
  // says what it is.
  std::string folder = (std::filesystem::temp_directory_path() / "squall-XXXXXX").string();
  CampaignOptions options = small_campaign();
  options.failures_dir = ::mkdtemp(folder.data());
  options.strict = true;
  options.max_failures = 1;
  const CampaignResult found = run(options, "1.0.5");
  ASSERT_THAT(found.findings, SizeIs(1));
  options.strict = false;
  const CampaignResult again = run(options, "1.0.5");
  ASSERT_THAT(again.saved, SizeIs(1));
  EXPECT_EQ(again.saved.front().state, SavedOutcome::State::remark);
  EXPECT_EQ(exit_code(again), 0);
  std::filesystem::remove_all(folder);

  suite::Scenario scenario = found.findings.front().scenario;
  scenario.expected.clear();
  Result<Worker> worker = disguised("terraform", "1.0.5", {kPlant})();
  ASSERT_TRUE(worker);
  const Result<Replay> lenient = replay(scenario, *worker, 1);
  ASSERT_TRUE(lenient);
  EXPECT_TRUE(lenient->remarks_only);
  EXPECT_EQ(lenient->finding->status, "remark");
  EXPECT_EQ(exit_code(*lenient), 0);
  const Result<Replay> strict = replay(scenario, *worker, 1, true);
  ASSERT_TRUE(strict);
  EXPECT_FALSE(strict->remarks_only);
  EXPECT_EQ(exit_code(*strict), 1);
  scenario.expected = found.findings.front().signature;
  const Result<Replay> asked_for = replay(scenario, *worker, 1);
  ASSERT_TRUE(asked_for);
  EXPECT_EQ(asked_for->finding->status, "expected");
  EXPECT_EQ(exit_code(*asked_for), 0);
}

}  // namespace
}  // namespace squall::campaign
