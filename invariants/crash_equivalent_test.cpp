#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "crash-equivalent");
}

// The same with a crash and without, but for the ids; vpc-2's Value is made of vpc-1's id.
RecordBuilder same_but_ids() {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1", "a"));
  b.show("vpc-2", "net-2", named("vpc-2", "at net-1."));
  b.record.without_crash = b.checkpoint();
  b.record.checkpoints.clear();
  b.now = {};
  b.crash();
  b.show("vpc-1", "net-12", named("vpc-1", "a"));
  b.show("vpc-2", "net-1", named("vpc-2", "at net-12."));
  return b;
}

// Shows: ids may differ, wherever they stand; values, and what is there at all, may not.
TEST(CrashEquivalent, ComparesAllButIds) {
  RecordBuilder right = same_but_ids();
  right.checkpoint();
  EXPECT_THAT(signatures(right.record), IsEmpty());

  RecordBuilder value = same_but_ids();
  value.now.inventory.front().properties["Value"] = "b";
  value.checkpoint();
  EXPECT_THAT(found(value), ElementsAre("other-inventory"));

  RecordBuilder object = same_but_ids();
  object.now.cloud.pop_back();
  object.checkpoint();
  EXPECT_THAT(found(object), ElementsAre("other-cloud"));

  RecordBuilder more = same_but_ids();
  more.show("vpc-3", "net-3", named("vpc-3"));
  more.checkpoint();
  EXPECT_THAT(found(more), ElementsAre("other-cloud", "other-inventory"));
}

// Shows: nothing is compared where nothing was run to compare with, where a limit of the cloud
// meets other calls, or where the operations were not seen to their end.
TEST(CrashEquivalent, ComparesOnlyWhatCanBeTold) {
  RecordBuilder b = same_but_ids();
  b.now.cloud.clear();
  RecordBuilder late = b;
  b.checkpoint();
  EXPECT_THAT(found(b), ElementsAre("other-cloud", "other-cloud"));
  b.record.test_case.world.behaviours.rate_per_second = 100;
  EXPECT_THAT(found(b), IsEmpty());
  b.record.test_case.world.behaviours.rate_per_second = 0;
  b.record.without_crash.reset();
  EXPECT_THAT(found(b), IsEmpty());
  late.operation = late.record.test_case.operations.size();
  late.checkpoint();
  EXPECT_THAT(found(late), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants
