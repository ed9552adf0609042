#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::rate_limit_test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

// 10 calls a second are announced; so many come at once, then so many more with a pause before
// each.
std::vector<std::string> found(int at_once, int more, milliseconds pause, size_t delayed = 0) {
  RecordBuilder b;
  b.record.test_case.world.provider_rate = 10;
  b.record.test_case.schedule.resize(delayed);
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  for (int i = 0; i < at_once; ++i) b.call("c1", CallKind::kRead, "vpc-1");
  for (int i = 0; i < more; ++i) {
    b.clock += pause;
    b.call("c1", CallKind::kRead, "vpc-1");
  }
  return kinds(b.record, "rate-limit");
}

// Shows: as many calls at once as the rate says, and then at that rate; requests that the schedule
// delays may come along with later ones.
TEST(RateLimit, HoldsOverAnyStretchOfTime) {
  EXPECT_THAT(found(10, 0, milliseconds(0)), IsEmpty());
  EXPECT_THAT(found(11, 0, milliseconds(0)), ElementsAre("too-many-calls"));
  EXPECT_THAT(found(10, 20, milliseconds(100)), IsEmpty());
  EXPECT_THAT(found(10, 20, milliseconds(99)), ElementsAre("too-many-calls"));
  EXPECT_THAT(found(5, 20, milliseconds(90)), IsEmpty());
  EXPECT_THAT(found(11, 0, milliseconds(0), 1), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::rate_limit_test
