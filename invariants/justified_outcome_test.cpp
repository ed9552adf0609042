#include "invariants/justified_outcome_test.h"

#include <gmock/gmock.h>

namespace squall::invariants::justified_outcome_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using enum UpdateState;
using cloud::Effect;
using B = RecordBuilder;

RecordBuilder with_update() { return with(B::update("vpc-1", "b")); }
RecordBuilder with_delete() { return with(B::remove("vpc-1")); }

// ---- Success

// Shows: a create needs its effect, by a call of its own command for its own name.
TEST(JustifiedSuccess, OfACreateNeedsItsEffect) {
  RecordBuilder right = with_create();
  right.creates("c1", "vpc-1", "net-1");
  right.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(right), IsEmpty());

  RecordBuilder none = with_create();
  none.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(none), ElementsAre("success-without-effect"));

  RecordBuilder others = with_create();
  others.creates("c1", "vpc-2", "net-1");
  others.creates("c2", "vpc-1", "net-2");
  others.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(others), ElementsAre("success-without-effect"));

  RecordBuilder failed = with_create();
  fail(failed, CallKind::kCreate, ErrorCode::kThrottling, 3);
  failed.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(failed), ElementsAre("success-without-effect"));
}

// Shows: a lost reply does not take the effect away, and an effect after the claim does not count.
TEST(JustifiedSuccess, CountsEffectsAndNotAnswers) {
  RecordBuilder lost = with_create();
  cloud::Call& create = lost.call("c1", CallKind::kCreate, "vpc-1");
  lost.executed(create, Effect::kCreated, "net-1", {}, named("vpc-1"));
  lost.failed(create, ErrorCode::kServiceTimeout);
  // The same token again gives the same object.
  lost.succeeded(lost.call("c1", CallKind::kCreate, "vpc-1"), "net-1", named("vpc-1"));
  lost.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(lost), IsEmpty());

  RecordBuilder late = with_create();
  cloud::Call& under_way = late.call("c1", CallKind::kCreate, "vpc-1");
  late.failed(under_way, ErrorCode::kServiceTimeout);
  late.end("c1", "vpc-1", kSuccess);
  late.executed(under_way, Effect::kCreated, "net-1", {}, named("vpc-1"));
  EXPECT_THAT(found(late), ElementsAre("success-without-effect"));
}

// Shows: a create may take over what an earlier command made, once a Settle has given it the
// object, and bring it up to date; a Settle that found none proves nothing.
TEST(JustifiedSuccess, OfACreateMayAdopt) {
  RecordBuilder b = with(B::planned(UpdateOperation::kCreate, "vpc-1", named("vpc-1", "b")));
  b.succeeded(b.call("c1", CallKind::kSettle, "vpc-1"), "net-1", named("vpc-1", "a"));
  b.updates("c1", "vpc-1", "a", "b");
  b.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(b), IsEmpty());

  RecordBuilder none = with_create();
  none.succeeded(none.call("c1", CallKind::kSettle, "vpc-1"), "", {});
  none.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(none), ElementsAre("success-without-effect"));
}

// Shows: an update needs its effect, or a read that shows what was wanted; a read nobody heard will
// not do.
TEST(JustifiedSuccess, OfAnUpdateNeedsAnEffectOrARead) {
  RecordBuilder effect = with_update();
  effect.reads("c1", "vpc-1", "a");
  effect.updates("c1", "vpc-1", "a", "b");
  effect.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(effect), IsEmpty());

  RecordBuilder read = with_update();
  read.reads("c1", "vpc-1", "b");
  read.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(read), IsEmpty());

  RecordBuilder unheard = with_update();
  unheard.reads("c1", "vpc-1", "b").delivered = false;
  unheard.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(unheard), ElementsAre("success-without-effect"));
}

// Shows: an effect other than what was planned is told apart from none; what comes from a producer
// is not judged here.
TEST(JustifiedSuccess, NeedsTheRightProperties) {
  RecordBuilder wrong = with_update();
  wrong.reads("c1", "vpc-1", "a");
  wrong.updates("c1", "vpc-1", "a", "c");
  wrong.end("c1", "vpc-1", kSuccess);
  const std::vector<Violation> violations = check_all(wrong.record);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(signature(violations[0]), "justified-outcome/success-of-wrong-properties");
  EXPECT_EQ(violations[0].expected, "stack-0/vpc-1 with Value: b");
  EXPECT_EQ(violations[0].actual, "stack-0/vpc-1 with Value: c");

  spec::PlannedUpdate referring = B::update("vpc-1", "b");
  referring.asked.set("Value", to_json(Reference{B::id("vpc-2"), "Name"}));
  RecordBuilder reference = with(std::move(referring));
  reference.reads("c1", "vpc-1", "a");
  reference.updates("c1", "vpc-1", "a", "vpc-2");
  reference.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(reference), IsEmpty());
}

// Shows: a patch that leaves alone what it does not name is as planned.
TEST(JustifiedSuccess, HeedsTheMode) {
  RecordBuilder b = with(B::planned(UpdateOperation::kUpdate, "vpc-1",
                                    JsonObject{{"Name", "vpc-1"}, {"SetTags", JsonArray{"x"}}}));
  JsonObject seen = named("vpc-1", "a");
  seen["SetTags"] = JsonArray{"x", "y"};
  b.succeeded(b.call("c1", CallKind::kRead, "vpc-1"), "net-1", seen);
  b.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(b), ElementsAre("success-of-wrong-properties"));  // reconcile drops "y"
  b.record.commands["c1"].last.mode = Mode::kPatch;
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: a delete needs its effect, a NotFound that was heard, or a Settle that found nothing.
TEST(JustifiedSuccess, OfADeleteNeedsAnEffectOrNotFound) {
  RecordBuilder effect = with_delete();
  effect.reads("c1", "vpc-1", "a");
  effect.deletes("c1", "vpc-1");
  effect.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(effect), IsEmpty());

  RecordBuilder gone = with_delete();
  fail(gone, CallKind::kRead, ErrorCode::kNotFound);
  gone.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(gone), IsEmpty());

  RecordBuilder never = with_delete();
  never.succeeded(never.call("c1", CallKind::kSettle, "vpc-1"), "", {});
  never.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(never), IsEmpty());

  RecordBuilder throttled = with_delete();
  fail(throttled, CallKind::kRead, ErrorCode::kThrottling);
  throttled.end("c1", "vpc-1", kSuccess);
  EXPECT_THAT(found(throttled), ElementsAre("success-without-effect"));
}

// ---- Failed

RecordBuilder failed_after(CallKind kind, ErrorCode code, int times) {
  RecordBuilder b =
      kind == CallKind::kUpdate || kind == CallKind::kRead ? with_update() : with_create();
  fail(b, kind, code, times);
  b.end("c1", "vpc-1", kFailed);
  return b;
}

// Shows: a final answer ends an update at once, whether definite or ambiguous.
TEST(JustifiedFailure, TakesAFinalAnswer) {
  EXPECT_THAT(found(failed_after(CallKind::kCreate, ErrorCode::kAccessDenied, 1)), IsEmpty());
  EXPECT_THAT(found(failed_after(CallKind::kUpdate, ErrorCode::kUnforeseenError, 1)), IsEmpty());
  EXPECT_THAT(found(failed_after(CallKind::kRead, ErrorCode::kInvalidCredentials, 1)), IsEmpty());
  EXPECT_THAT(found(failed_after(CallKind::kSettle, ErrorCode::kAccessDenied, 1)), IsEmpty());
}

// Shows: a recoverable answer ends an update when its budget is spent, neither before nor after.
TEST(JustifiedFailure, TakesASpentBudget) {
  const auto throttled = [](int times) {
    return found(failed_after(CallKind::kCreate, ErrorCode::kThrottling, times));
  };
  EXPECT_THAT(throttled(1), ElementsAre("budget-not-spent"));
  EXPECT_THAT(throttled(2), ElementsAre("budget-not-spent"));
  EXPECT_THAT(throttled(3), IsEmpty());
  EXPECT_THAT(throttled(4), IsEmpty());  // retry-discipline's
  EXPECT_THAT(found(failed_after(CallKind::kRead, ErrorCode::kNotFound, 1)),
              ElementsAre("budget-not-spent"));
}

// Shows: with no failure at all nothing explains Failed.
TEST(JustifiedFailure, NeedsACause) {
  RecordBuilder silent = with_create();
  silent.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(silent), ElementsAre("failed-without-cause"));

  RecordBuilder success = with_create();
  fail(success, CallKind::kCreate, ErrorCode::kThrottling);
  success.creates("c1", "vpc-1", "net-1");
  success.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(success), ElementsAre("failed-without-cause"));
}

// Shows: that an object is gone already is no failure of its delete, nor of a sync's look.
TEST(JustifiedFailure, DoesNotFailForWhatIsGone) {
  RecordBuilder gone = with_delete();
  fail(gone, CallKind::kDelete, ErrorCode::kServiceTimeout);
  fail(gone, CallKind::kRead, ErrorCode::kNotFound);
  gone.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(gone), ElementsAre("failed-without-cause"));

  RecordBuilder sync;
  sync.accept("s1", {B::planned(UpdateOperation::kRead, "vpc-1")}, CommandKind::kSync);
  sync.failed(sync.call("s1", CallKind::kRead, "vpc-1"), ErrorCode::kNotFound);
  sync.end("s1", "vpc-1", kFailed);
  EXPECT_THAT(found(sync), ElementsAre("failed-without-cause"));
}

// Shows: an answer that never came is a passed deadline, and counts as an attempt.
TEST(JustifiedFailure, CountsUnansweredCalls) {
  RecordBuilder b = with_create();
  b.call("c1", CallKind::kCreate, "vpc-1");
  fail(b, CallKind::kCreate, ErrorCode::kThrottling);
  b.call("c1", CallKind::kCreate, "vpc-1");
  b.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: reads between the attempts of an update are operations of their own, and neither spend its
// budget nor exceed theirs; a last look after the last attempt takes no cause away.
TEST(JustifiedFailure, KeepsBudgetsApart) {
  RecordBuilder b = with_update();
  for (int i = 0; i < 3; ++i) {
    fail(b, CallKind::kRead, ErrorCode::kThrottling, 2);
    b.reads("c1", "vpc-1", "a");
    fail(b, CallKind::kUpdate, ErrorCode::kServiceTimeout);
  }
  b.reads("c1", "vpc-1", "a");
  b.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(b), IsEmpty());

  RecordBuilder early = with_update();
  early.reads("c1", "vpc-1", "a");
  fail(early, CallKind::kUpdate, ErrorCode::kResourceConflict, 2);
  early.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(early), ElementsAre("budget-not-spent"));
}

// Shows: a restart resets budgets, in both directions.
TEST(JustifiedFailure, StartsAfreshAfterACrash) {
  RecordBuilder early = with_create();
  fail(early, CallKind::kCreate, ErrorCode::kThrottling, 2);
  early.crash();
  fail(early, CallKind::kCreate, ErrorCode::kThrottling, 1);
  early.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(early), ElementsAre("budget-not-spent"));

  RecordBuilder right = with_create();
  fail(right, CallKind::kCreate, ErrorCode::kThrottling, 2);
  right.crash();
  fail(right, CallKind::kCreate, ErrorCode::kThrottling, 3);
  right.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(right), IsEmpty());
}

// Shows: an outcome committed before the crash needs no call after it; and the last message of a
// dead engine, which arrives in the next life, is held against nobody.
TEST(JustifiedFailure, IsFairAboutCrashes) {
  RecordBuilder committed = with_create();
  fail(committed, CallKind::kCreate, ErrorCode::kAccessDenied);
  committed.crash();
  committed.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(committed), IsEmpty());

  RecordBuilder under_way = with_create();
  fail(under_way, CallKind::kCreate, ErrorCode::kThrottling);
  under_way.crash();
  under_way.call("c1", CallKind::kCreate, "vpc-1");
  fail(under_way, CallKind::kCreate, ErrorCode::kThrottling, 3);
  under_way.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(under_way), IsEmpty());
}

// Shows: where requests say which life sent them, the last message of a dead engine counts where it
// belongs, whenever it arrives.
TEST(JustifiedFailure, HeedsWhoSentACall) {
  const auto sent_by = [](RecordBuilder& b, uint64_t life, bool heard) {
    cloud::Call& call = b.call("c1", CallKind::kCreate, "vpc-1");
    auto request = std::make_shared<ProviderRequest>(*call.request);
    request->connection = life;
    call.request = std::move(request);
    if (heard) b.failed(call, ErrorCode::kThrottling);
  };
  RecordBuilder b = with_create();
  b.crash();
  sent_by(b, 2, true);
  sent_by(b, 1, false);
  sent_by(b, 2, true);
  RecordBuilder spent = b;
  sent_by(spent, 2, false);
  b.end("c1", "vpc-1", kFailed);
  spent.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(b), ElementsAre("budget-not-spent"));
  EXPECT_THAT(found(spent), IsEmpty());
}

// Shows: a producer outside the command that cannot be read fails the update; two consumers have a
// budget each, which the log does not tell apart.
TEST(JustifiedFailure, MayComeFromReadingAProducer) {
  const auto unreadable = [](ErrorCode code, int times) {
    spec::PlannedUpdate update = B::create("vpc-1");
    update.references = {B::id("vpc-2")};
    RecordBuilder b = with(std::move(update));
    for (int i = 0; i < times; ++i) b.failed(b.call("c1", CallKind::kRead, "vpc-2"), code);
    b.end("c1", "vpc-1", kFailed);
    return found(b);
  };
  EXPECT_THAT(unreadable(ErrorCode::kNotFound, 1), IsEmpty());
  EXPECT_THAT(unreadable(ErrorCode::kThrottling, 3), IsEmpty());
  EXPECT_THAT(unreadable(ErrorCode::kThrottling, 6), IsEmpty());
  EXPECT_THAT(unreadable(ErrorCode::kThrottling, 2), ElementsAre("budget-not-spent"));
}

// Shows: the reads of a sync are judged like any other.
TEST(JustifiedFailure, HoldsForSyncs) {
  RecordBuilder b;
  b.accept("s1", {B::planned(UpdateOperation::kRead, "vpc-1")}, CommandKind::kSync);
  for (int i = 0; i < 3; ++i)
    b.failed(b.call("s1", CallKind::kRead, "vpc-1"), ErrorCode::kThrottling);
  b.end("s1", "vpc-1", kFailed);
  EXPECT_THAT(found(b), IsEmpty());
  b.record.traits.max_attempts = 4;
  EXPECT_THAT(found(b), ElementsAre("budget-not-spent"));
}

// ---- order

// vpc-2 waits for vpc-1, and vpc-3 for vpc-2.
RecordBuilder chain() {
  RecordBuilder b;
  b.accept("c1",
           {B::create("vpc-1"), B::create("vpc-2", {"vpc-1"}), B::create("vpc-3", {"vpc-2"})});
  return b;
}

// Shows: what is downstream of a failure fails because of it, at any distance.
TEST(JustifiedOrder, FailsWhatIsDownstream) {
  RecordBuilder b = chain();
  fail(b, CallKind::kCreate, ErrorCode::kAccessDenied);
  b.end("c1", "vpc-1", kFailed);
  b.end("c1", "vpc-2", kFailed, "vpc-1");
  b.end("c1", "vpc-3", kFailed, "vpc-1");
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: a producer that succeeded, that is not upstream, or that is not there is no reason.
TEST(JustifiedOrder, NeedsAFailedProducer) {
  RecordBuilder succeeded = chain();
  succeeded.creates("c1", "vpc-1", "net-1");
  succeeded.end("c1", "vpc-1", kSuccess);
  succeeded.end("c1", "vpc-2", kFailed, "vpc-1");
  EXPECT_THAT(found(succeeded), ElementsAre("producer-did-not-fail"));

  RecordBuilder downstream = chain();
  downstream.end("c1", "vpc-1", kFailed, "vpc-3");
  downstream.end("c1", "vpc-2", kFailed, "vpc-1");
  downstream.end("c1", "vpc-3", kFailed, "vpc-1");
  EXPECT_THAT(found(downstream), ElementsAre("producer-did-not-fail"));

  RecordBuilder nobody = with_create();
  nobody.end("c1", "vpc-1", kFailed, "vpc-2");
  EXPECT_THAT(found(nobody), ElementsAre("producer-did-not-fail"));
}

// Shows: an update that ran although one upstream failed, whether it says so or not; a rejected
// producer counts as failed.
TEST(JustifiedOrder, SeesUpdatesThatRanAlthoughAProducerFailed) {
  RecordBuilder success = chain();
  fail(success, CallKind::kCreate, ErrorCode::kAccessDenied);
  success.end("c1", "vpc-1", kFailed);
  success.creates("c1", "vpc-2", "net-2");
  success.end("c1", "vpc-2", kSuccess);
  success.end("c1", "vpc-3", kFailed, "vpc-1");
  EXPECT_THAT(found(success), ElementsAre("ran-although-producer-failed"));

  RecordBuilder secretly;
  secretly.accept("c1", {B::update("vpc-1", "b"), B::create("vpc-2", {"vpc-1"})});
  fail(secretly, CallKind::kRead, ErrorCode::kNotFound, 3);
  secretly.end("c1", "vpc-1", kRejected);
  secretly.failed(secretly.call("c1", CallKind::kCreate, "vpc-2"), ErrorCode::kThrottling);
  secretly.end("c1", "vpc-2", kFailed, "vpc-1");
  EXPECT_THAT(found(secretly), ElementsAre("ran-although-producer-failed"));
}

// Shows: where the waits of updates form a circle, the engine may have dropped any of them.
TEST(JustifiedOrder, AllowsForCircles) {
  RecordBuilder b;
  spec::PlannedUpdate first = B::create("vpc-1", {"vpc-2"});
  b.accept("c1", {first, B::create("vpc-2", {"vpc-1"})});
  fail(b, CallKind::kCreate, ErrorCode::kAccessDenied);
  b.end("c1", "vpc-1", kFailed);
  b.creates("c1", "vpc-2", "net-2");
  b.end("c1", "vpc-2", kSuccess);
  EXPECT_THAT(found(b), Contains("ran-although-producer-failed"));
  auto& plan = std::get<spec::Plan>(b.record.submissions.front().predicted);
  for (const spec::PlannedUpdate& update : plan.updates) plan.circular.insert(update.key());
  EXPECT_THAT(found(b), IsEmpty());
}

// ---- Rejected

// vpc-1 was believed to have Value a when the command was accepted.
RecordBuilder believed(bool force = false) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1", "a"));
  b.checkpoint();
  b.accept("c1", {B::update("vpc-1", "b")}).request.force = force;
  return b;
}

// Shows: a read that differs from what was believed, or NotFound, rejects; the same does not, and
// no read at all even less.
TEST(JustifiedRejection, NeedsADifference) {
  RecordBuilder drift = believed();
  drift.reads("c1", "vpc-1", "drifted");
  drift.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(drift), IsEmpty());

  RecordBuilder gone = believed(true);
  fail(gone, CallKind::kRead, ErrorCode::kNotFound, 3);
  gone.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(gone), IsEmpty());

  RecordBuilder same = believed();
  same.reads("c1", "vpc-1", "a");
  same.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(same), ElementsAre("rejected-without-difference"));

  RecordBuilder hasty = believed();
  fail(hasty, CallKind::kRead, ErrorCode::kNotFound, 2);
  hasty.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(hasty), ElementsAre("budget-not-spent"));

  RecordBuilder blind = believed();
  blind.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(blind), ElementsAre("rejected-without-difference"));

  RecordBuilder forced = believed(true);
  forced.reads("c1", "vpc-1", "drifted");
  forced.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(forced), ElementsAre("rejected-without-difference"));
}

// Shows: with a consistency window reads that show the past may have been tried again until the
// budget was spent; they are no drift.
TEST(JustifiedRejection, IsNotForStaleReads) {
  const auto stale = [](RecordBuilder& b) {
    ProviderReply truth;
    truth.version = 2;
    ProviderReply past;
    past.version = 1;
    past.properties = named("vpc-1", "past");
    cloud::Call& read = b.call("c1", CallKind::kRead, "vpc-1");
    b.executed(read, Effect::kNone, "net-1", {}, {});
    read.executions.front().reply = std::make_shared<ProviderReply>(truth);
    b.answered(read, past);
  };
  RecordBuilder rejected = believed();
  rejected.record.test_case.world.behaviours.consistency_window = std::chrono::seconds(1);
  RecordBuilder failed = rejected;
  for (int i = 0; i < 3; ++i) stale(failed);
  stale(rejected);
  rejected.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(rejected), ElementsAre("rejected-without-difference"));
  failed.end("c1", "vpc-1", kFailed);
  EXPECT_THAT(found(failed), IsEmpty());
}

// Shows: what was read before a write that worked rejects nothing any more, unless a crash came
// between and it was read again; and a delete is never rejected.
TEST(JustifiedRejection, FollowsARead) {
  RecordBuilder written = believed();
  written.reads("c1", "vpc-1", "drifted");
  written.updates("c1", "vpc-1", "drifted", "b");
  RecordBuilder restarted = written;
  written.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(written), ElementsAre("rejected-without-difference"));
  restarted.crash();
  restarted.reads("c1", "vpc-1", "drifted again");
  restarted.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(restarted), IsEmpty());

  RecordBuilder remove = with_delete();
  fail(remove, CallKind::kRead, ErrorCode::kNotFound);
  remove.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(remove), ElementsAre("rejected-without-difference"));
}

// Shows: where the object changed since the belief was known, where it was excused, or where none
// is on record, a read that looks the same accuses nobody.
TEST(JustifiedRejection, IsNotJudgedWhereTheBeliefIsUncertain) {
  RecordBuilder changed = believed();
  changed.updates("c0", "vpc-1", "x", "a");
  changed.reads("c1", "vpc-1", "a");
  changed.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(changed), IsEmpty());

  RecordBuilder excused = believed();
  excused.record.checkpoints.front().excuses[B::id("vpc-1")] = {};
  excused.reads("c1", "vpc-1", "a");
  excused.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(excused), IsEmpty());

  RecordBuilder unknown = believed();
  unknown.record.checkpoints.clear();
  unknown.reads("c1", "vpc-1", "a");
  unknown.end("c1", "vpc-1", kRejected);
  EXPECT_THAT(found(unknown), IsEmpty());
}

// ---- the fold

// Shows: what the fold found is reported under its own kind, and nothing else of that claim.
TEST(JustifiedOutcome, ReportsWhatTheFoldFound) {
  for (const char* kind : {"overwrote-drift", "unjustified-value", "unplanned-update"}) {
    RecordBuilder b = with_update();
    suite::Claim& claim = b.end("c1", "vpc-1", kSuccess);
    claim.problem_kind = kind;
    claim.problem = "in words";
    const std::vector<Violation> violations = check_all(b.record);
    ASSERT_EQ(violations.size(), 1U);
    EXPECT_EQ(violations[0].kind, kind);
    EXPECT_EQ(violations[0].actual, "in words");
  }
}

}  // namespace
}  // namespace squall::invariants::justified_outcome_test
