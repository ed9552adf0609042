#include "suite/evidence.h"

#include <gtest/gtest.h>

#include "suite/test_log.h"

namespace squall::suite {
namespace {

const JsonObject kSeen = {{"Name", "a"}, {"Value", "x"}};

class EvidenceTest : public ::testing::Test {
 protected:
  // Of the calls for "a" by "command". The result refers to index_.
  const UpdateEvidence& evidence() {
    index_ = log_.index();
    evidence_ = evidence_of(index_, calls_, crashes_);
    return evidence_;
  }
  UpdateCalls calls_{.command = "command", .name = "a"};
  void crash() { crashes_.push_back(log_.end()); }

  TestLog log_;
  std::vector<uint64_t> crashes_;
  LogIndex index_;
  UpdateEvidence evidence_;
};

// Shows: without calls there is no evidence of anything.
TEST_F(EvidenceTest, NothingFromNothing) {
  log_.of("another", "a").goes_well(CallKind::kRead, found(kSeen));
  log_.of("command", "b").loses_reply(CallKind::kCreate, found(kSeen));
  EXPECT_EQ(evidence().last_look, nullptr);
  EXPECT_EQ(evidence().last_mutation, nullptr);
  EXPECT_FALSE(evidence().open);
}

// Shows: a plain create is known to have succeeded.
TEST_F(EvidenceTest, CreateSucceeds) {
  log_.goes_well(CallKind::kCreate, found(kSeen));
  ASSERT_NE(evidence().success, nullptr);
  EXPECT_EQ(evidence().success->id, 1U);
  EXPECT_FALSE(evidence().open);
}

// Shows: a lost reply leaves the call open.
TEST_F(EvidenceTest, LostReplyIsOpen) {
  log_.loses_reply(CallKind::kCreate, found(kSeen));
  EXPECT_TRUE(evidence().open);
  EXPECT_EQ(evidence().open_call->id, 1U);
  EXPECT_EQ(evidence().success, nullptr);
}

// Shows: a definite answer leaves nothing open, and does not close what an earlier call left open.
TEST_F(EvidenceTest, DefiniteFailure) {
  log_.fails(CallKind::kCreate, ErrorCode::kThrottling);
  EXPECT_FALSE(evidence().open);
  log_.loses_reply(CallKind::kCreate, found(kSeen));
  log_.fails(CallKind::kCreate, ErrorCode::kAccessDenied);
  EXPECT_TRUE(evidence().open);
  EXPECT_EQ(evidence().open_call->id, 2U);
}

// Shows: Gone says that the create was applied and undone: nothing is open any more.
TEST_F(EvidenceTest, GoneCloses) {
  log_.loses_reply(CallKind::kCreate, found(kSeen));
  log_.fails(CallKind::kCreate, ErrorCode::kGone);
  EXPECT_FALSE(evidence().open);
}

// Shows: a successful read after a lost reply closes the call; the mutation started from the look
// before it.
TEST_F(EvidenceTest, ReadCloses) {
  log_.goes_well(CallKind::kRead, found(kSeen));
  log_.loses_reply(CallKind::kUpdate, found({{"Value", "y"}}, 2));
  log_.goes_well(CallKind::kRead, found({{"Value", "y"}}, 2));
  EXPECT_FALSE(evidence().open);
  EXPECT_EQ(evidence().first_look->id, 1U);
  EXPECT_EQ(evidence().base_look->id, 1U);
  EXPECT_EQ(evidence().last_look->id, 3U);
  EXPECT_EQ(evidence().open_call->id, 2U);
}

// Shows: a read that fails, or that nobody answers, tells nothing.
TEST_F(EvidenceTest, FailedReadTellsNothing) {
  log_.loses_reply(CallKind::kUpdate, found(kSeen));
  log_.fails(CallKind::kRead, ErrorCode::kAccessDenied);
  log_.arrives(CallKind::kRead);
  EXPECT_TRUE(evidence().open);
  EXPECT_EQ(evidence().last_look, nullptr);
}

// Shows: silence until the deadline is ambiguous, as is an answer that came after it.
TEST_F(EvidenceTest, SilenceIsOpen) {
  log_.arrives(CallKind::kCreate);
  EXPECT_TRUE(evidence().open);
  log_.executed(1, found(kSeen), cloud::Effect::kCreated);
  log_.undelivered(1, found(kSeen));
  EXPECT_TRUE(evidence().open);
  EXPECT_EQ(evidence().success, nullptr);
}

// Shows: a Settle tells either that there is an object, or that there is none.
TEST_F(EvidenceTest, SettleTells) {
  log_.goes_well(CallKind::kSettle, done());
  EXPECT_TRUE(evidence().looked_and_gone);
  EXPECT_TRUE(found_nothing(*evidence().first_look));
  log_.goes_well(CallKind::kSettle, found(kSeen));
  EXPECT_FALSE(evidence().looked_and_gone);
  EXPECT_FALSE(found_nothing(*evidence().last_look));
}

// Shows: a delete that finds nothing has succeeded, and a read that finds nothing tells so.
TEST_F(EvidenceTest, NotFoundOfADelete) {
  log_.loses_reply(CallKind::kDelete, done());
  log_.fails(CallKind::kDelete, ErrorCode::kNotFound);
  EXPECT_EQ(evidence().success->id, 2U);
  EXPECT_FALSE(evidence().open);
  log_.fails(CallKind::kRead, ErrorCode::kNotFound);
  EXPECT_TRUE(evidence().looked_and_gone);
}

// Shows: a NotFound that is asked about once more told nothing: only the last one of a read does.
TEST_F(EvidenceTest, NotFoundThatIsTriedAgain) {
  log_.goes_well(CallKind::kRead, found(kSeen));
  log_.loses_reply(CallKind::kUpdate, found(kSeen));
  log_.fails(CallKind::kRead, ErrorCode::kNotFound);
  log_.fails(CallKind::kRead, ErrorCode::kAccessDenied);
  EXPECT_TRUE(evidence().open);
  EXPECT_FALSE(evidence().looked_and_gone);
  EXPECT_EQ(evidence().last_look->id, 1U);
  log_.fails(CallKind::kRead, ErrorCode::kNotFound);
  log_.fails(CallKind::kRead, ErrorCode::kNotFound);
  EXPECT_FALSE(evidence().open);
  EXPECT_TRUE(evidence().looked_and_gone);
}

// Shows: an answer that was heard, but followed by a crash after which the update went on, cannot
// have been committed: the call is open, and the next answer closes it.
TEST_F(EvidenceTest, CrashAfterTheAnswer) {
  log_.goes_well(CallKind::kCreate, found(kSeen));
  crash();
  log_.fails(CallKind::kCreate, ErrorCode::kAccessDenied);
  EXPECT_TRUE(evidence().open);
  EXPECT_TRUE(evidence().resumed);
  EXPECT_EQ(evidence().success, nullptr);
  log_.goes_well(CallKind::kCreate, found(kSeen));
  EXPECT_FALSE(evidence().open);
  EXPECT_EQ(evidence().success->id, 3U);
}

// Shows: a call that was turned away before a crash is open, since the engine cannot know that.
TEST_F(EvidenceTest, CrashAfterADefiniteFailure) {
  log_.fails(CallKind::kCreate, ErrorCode::kThrottling);
  EXPECT_FALSE(evidence().open);
  crash();
  log_.fails(CallKind::kCreate, ErrorCode::kAccessDenied);
  EXPECT_TRUE(evidence().open);
  EXPECT_TRUE(evidence().resumed);
}

// Shows: a crash after the last call changes nothing: the outcome had been committed.
TEST_F(EvidenceTest, CrashAfterTheLastCall) {
  log_.goes_well(CallKind::kCreate, found(kSeen));
  crash();
  log_.of("command", "b").goes_well(CallKind::kCreate, found(kSeen));
  EXPECT_FALSE(evidence().open);
  EXPECT_FALSE(evidence().resumed);
  EXPECT_EQ(evidence().success->id, 1U);
}

// Shows: a crash before the command was accepted is none of its business.
TEST_F(EvidenceTest, CrashBeforeTheCommand) {
  log_.of("another", "a").goes_well(CallKind::kRead, found(kSeen));
  crash();
  log_.of("another", "a").goes_well(CallKind::kRead, found(kSeen));
  const uint64_t accepted_at = log_.end();
  log_.of("command", "a").goes_well(CallKind::kRead, found(kSeen));
  index_ = log_.index();
  calls_.accepted_at = accepted_at;
  calls_.intent_since = 0;
  EXPECT_FALSE(evidence_of(index_, calls_, crashes_).resumed);
  calls_.accepted_at = 0;
  EXPECT_TRUE(evidence_of(index_, calls_, crashes_).resumed);
}

// Shows: what was seen before a crash, with no intent after it, is lost; what came before a
// mutation was committed with its intent.
TEST_F(EvidenceTest, LookBeforeACrash) {
  log_.goes_well(CallKind::kSettle, found(kSeen));
  crash();
  log_.fails(CallKind::kSettle, ErrorCode::kAccessDenied);
  EXPECT_EQ(evidence().first_look, nullptr);
  EXPECT_EQ(evidence().last_look, nullptr);
  log_.goes_well(CallKind::kSettle, found(kSeen));
  log_.loses_reply(CallKind::kUpdate, found(kSeen));
  crash();
  log_.fails(CallKind::kRead, ErrorCode::kAccessDenied);
  EXPECT_EQ(evidence().first_look->id, 3U);
  EXPECT_EQ(evidence().last_look->id, 3U);
  EXPECT_EQ(evidence().fresh_look, nullptr);
  EXPECT_TRUE(evidence().open);
}

// Shows: an update that is InProgress after a crash had its intent committed, though no call came
// of it, and its look with it: what the next life looks at before a further crash counts for
// nothing.
TEST_F(EvidenceTest, IntentBeforeACrash) {
  log_.goes_well(CallKind::kRead, found(kSeen, 3));
  crash();
  log_.goes_well(CallKind::kRead, found(kSeen, 4));
  crash();
  log_.fails(CallKind::kRead, ErrorCode::kAccessDenied);
  calls_.intent_since = 2;  // not yet after these
  EXPECT_EQ(evidence().first_look, nullptr);
  EXPECT_FALSE(evidence().open);
  calls_.intent_since = 1;  // of the second life
  EXPECT_EQ(evidence().committed_look->id, 2U);
  EXPECT_EQ(evidence().first_look->id, 2U);
  EXPECT_TRUE(evidence().open);
  calls_.intent_since = 0;
  EXPECT_EQ(evidence().committed_look->id, 1U);
  EXPECT_EQ(evidence().first_look->id, 1U);
  EXPECT_EQ(evidence().fresh_look, nullptr);
  EXPECT_TRUE(evidence().open);
}

// Shows: where the next life finds another version than the one it meant to change, and no call of
// its own came, somebody else was there.
TEST_F(EvidenceTest, DriftBetweenAnIntentAndItsCall) {
  calls_.operation = UpdateOperation::kUpdate;
  calls_.intent_since = 0;
  log_.goes_well(CallKind::kRead, found(kSeen, 3));
  crash();
  log_.goes_well(CallKind::kRead, found(kSeen, 3));
  EXPECT_FALSE(evidence().drifted_after_mutation);
  log_.goes_well(CallKind::kRead, found(kSeen, 4));
  EXPECT_TRUE(evidence().drifted_after_mutation);
  EXPECT_FALSE(evidence().open);
}

// Shows: a call that the engine sent before it died, and that arrives afterwards, is open.
TEST_F(EvidenceTest, CallInFlightAtTheCrash) {
  crash();
  log_.arrives(CallKind::kUpdate);
  log_.executed(1, found(kSeen), cloud::Effect::kUpdated);
  log_.undelivered(1, found(kSeen));
  EXPECT_TRUE(evidence().open);
  EXPECT_EQ(evidence().open_call->id, 1U);
}

ProviderReply in_progress() {
  ProviderReply reply;
  reply.status = ReplyStatus::kInProgress;
  reply.request_id = "request-1";
  return reply;
}

// Shows: an asynchronous call is open until a Status call tells how it ended; what a poll that may
// be repeated says tells nothing.
TEST_F(EvidenceTest, StatusAnswersForTheMutation) {
  log_.goes_well(CallKind::kCreate, in_progress());
  EXPECT_TRUE(evidence().open);
  EXPECT_EQ(evidence().success, nullptr);
  log_.polls("request-1", failure(ErrorCode::kThrottling));
  log_.polls("request-1", in_progress());
  EXPECT_TRUE(evidence().open);
  log_.polls("another", found(kSeen));
  EXPECT_EQ(evidence().success, nullptr);
  const cloud::CallId last = log_.polls("request-1", found(kSeen));
  ASSERT_NE(evidence().success, nullptr);
  EXPECT_EQ(evidence().success->id, last);
  EXPECT_FALSE(evidence().open);
  EXPECT_EQ(evidence().last_mutation->id, 1U);
}

// Shows: a Status that says for good that nothing was applied closes the call; one that says the
// request id is not known leaves it open.
TEST_F(EvidenceTest, StatusFails) {
  log_.goes_well(CallKind::kCreate, in_progress());
  log_.polls("request-1", failure(ErrorCode::kGeneralServiceException));
  EXPECT_TRUE(evidence().open);
  log_.polls("request-1", failure(ErrorCode::kServiceLimitExceeded));
  EXPECT_FALSE(evidence().open);
}

// Shows: a read older than what is known tells nothing; after a crash, what only the life before
// had heard is not known any more.
TEST_F(EvidenceTest, StaleReadsTellNothing) {
  calls_.known_version = 3;
  log_.goes_well(CallKind::kRead, found(kSeen, 2));
  EXPECT_EQ(evidence().last_look, nullptr);
  log_.goes_well(CallKind::kRead, found(kSeen, 5));
  log_.goes_well(CallKind::kRead, found(kSeen, 4));
  EXPECT_EQ(evidence().last_look->id, 2U);
  crash();
  log_.goes_well(CallKind::kRead, found(kSeen, 4));
  EXPECT_EQ(evidence().last_look->id, 4U);
}

// Shows: a message of a life that is over may arrive after the first of the next one; it comes
// before it all the same.
TEST_F(EvidenceTest, CallsAreOrderedByLife) {
  crash();
  log_.in_life(2).goes_well(CallKind::kCreate, in_progress());
  const cloud::CallId late = log_.in_life(1).arrives(CallKind::kCreate);
  log_.executed(late, in_progress());
  log_.undelivered(late, in_progress());
  log_.in_life(2).polls("request-1", found(kSeen));
  EXPECT_NE(evidence().success, nullptr);
}

// Shows: where the engine doubted that an object was gone, a NotFound told nothing.
TEST_F(EvidenceTest, DoubtedNotFound) {
  log_.loses_reply(CallKind::kUpdate, found(kSeen));
  log_.fails(CallKind::kRead, ErrorCode::kNotFound);
  EXPECT_FALSE(evidence().open);
  calls_.doubts_not_found = true;
  EXPECT_TRUE(evidence().open);
  EXPECT_EQ(evidence().last_look, nullptr);
}

// Shows: of a replaced identity, the delete half ends where the create begins.
TEST_F(EvidenceTest, HalvesOfAReplace) {
  log_.goes_well(CallKind::kRead, found(kSeen));
  log_.goes_well(CallKind::kDelete, done());
  log_.loses_reply(CallKind::kCreate, found(kSeen));
  calls_.is_half_of_replace = true;
  calls_.operation = UpdateOperation::kDelete;
  EXPECT_EQ(evidence().success->id, 2U);
  EXPECT_FALSE(evidence().open);
  calls_.operation = UpdateOperation::kCreate;
  EXPECT_EQ(evidence().last_look, nullptr);
  EXPECT_TRUE(evidence().open);
}

}  // namespace
}  // namespace squall::suite
