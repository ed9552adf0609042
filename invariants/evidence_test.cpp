// Which calls are an update's, and how they ended: seen through justified-outcome.
#include <gmock/gmock.h>

#include "invariants/justified_outcome_test.h"

namespace squall::invariants::evidence_test {
namespace {

using justified_outcome_test::fail;
using justified_outcome_test::found;
using justified_outcome_test::with;
using justified_outcome_test::with_create;
using testing::ElementsAre;
using testing::IsEmpty;
using enum UpdateState;
using cloud::Effect;
using B = RecordBuilder;

// ---- replacements

// Shows: each half of a replacement is judged by its own calls; the create of one whose delete
// failed fails because of the resource itself.
TEST(JustifiedReplacement, HasTwoHalves) {
  RecordBuilder right;
  right.accept("c1", B::replacement("vpc-1", "b"));
  right.reads("c1", "vpc-1", "a");
  right.deletes("c1", "vpc-1");
  right.end("c1", "vpc-1", kSuccess, "", UpdateOperation::kDelete);
  RecordBuilder half = right;
  right.creates("c1", "vpc-1", "net-2", "b");
  right.end("c1", "vpc-1", kSuccess, "", UpdateOperation::kCreate);
  EXPECT_THAT(found(right), IsEmpty());

  half.end("c1", "vpc-1", kSuccess, "", UpdateOperation::kCreate);
  EXPECT_THAT(found(half), ElementsAre("success-without-effect"));

  RecordBuilder failed;
  failed.accept("c1", B::replacement("vpc-1", "b"));
  fail(failed, CallKind::kRead, ErrorCode::kAccessDenied);
  failed.end("c1", "vpc-1", kFailed, "", UpdateOperation::kDelete);
  failed.end("c1", "vpc-1", kFailed, "vpc-1", UpdateOperation::kCreate);
  EXPECT_THAT(found(failed), IsEmpty());

  RecordBuilder idle;
  idle.accept("c1", B::replacement("vpc-1", "b"));
  idle.reads("c1", "vpc-1", "a");
  idle.deletes("c1", "vpc-1");
  idle.end("c1", "vpc-1", kSuccess, "", UpdateOperation::kDelete);
  idle.end("c1", "vpc-1", kFailed, "", UpdateOperation::kCreate);
  EXPECT_THAT(found(idle), ElementsAre("failed-without-cause"));
}

// Shows: the delete of what a failed replacement left needs no call, that of an object does.
TEST(JustifiedReplacement, LeavesNothingToDelete) {
  RecordBuilder b;
  b.creates("c0", "vpc-1", "net-1");
  RecordBuilder alive = b;
  b.deletes("c0", "vpc-1");
  for (RecordBuilder* each : {&b, &alive}) {
    each->accept("c1", {B::remove("vpc-1")});
    each->end("c1", "vpc-1", kSuccess);
  }
  EXPECT_THAT(found(b), IsEmpty());
  EXPECT_THAT(found(alive), ElementsAre("success-without-effect"));
}

// ---- asynchronous calls

// A create that is under way, whose effect the cloud has had already.
RecordBuilder under_way() {
  RecordBuilder b = with_create();
  cloud::Call& create = b.call("c1", CallKind::kCreate, "vpc-1");
  b.executed(create, Effect::kCreated, "net-1", {}, named("vpc-1"));
  b.in_progress(create, "r1");
  b.in_progress(b.polls("c1", "vpc-1", "r1"), "r1");
  return b;
}

// Shows: a call that is carried out later ends with the last poll, and before that nothing is done.
TEST(JustifiedAsynchronous, EndsWithTheLastPoll) {
  RecordBuilder done = under_way();
  done.succeeded(done.polls("c1", "vpc-1", "r1"), "net-1", named("vpc-1"));
  done.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(done), IsEmpty());

  RecordBuilder early = under_way();
  early.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(early), ElementsAre("success-before-done"));

  RecordBuilder failed = under_way();
  failed.failed(failed.polls("c1", "vpc-1", "r1"), ErrorCode::kAccessDenied);
  failed.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(failed), IsEmpty());

  RecordBuilder given_up = under_way();
  given_up.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(given_up), ElementsAre("failed-without-cause"));
}

// Shows: a poll that reports progress gives no attempt back, and a call that a fault keeps in
// progress may run out of time.
TEST(JustifiedAsynchronous, SpendsABudgetOfPolls) {
  RecordBuilder spent = under_way();
  for (int i = 0; i < 3; ++i) {
    spent.failed(spent.polls("c1", "vpc-1", "r1"), ErrorCode::kThrottling);
    if (i == 0) spent.in_progress(spent.polls("c1", "vpc-1", "r1"), "r1");
  }
  spent.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(spent), IsEmpty());

  RecordBuilder stuck = under_way();
  stuck.record.calls.front().fault = "stuck-in-progress";
  stuck.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(stuck), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::evidence_test
