#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::no_duplicate_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Shows: a second object of one name is a duplicate, and nothing else: not an orphan as well.
TEST(NoDuplicate, SeesTwoObjectsOfOneIdentity) {
  RecordBuilder b;
  b.show("vpc-1", "net-2", named("vpc-1"));
  b.put("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  const std::vector<Violation> violations = check_all(b.record);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(signature(violations[0]), "no-duplicate/two-objects");
  EXPECT_EQ(violations[0].actual, "net-2 and net-1; the inventory knows net-2");
}

// Shows: an excuse for the identity does not excuse a second object.
TEST(NoDuplicate, TakesNoExcuse) {
  RecordBuilder b;
  b.show("vpc-1", "net-2", named("vpc-1"));
  b.put("vpc-1", "net-1", named("vpc-1"));
  b.now.excuses[RecordBuilder::id("vpc-1")] = {suite::ExcuseReason::kLateEffect, 1};
  b.checkpoint();
  EXPECT_THAT(kinds(b.record, "no-duplicate"), ElementsAre("two-objects"));
}

// Shows: a second object that is there after everything was destroyed is not reported again as an
// orphan, nor as left over; one that was an orphan before it was a duplicate is both.
TEST(NoDuplicate, ExplainsTheRestOfThePair) {
  RecordBuilder b;
  b.show("vpc-1", "net-2", named("vpc-1"));
  b.put("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  b.now = {};
  b.put("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  b.record.epilogue.teardown_checkpoint = 1;
  EXPECT_THAT(signatures(b.record), ElementsAre("no-duplicate/two-objects"));

  std::swap(b.record.checkpoints[0], b.record.checkpoints[1]);
  b.record.checkpoints[1].operation = 1;
  b.record.epilogue.teardown_checkpoint.reset();
  EXPECT_THAT(signatures(b.record),
              ElementsAre("no-duplicate/two-objects", "no-orphan/unknown-object"));
}

// Shows: one object under two names in the inventory, and one resource with two rows.
TEST(NoDuplicate, SeesTwoRows) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.show("vpc-2", "net-1", named("vpc-2"));
  b.checkpoint();
  EXPECT_THAT(kinds(b.record, "no-duplicate"), ElementsAre("one-object-two-rows"));

  RecordBuilder c;
  c.show("vpc-1", "net-1", named("vpc-1"));
  c.now.inventory.push_back(c.now.inventory.front());
  c.checkpoint();
  EXPECT_THAT(kinds(c.record, "no-duplicate"), ElementsAre("one-identity-two-rows"));
}

// Shows: unsettled rows without an id are not one object; the controller's objects and a label that
// two stacks use are not duplicates.
TEST(NoDuplicate, LetsLookAlikesBe) {
  RecordBuilder b;
  b.show("vpc-1", "", named("vpc-1"));
  b.show("vpc-2", "", named("vpc-2"));
  b.now.cloud.clear();
  b.put("vpc-1", "net-1", named("vpc-1"));
  b.put("vpc-1", "net-2", named("vpc-1"));
  b.now.cloud.back().made_by_engine = false;
  b.put("vpc-3", "net-3", named("vpc-3"));
  b.put("vpc-3", "net-4", named("vpc-3"));
  b.record.test_case.world.slots.push_back({"vpc-3", std::string(kGenericResource), "other", {}});
  b.checkpoint();
  EXPECT_THAT(kinds(b.record, "no-duplicate"), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::no_duplicate_test
