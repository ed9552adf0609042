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

}  // namespace squall::report
