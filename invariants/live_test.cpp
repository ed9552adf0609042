#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::live_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Shows: what was waited for and never came is one finding, whatever else did not come with it.
TEST(Live, SeesWhatNeverCame) {
  RecordBuilder b;
  EXPECT_THAT(kinds(b.record, "live"), IsEmpty());
  b.record.stuck = {"command c1 terminal", "nothing left to happen"};
  EXPECT_THAT(kinds(b.record, "live"), ElementsAre("stuck"));
}

// Shows: an engine that ends by itself is found, once.
TEST(Live, SeesAnEngineThatEndsByItself) {
  RecordBuilder b;
  b.record.own_ends = {{.operation = 0, .how = "signal 6 ended it"}};
  EXPECT_THAT(kinds(b.record, "live"), ElementsAre("ended-by-itself"));
}

}  // namespace
}  // namespace squall::invariants::live_test
