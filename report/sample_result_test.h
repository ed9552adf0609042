// The result of a made-up run, for the tests of everything that reports one.
#pragma once

#include "campaign/campaign.h"
#include "campaign/sample_test.h"

namespace squall::report {

// A run of known numbers, with everything a summary can say.
inline campaign::CampaignResult sample_result() {
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
  out.known = {{.signature = "no-duplicate/two-objects",
                .link = "https://tracker.example/issues/12",
                .cases = 12,
                .first_case = 3}};
  out.saved = {{.state = campaign::SavedOutcome::State::mended,
                .signature = "teardown/left-behind",
                .folder = ".squall/failures/teardown-12ab",
                .problem = ""}};
  return out;
}

// The same of a Terraform, of which something is noticed that nobody has promised.
inline campaign::CampaignResult sample_remarks() {
  campaign::CampaignResult out = sample_result();
  out.engine = "terraform";
  out.engine_version = "1.11.4";
  out.known.clear();
  campaign::Remark remark;
  remark.signature = "minimal-calls/needless-update";
  remark.violation.invariant = "minimal-calls";
  remark.violation.kind = "needless-update";
  remark.violation.headline = "the engine updated an object that was as wanted already";
  remark.violation.expected = "no call for stack-0/vpc-1, which had all it should have";
  remark.violation.actual = "#3 update vpc-1 → net-1 for command \"run-2\"";
  remark.cases = 4;
  remark.first_case = 18;
  out.remarks = {remark};
  return out;
}

}  // namespace squall::report
