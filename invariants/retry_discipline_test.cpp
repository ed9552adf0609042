#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::retry_discipline_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;
using std::chrono::milliseconds;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "retry-discipline");
}

RecordBuilder with(spec::PlannedUpdate update) {
  RecordBuilder b;
  b.record.traits.retry_delay = milliseconds(5);
  b.record.traits.max_retry_delay = milliseconds(10);
  b.accept("c1", {std::move(update)});
  return b;
}

void fail(RecordBuilder& b, CallKind kind, ErrorCode code, milliseconds pause = milliseconds(10)) {
  b.failed(b.call("c1", kind, "vpc-1"), code);
  b.clock += pause;
}

std::vector<std::string> ended(RecordBuilder b) {
  b.end("c1", "vpc-1", UpdateState::kFailed);
  return found(b);
}

// Shows: no more calls than the budget allows in one life; a restart gives a new one, and a call
// that a dead engine had sent counts for nobody.
TEST(RetryDiscipline, CountsAttempts) {
  RecordBuilder b = with(B::create("vpc-1"));
  for (int i = 0; i < 3; ++i) fail(b, CallKind::kCreate, ErrorCode::kThrottling);
  EXPECT_THAT(ended(b), IsEmpty());
  RecordBuilder restarted = b;
  fail(b, CallKind::kCreate, ErrorCode::kThrottling);
  EXPECT_THAT(ended(b), ElementsAre("budget-exceeded"));

  restarted.crash();
  restarted.call("c1", CallKind::kCreate, "vpc-1");
  for (int i = 0; i < 3; ++i) fail(restarted, CallKind::kCreate, ErrorCode::kThrottling);
  EXPECT_THAT(ended(restarted), IsEmpty());
  fail(restarted, CallKind::kCreate, ErrorCode::kThrottling);
  EXPECT_THAT(ended(restarted), ElementsAre("budget-exceeded"));
}

// Shows: what failed for good is not tried again in the same life, whether a write or a look; that
// an object is not there may be asked twice before an update only.
TEST(RetryDiscipline, EndsWithAFinalError) {
  RecordBuilder create = with(B::create("vpc-1"));
  fail(create, CallKind::kCreate, ErrorCode::kAccessDenied);
  RecordBuilder restarted = create;
  fail(create, CallKind::kCreate, ErrorCode::kAccessDenied);
  EXPECT_THAT(ended(create), ElementsAre("final-error-retried"));
  restarted.crash();
  fail(restarted, CallKind::kCreate, ErrorCode::kAccessDenied);
  EXPECT_THAT(ended(restarted), IsEmpty());

  const auto looks_twice = [](spec::PlannedUpdate update) {
    RecordBuilder b = with(std::move(update));
    for (int i = 0; i < 2; ++i) fail(b, CallKind::kRead, ErrorCode::kNotFound);
    return ended(b);
  };
  EXPECT_THAT(looks_twice(B::update("vpc-1", "b")), IsEmpty());
  EXPECT_THAT(looks_twice(B::remove("vpc-1")), ElementsAre("final-error-retried"));
}

// Shows: with a consistency window an object that is not there may be asked for again.
TEST(RetryDiscipline, AllowsForStaleReads) {
  RecordBuilder b = with(B::remove("vpc-1"));
  b.record.test_case.world.behaviours.consistency_window = std::chrono::seconds(1);
  for (int i = 0; i < 2; ++i) fail(b, CallKind::kRead, ErrorCode::kNotFound);
  EXPECT_THAT(ended(b), IsEmpty());
}

// Shows: the next try waits for the delay, and for twice as long after each Throttling in a row, up
// to the cap; another error in between begins anew.
TEST(RetryDiscipline, BacksOff) {
  const auto paused = [](ErrorCode code, std::vector<int> pauses) {
    RecordBuilder b = with(B::create("vpc-1"));
    b.record.traits.max_attempts = 10;
    for (const int pause : pauses) fail(b, CallKind::kCreate, code, milliseconds(pause));
    fail(b, CallKind::kCreate, code);
    return ended(b);
  };
  EXPECT_THAT(paused(ErrorCode::kServiceTimeout, {5, 5, 5}), IsEmpty());
  EXPECT_THAT(paused(ErrorCode::kServiceTimeout, {5, 4}), ElementsAre("too-soon"));
  EXPECT_THAT(paused(ErrorCode::kThrottling, {5, 10, 10, 10}), IsEmpty());
  EXPECT_THAT(paused(ErrorCode::kThrottling, {5, 5}), ElementsAre("too-soon"));

  RecordBuilder mixed = with(B::create("vpc-1"));
  fail(mixed, CallKind::kCreate, ErrorCode::kThrottling, milliseconds(5));
  fail(mixed, CallKind::kCreate, ErrorCode::kServiceTimeout, milliseconds(5));
  fail(mixed, CallKind::kCreate, ErrorCode::kThrottling, milliseconds(5));
  EXPECT_THAT(ended(mixed), IsEmpty());
}

// Shows: no delay is owed after a restart, after an answer that nobody heard, nor to a look of
// another kind.
TEST(RetryDiscipline, OwesADelayOnlyToTheSameOperation) {
  RecordBuilder restarted = with(B::create("vpc-1"));
  fail(restarted, CallKind::kCreate, ErrorCode::kServiceTimeout, milliseconds(0));
  RecordBuilder unheard = restarted;
  restarted.crash();
  fail(restarted, CallKind::kCreate, ErrorCode::kServiceTimeout);
  EXPECT_THAT(ended(restarted), IsEmpty());
  unheard.record.calls.front().delivered = false;
  fail(unheard, CallKind::kCreate, ErrorCode::kServiceTimeout);
  EXPECT_THAT(ended(unheard), IsEmpty());

  RecordBuilder other = with(B::update("vpc-1", "b"));
  fail(other, CallKind::kUpdate, ErrorCode::kServiceTimeout, milliseconds(0));
  fail(other, CallKind::kRead, ErrorCode::kServiceTimeout);
  EXPECT_THAT(ended(other), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::retry_discipline_test
