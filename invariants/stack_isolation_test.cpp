#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::stack_isolation_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "stack-isolation");
}

// vpc-2 is in stack-1; the command names stack-0 only.
RecordBuilder two_stacks(bool cascade) {
  RecordBuilder b;
  b.record.test_case.world.stacks = {"stack-0", "stack-1"};
  b.record.test_case.world.slots[1].stack = "stack-1";
  spec::PlannedUpdate other = B::remove("vpc-2");
  other.is_cascade = cascade;
  b.accept("c1", {B::remove("vpc-1"), other}).request.forma.stacks = {{"stack-0", ""}};
  b.deletes("c1", "vpc-1");
  return b;
}

// Shows: a write in a stack that the command does not name, but for a cascade; looks are free.
TEST(StackIsolation, SeesWritesInOtherStacks) {
  RecordBuilder b = two_stacks(false);
  b.reads("c1", "vpc-2", "a");
  EXPECT_THAT(found(b), IsEmpty());
  b.deletes("c1", "vpc-2");
  EXPECT_THAT(found(b), ElementsAre("foreign-stack"));

  RecordBuilder cascade = two_stacks(true);
  cascade.deletes("c1", "vpc-2");
  EXPECT_THAT(found(cascade), IsEmpty());
}

// Shows: what it says is not said again by minimal-calls.
TEST(StackIsolation, IsNamedOnce) {
  RecordBuilder b = two_stacks(false);
  b.record.commands["c1"].last.updates.pop_back();
  std::get<spec::Plan>(b.record.submissions.front().predicted).updates.pop_back();
  b.deletes("c1", "vpc-2");
  EXPECT_THAT(signatures(b.record), ElementsAre("stack-isolation/foreign-stack"));
}

}  // namespace
}  // namespace squall::invariants::stack_isolation_test
