#include "report/summary.h"

#include <gtest/gtest.h>

#include "campaign/sample_test.h"
#include "report/approval_test.h"

namespace squall::report {
namespace {

// A run of known numbers, with everything a summary can say.
campaign::CampaignResult sample_result() {
  campaign::CampaignResult out;
  out.engine = "sim";
  out.engine_version = "0.3.0";
  out.profile = "sequential-with-failures";
  out.seed = 7;
  out.jobs = 2;
  out.elapsed = std::chrono::milliseconds(4200);
  out.trace_hash = 0x0123456789abcdefULL;
  campaign::Statistics& of = out.statistics;
  of.cases = 5000;
  of.resources = 40000;
  of.operations = 63211;
  of.skipped = 312;
  of.effective_operations = 41007;
  of.submitted = 52000;
  of.accepted = 31000;
  of.accepted_effective = 24180;
  of.noop = 8000;
  of.unanswered = 12;
  of.rejected.at(static_cast<size_t>(RejectionType::kConflictingCommands)) = 12000;
  of.rejected.at(static_cast<size_t>(RejectionType::kInvalidForma)) = 988;
  of.excused = 123;
  of.excused_looks = 456;
  of.looks = 98765;
  of.peak_calls_in_flight = 7;
  of.crashes = 1234;
  of.crashes_during_recovery = 56;
  of.armed_crashes.at(static_cast<size_t>(CrashMoment::kAfterCommit)) = 700;
  of.marks = {{"three-calls-in-flight", 4321}, {"crash-during-recovery", 56}};
  of.faults[{"lost-reply", CallKind::kCreate}] = {.fired = 1234, .mattered = 1200};
  of.faults[{"error", CallKind::kRead}] = {.fired = 17, .mattered = 17};
  out.health.missing_marks = {"settled-after-lost-reply"};
  return out;
}

TEST(Summary, SaysWhatWasCovered) {
  // Shows the whole end of a clean run, line by line.
  expect_approved("summary.txt", summary(sample_result(), Style(false)));
}

TEST(Summary, JsonHasTheSameContent) {
  // Shows the summary object of --json.
  expect_approved("summary.json", pretty(summary_json(sample_result())) + "\n");
}

TEST(Summary, JsonOfAFailureHoldsItsReport) {
  // Shows that findings are inside the summary object.
  campaign::CampaignResult result = sample_result();
  result.findings.push_back(campaign::sample_finding());
  const JsonObject json = summary_json(result);
  EXPECT_EQ(json.at("failures"), Json(1U));
  EXPECT_EQ(json.at("exit_code"), Json(1));
  EXPECT_EQ(json.at("findings").at(0).at("signature"), Json("no-duplicate/two-objects"));
}

TEST(Summary, TheFirstLineIsTheVerdict) {
  // Shows the verdict of each way in which a run can end.
  const auto verdict = [](const campaign::CampaignResult& result) {
    const std::string text = summary(result, Style(false));
    return text.substr(0, text.find(" in 5,000"));
  };
  campaign::CampaignResult result = sample_result();
  EXPECT_EQ(verdict(result), "✓ nothing found");
  result.interrupted = true;
  EXPECT_EQ(verdict(result), "– interrupted, nothing found so far");
  result.health.problems = {"nothing accepted"};
  EXPECT_EQ(verdict(result), "✗ not worth believing");
  result.findings.push_back(campaign::sample_finding());
  EXPECT_EQ(verdict(result), "✗ 1 failure");
  result.harness_error.emplace();
  EXPECT_EQ(verdict(result), "✗ the harness failed");
}

}  // namespace
}  // namespace squall::report
