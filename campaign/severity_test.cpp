#include "campaign/severity.h"

#include <gtest/gtest.h>

#include "campaign/sample_test.h"

namespace squall::campaign {
namespace {

TEST(Severity, AnOrphanThatNothingHeals) {
  // Shows the worst outcome: an object that outlives every remedy, and that all were tried.
  EXPECT_EQ(severity_of(sample_record(), sample_violation()),
            "orphan net-1 · not healed by sync, reconcile or destroy (all tried)");
}

TEST(Severity, TheFirstRemedyThatHelpsIsNamed) {
  // Shows that a remedy is named together with those that were tried in vain before it.
  suite::CaseRecord record = sample_record();
  record.checkpoints[2] = sample_checkpoint("converged", {"net-2"}, {"net-2"});
  EXPECT_EQ(severity_of(record, sample_violation()),
            "orphan net-1 · healed by reconcile, not by sync");
  record.checkpoints[1] = sample_checkpoint("after sync", {"net-2"}, {"net-2"});
  record.checkpoints[1].settled = true;
  EXPECT_EQ(severity_of(record, sample_violation()), "orphan net-1 · healed by sync");
}

TEST(Severity, APhantomIsARowWithoutItsObject) {
  // Shows the other direction, and that a case without an epilogue tried nothing.
  suite::CaseRecord record = sample_record();
  record.checkpoints = {sample_checkpoint("after operation 1", {}, {"net-1"})};
  record.epilogue = {};
  EXPECT_EQ(severity_of(record, sample_violation()), "phantom net-1 · no remedy was tried");
}

TEST(Severity, OnlyTheResourceOfTheViolationCounts) {
  // Shows that leftovers of other resources, and excused ones, are not held against this one.
  suite::CaseRecord record = sample_record();
  invariants::Violation other = sample_violation();
  other.identity->label = "vpc-2";
  EXPECT_EQ(severity_of(record, other), "leaves neither an orphan nor a phantom");
  for (suite::Checkpoint& checkpoint : record.checkpoints) checkpoint.excuses[kSampleIdentity] = {};
  EXPECT_EQ(severity_of(record, sample_violation()), "leaves neither an orphan nor a phantom");
}

}  // namespace
}  // namespace squall::campaign
