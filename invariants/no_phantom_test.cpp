#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::no_phantom_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "no-phantom"); }

// Shows: a row whose object does not exist is a phantom, and is reported once, where first seen.
TEST(NoPhantom, SeesARowWithoutAnObject) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  b.now.cloud.clear();
  b.operation = 1;
  b.checkpoint();
  b.operation = 2;
  b.checkpoint();
  std::vector<Violation> violations = check_all(b.record);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(signature(violations[0]), "no-phantom/missing-in-cloud");
  EXPECT_EQ(violations[0].operation, 1U);
  EXPECT_EQ(violations[0].identity, RecordBuilder::id("vpc-1"));
  EXPECT_EQ(violations[0].actual,
            "net-1 is not in the cloud; the inventory shows it for stack-0/vpc-1");
}

// Shows: an object of the same name under another id does not save the row.
TEST(NoPhantom, GoesByTheNativeId) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.now.cloud.front().native_id = "net-2";
  b.checkpoint();
  EXPECT_THAT(signatures(b.record), ElementsAre("no-phantom/missing-in-cloud"));
}

// Shows: an unsettled create, which knows no native id, and an excused identity are no phantoms.
TEST(NoPhantom, LetsUnsettledAndExcusedRowsBe) {
  RecordBuilder b;
  b.show("vpc-1", "", named("vpc-1"));
  b.show("vpc-2", "net-2", named("vpc-2"));
  b.now.cloud.clear();
  b.now.excuses[RecordBuilder::id("vpc-2")] = {suite::ExcuseReason::kUnsettled, 1};
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: once the sync after the last fault has succeeded, being unsettled excuses nothing; a late
// effect still does.
TEST(NoPhantom, ExcusesNoUnsettledRowAfterTheLastSync) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.show("vpc-2", "net-2", named("vpc-2"));
  b.now.cloud.clear();
  b.now.excuses[RecordBuilder::id("vpc-1")] = {suite::ExcuseReason::kUnsettled, 1};
  b.now.excuses[RecordBuilder::id("vpc-2")] = {suite::ExcuseReason::kLateEffect, 1};
  b.operation = b.record.test_case.operations.size();
  b.accept("sync", {}, CommandKind::kSync);
  b.now.settled = true;
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());
  b.record.commands["sync"].last.state = CommandState::kSuccess;
  EXPECT_THAT(found(b), ElementsAre("missing-in-cloud"));
}

}  // namespace
}  // namespace squall::invariants::no_phantom_test
