#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::parallelism_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Parallelism : public testing::Test {
 protected:
  Parallelism() {
    b.accept("c1", {RecordBuilder::create("vpc-1"), RecordBuilder::create("vpc-2")})
        .request.parallelism = 1;
  }

  // Two calls, the second of which arrives before the first is answered.
  void overlap(const std::string& command, bool first_is_heard = true) {
    cloud::Call& first = b.call(command, CallKind::kCreate, "vpc-1");
    b.creates(command, "vpc-2", "net-2");
    b.answered(first, {}, first_is_heard);
  }

  RecordBuilder b;
};

// Shows: one call at a time is one call at a time.
TEST_F(Parallelism, IsNotExceeded) {
  b.creates("c1", "vpc-1", "net-1");
  b.creates("c1", "vpc-2", "net-2");
  EXPECT_THAT(kinds(b.record, "parallelism"), IsEmpty());
  overlap("c1");
  EXPECT_THAT(kinds(b.record, "parallelism"), ElementsAre("too-many-at-once"));
}

// Shows: where nothing is said, any number is right; so is what the request allows.
TEST_F(Parallelism, IsWhatTheRequestSays) {
  overlap("c1");
  b.record.submissions.front().request.parallelism = 2;
  EXPECT_THAT(kinds(b.record, "parallelism"), IsEmpty());
  b.record.submissions.front().request.parallelism = 0;
  EXPECT_THAT(kinds(b.record, "parallelism"), IsEmpty());
}

// Shows: a call that its caller gave up is under way no more; those of another run are its own.
TEST_F(Parallelism, CountsWhatTheRunWaitsFor) {
  overlap("c1", false);
  overlap("c2");
  EXPECT_THAT(kinds(b.record, "parallelism"), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::parallelism_test
