#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::stack_integrity_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(std::vector<std::string> stacks, bool believed, bool shown) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  if (!believed) b.now.belief.clear();
  if (!shown) b.now.inventory.clear();
  b.now.stacks = std::move(stacks);
  b.checkpoint();
  return kinds(b.record, "stack-integrity");
}

// Shows: a stack is there while it has resources, and then once; where inventory and belief do not
// agree on its rows, either answer will do.
TEST(StackIntegrity, ComparesStacksWithRows) {
  EXPECT_THAT(found({"stack-0"}, true, true), IsEmpty());
  EXPECT_THAT(found({}, true, true), ElementsAre("stack-missing"));
  EXPECT_THAT(found({"stack-0"}, false, false), ElementsAre("stack-left"));
  EXPECT_THAT(found({"stack-0", "stack-0"}, true, true), ElementsAre("stack-twice"));
  EXPECT_THAT(found({"stack-0"}, true, false), IsEmpty());
  EXPECT_THAT(found({}, true, false), IsEmpty());
  EXPECT_THAT(found({"stack-0"}, false, true), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::stack_integrity_test
