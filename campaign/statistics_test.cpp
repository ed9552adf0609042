#include "campaign/statistics.h"

#include <gtest/gtest.h>

#include "campaign/sample_test.h"

namespace squall::campaign {
namespace {

TEST(Statistics, CountsWhatOneCaseDid) {
  // Shows each number of one record: what was accepted, what it changed, which faults mattered.
  const Statistics counted = statistics_of(sample_record());
  EXPECT_EQ(counted.cases, 1U);
  EXPECT_EQ(counted.resources, 1U);
  EXPECT_EQ(counted.operations, 2U);
  EXPECT_EQ(counted.effective_operations, 1U);
  EXPECT_EQ(counted.submitted, 2U);
  EXPECT_EQ(counted.accepted, 1U);
  EXPECT_EQ(counted.accepted_effective, 1U);
  EXPECT_EQ(counted.noop, 1U);
  EXPECT_EQ(counted.rejected_in_all(), 0U);
  EXPECT_EQ(counted.unanswered, 0U);
  EXPECT_EQ(counted.peak_calls_in_flight, 1U);
  EXPECT_EQ(counted.faults.at({"lost-reply", CallKind::kCreate}).mattered, 1U);
}

TEST(Statistics, OnlyAChangeOfTheCloudMakesAnOperationEffective) {
  // Shows that a call that changed nothing, and a voided token, do not count as an effect.
  suite::CaseRecord record = sample_record();
  record.calls[0].executions.front().change.effect = cloud::Effect::kNone;
  record.calls[1].executions.front().change.effect = cloud::Effect::kTokenVoided;
  const Statistics counted = statistics_of(record);
  EXPECT_EQ(counted.accepted, 1U);
  EXPECT_EQ(counted.accepted_effective, 0U);
  EXPECT_EQ(counted.effective_operations, 0U);
}

TEST(Statistics, ALostAnswerIsAcceptedIfItsCommandShowsLater) {
  // Shows the two fates of a request whose answer never came: known later, or never known.
  suite::CaseRecord record = sample_record();
  record.submissions[0].reply.reset();
  EXPECT_EQ(statistics_of(record).accepted, 1U);
  record.commands.clear();
  const Statistics counted = statistics_of(record);
  EXPECT_EQ(counted.accepted, 0U);
  EXPECT_EQ(counted.unanswered, 1U);
}

TEST(Statistics, TheEpilogueAndSyncsAreNotRequests) {
  // Shows that only the applies and destroys of the case itself are counted.
  suite::CaseRecord record = sample_record();
  add_submission(record, 2, CommandKind::kDestroy, Accepted{.command_id = "c-2"});
  add_submission(record, 1, CommandKind::kSync, Accepted{.command_id = "c-3"});
  EXPECT_EQ(statistics_of(record).submitted, 2U);
  EXPECT_EQ(statistics_of(record).accepted, 1U);
}

TEST(Statistics, RejectionsAreCountedByType) {
  // Shows that each rejection lands under its own type.
  suite::CaseRecord record = sample_record();
  add_submission(record, 1, CommandKind::kApply,
                 Rejection{.type = RejectionType::kConflictingCommands, .message = ""});
  add_submission(record, 1, CommandKind::kApply,
                 Rejection{.type = RejectionType::kInvalidForma, .message = ""});
  const Statistics counted = statistics_of(record);
  EXPECT_EQ(counted.submitted, 4U);
  EXPECT_EQ(counted.rejected.at(static_cast<size_t>(RejectionType::kConflictingCommands)), 1U);
  EXPECT_EQ(counted.rejected.at(static_cast<size_t>(RejectionType::kInvalidForma)), 1U);
  EXPECT_EQ(counted.rejected_in_all(), 2U);
}

TEST(Statistics, AnExcuseThatLastsIsOneExcuseAndManyLooks) {
  // Shows the two counts of an identity that the same call blurs at two checkpoints.
  suite::CaseRecord record = sample_record();
  record.checkpoints[0].excuses[kSampleIdentity].call = 1;
  record.checkpoints[1].excuses[kSampleIdentity].call = 1;
  const Statistics counted = statistics_of(record);
  EXPECT_EQ(counted.excused, 1U);
  EXPECT_EQ(counted.excused_looks, 2U);
  EXPECT_EQ(counted.looks, 3U);
}

TEST(Statistics, FoldingAddsCountsAndKeepsTheHighestPeak) {
  // Shows that folding two cases gives sums, the larger peak, and the union of marks and faults.
  suite::CaseRecord first = sample_record();
  first.marks = {{"three-calls-in-flight", 2}};
  first.crashes.resize(2);
  first.crashes[1].during_recovery = true;
  suite::CaseRecord second = sample_record();
  second.marks = {{"three-calls-in-flight", 1}, {"crash-during-recovery", 5}};
  second.peak_calls_in_flight = 7;
  second.skipped_operations = 1;
  second.test_case.operations[0].crashes = {{.moment = CrashMoment::kAfterCommit, .nth = 1}};
  second.faults[{"error", CallKind::kRead}] = {.fired = 3, .mattered = 0};

  Statistics total;
  add(total, statistics_of(first));
  add(total, statistics_of(second));
  EXPECT_EQ(total.cases, 2U);
  EXPECT_EQ(total.operations, 4U);
  EXPECT_EQ(total.skipped, 1U);
  EXPECT_EQ(total.accepted, 2U);
  EXPECT_EQ(total.noop, 2U);
  EXPECT_EQ(total.peak_calls_in_flight, 7U);
  EXPECT_EQ(total.crashes, 2U);
  EXPECT_EQ(total.crashes_during_recovery, 1U);
  EXPECT_EQ(total.armed_crashes.at(static_cast<size_t>(CrashMoment::kAfterCommit)), 1U);
  EXPECT_EQ(total.marks.at("three-calls-in-flight"), 3U);
  EXPECT_EQ(total.marks.at("crash-during-recovery"), 5U);
  EXPECT_EQ(total.faults.at({"lost-reply", CallKind::kCreate}).fired, 2U);
  EXPECT_EQ(total.faults.at({"error", CallKind::kRead}).fired, 3U);
}

}  // namespace
}  // namespace squall::campaign
