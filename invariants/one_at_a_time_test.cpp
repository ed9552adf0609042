#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::one_at_a_time_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const CommandReply& reply, bool makes_calls = false) {
  RecordBuilder b;
  b.record.rivals.push_back({0, {"c1-rival", reply}});
  if (makes_calls) b.creates("c1-rival", "vpc-1", "net-1");
  return kinds(b.record, "one-at-a-time");
}

// Shows: who is refused for the lock, and does nothing, has done right; nobody else has.
TEST(OneAtATime, ARivalIsRefused) {
  const Rejection locked{RejectionType::kConflictingCommands, "locked"};
  EXPECT_THAT(found(locked), IsEmpty());
  EXPECT_THAT(found(locked, true), ElementsAre("made-calls"));
  EXPECT_THAT(found(Accepted{"c1-rival"}), ElementsAre("not-refused"));
  EXPECT_THAT(found(NothingToDo{}), ElementsAre("not-refused"));
  EXPECT_THAT(found(Rejection{RejectionType::kStoreFailed, "?"}), ElementsAre("refused-otherwise"));
}

}  // namespace
}  // namespace squall::invariants::one_at_a_time_test
