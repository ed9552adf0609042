#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::no_orphan_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "no-orphan"); }

// Shows: an object the engine made and does not show is an orphan, with the call that made it as
// evidence and the fault that hid it in the headline.
TEST(NoOrphan, SeesAnObjectWithoutARow) {
  RecordBuilder b;
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  cloud::Call& create = b.call("c1", CallKind::kCreate, "vpc-1");
  create.fault = "lost-reply";
  b.executed(create, cloud::Effect::kCreated, "net-1", {}, named("vpc-1"));
  b.failed(create, ErrorCode::kServiceTimeout);
  b.put("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  std::vector<Violation> violations;
  check_one(*find_invariant("no-orphan"), b.record, violations);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].kind, "unknown-object");
  EXPECT_EQ(violations[0].identity, RecordBuilder::id("vpc-1"));
  EXPECT_THAT(violations[0].evidence, ElementsAre(create.id));
  EXPECT_EQ(violations[0].headline,
            "the engine made a cloud object that its inventory does not know after a lost reply");
}

// Shows: a row that suspects an object, without its id, does not know it.
TEST(NoOrphan, WantsTheNativeIdInTheRow) {
  RecordBuilder b;
  b.show("vpc-1", "", named("vpc-1"));
  b.now.cloud.front().native_id = "net-1";
  b.checkpoint();
  EXPECT_THAT(found(b), ElementsAre("unknown-object"));
}

// Shows: what the controller made, what is known, and what an open call excuses are no orphans.
TEST(NoOrphan, LetsForeignKnownAndExcusedObjectsBe) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.put("vpc-2", "net-2", named("vpc-2"));
  b.now.cloud.back().made_by_engine = false;
  b.put("vpc-3", "net-3", named("vpc-3"));
  b.now.excuses[RecordBuilder::id("vpc-3")] = {suite::ExcuseReason::kUnsettled, 1};
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::no_orphan_test
