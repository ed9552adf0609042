// The table "operation × answer" of outcomes.md, row by row.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_env.h"

namespace squall::engine::outcomes_test {
namespace {

constexpr int kBudget = 3;  // TestWorld's max_retries + 1

void fault_times(TestWorld& world, const std::string& label, CallKind kind, int times,
                 const Fault& fault) {
  for (int i = 0; i < times; ++i) world.env.fault(label, kind, fault);
}

DeclaredResource valued(const std::string& value) {
  return resource("a", R"({"Value":")" + value + R"("})");
}

std::string cloud_value(const TestWorld& world) {
  const TestCloud::Object* object = world.env.cloud.named("a");
  return object == nullptr ? "(gone)" : text_of(object->properties, "Value");
}

// ---- create

// Shows: a definite final answer to a create fails it and leaves no row.
TEST(CreateOutcome, DefiniteFinalFails) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, error(ErrorCode::kAlreadyExists));
  const CommandView done = world.carry_out(apply({resource("a")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(update_of(done, "a").attempts, 1);
  EXPECT_TRUE(world.engine().inventory().empty());
  EXPECT_TRUE(world.engine().stacks().empty());
}

// Shows: recoverable answers are tried again until the budget is spent, and not once more.
TEST(CreateOutcome, DefiniteRecoverableSpendsTheBudget) {
  TestWorld world;
  fault_times(world, "a", CallKind::kCreate, kBudget - 1, error(ErrorCode::kThrottling));
  EXPECT_EQ(world.carry_out(apply({resource("a")})).state, CommandState::kSuccess);

  TestWorld spent;
  fault_times(spent, "a", CallKind::kCreate, kBudget, error(ErrorCode::kThrottling));
  const CommandView done = spent.carry_out(apply({resource("a")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kThrottling);
  EXPECT_EQ(update_of(done, "a").attempts, kBudget);
  EXPECT_TRUE(spent.engine().inventory().empty());
}

// Shows: after a lost reply the create is repeated with the same token, and makes nothing twice.
TEST(CreateOutcome, AmbiguousIsRepeatedWithTheSameToken) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, lost_reply());
  EXPECT_EQ(world.carry_out(apply({resource("a")})).state, CommandState::kSuccess);
  ASSERT_EQ(world.env.calls.size(), 2U);
  EXPECT_EQ(world.env.calls[0].token, world.env.calls[1].token);
  EXPECT_EQ(world.env.cloud.count_named("a"), 1U);
  EXPECT_EQ(world.env.marks["create-retried-same-token"], 1);
}

// Shows: silence until the deadline is an ambiguous answer too.
TEST(CreateOutcome, SilenceIsAmbiguous) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, Fault{.silent = true});
  EXPECT_EQ(world.carry_out(apply({resource("a")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.cloud.count_named("a"), 1U);
}

// Shows: an ambiguous final answer leaves the identity unsettled, and the next apply settles it
// first: the object is found, nothing is made twice.
TEST(CreateOutcome, UnsettledIsSettledByTheNextApply) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, lost_reply(ErrorCode::kUnforeseenError));
  const CommandView failed = world.carry_out(apply({valued("1")}));
  EXPECT_EQ(update_of(failed, "a").state, UpdateState::kFailed);
  ASSERT_TRUE(world.row("a").has_value());
  EXPECT_TRUE(world.row("a")->unsettled);
  EXPECT_TRUE(world.row("a")->native_id.empty());
  const Ksuid ksuid = world.row("a")->ksuid;

  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").operation, UpdateOperation::kCreate);
  EXPECT_EQ(done.state, CommandState::kSuccess);
  EXPECT_EQ(world.env.count_calls(CallKind::kSettle), 1U);
  EXPECT_EQ(world.env.count_calls(CallKind::kCreate), 1U);
  EXPECT_EQ(world.env.count_calls(CallKind::kUpdate), 1U);
  EXPECT_EQ(world.env.cloud.count_named("a"), 1U);
  EXPECT_EQ(cloud_value(world), "2");
  EXPECT_FALSE(world.row("a")->unsettled);
  EXPECT_EQ(world.row("a")->ksuid, ksuid);
  EXPECT_EQ(world.env.marks["settled-after-lost-reply"], 1);
}

// Shows: a spent budget with an ambiguous answer in it leaves the identity unsettled, and one that
// was not applied is made by the next apply with a new token.
TEST(CreateOutcome, UnsettledThatWasNotAppliedIsMadeAnew) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, error(ErrorCode::kNetworkFailure));
  fault_times(world, "a", CallKind::kCreate, kBudget - 1, error(ErrorCode::kThrottling));
  const CommandView failed = world.carry_out(apply({resource("a")}));
  EXPECT_EQ(update_of(failed, "a").attempts, kBudget);
  EXPECT_TRUE(world.row("a")->unsettled);

  EXPECT_EQ(world.carry_out(apply({resource("a")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.cloud.count_named("a"), 1U);
  EXPECT_NE(world.env.calls.front().token, world.env.calls.back().token);
}

// Shows: an apply that cannot settle fails and leaves the identity as it was; so does one whose new
// create fails for good after the old token is void: then the row goes.
TEST(CreateOutcome, FailuresAfterAndWhileSettling) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, lost_reply(ErrorCode::kUnforeseenError));
  world.carry_out(apply({resource("a")}));
  world.env.fault("a", CallKind::kSettle, error(ErrorCode::kAccessDenied));
  EXPECT_EQ(world.carry_out(apply({resource("a")})).state, CommandState::kFailed);
  EXPECT_TRUE(world.row("a")->unsettled);

  world.env.cloud.objects.clear();
  world.env.fault("a", CallKind::kCreate, error(ErrorCode::kServiceLimitExceeded));
  EXPECT_EQ(world.carry_out(apply({resource("a")})).state, CommandState::kFailed);
  EXPECT_FALSE(world.row("a").has_value());
}

// Shows: Gone after a lost reply tells that the object was made and deleted: nothing is unsettled.
TEST(CreateOutcome, GoneTells) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, lost_reply());
  world.env.fault("a", CallKind::kCreate,
                  Fault{.before = [&] { world.env.cloud.drift_delete("a"); }});
  const CommandView done = world.carry_out(apply({resource("a")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kGone);
  EXPECT_TRUE(world.engine().inventory().empty());
}

// Shows: destroying an unsettled create settles it by its token, whichever way that turns out.
TEST(CreateOutcome, DestroySettlesFirst) {
  for (const bool applied : {false, true}) {
    TestWorld world;
    world.env.fault("a", CallKind::kCreate,
                    Fault{.code = ErrorCode::kUnforeseenError, .applied = applied});
    world.carry_out(apply({resource("a")}));
    EXPECT_EQ(world.carry_out(destroy({resource("a")})).state, CommandState::kSuccess);
    EXPECT_TRUE(world.env.cloud.objects.empty());
    EXPECT_TRUE(world.engine().inventory().empty());
    EXPECT_EQ(world.env.count_calls(CallKind::kDelete), applied ? 1U : 0U);
  }
}

// ---- update

class UpdateOutcome : public ::testing::Test {
 protected:
  void SetUp() override { world.carry_out(apply({valued("1")})); }
  TestWorld world;
};

// Shows: an update reads, then sends a patch on the version that was read.
TEST_F(UpdateOutcome, SuccessIsCommitted) {
  EXPECT_EQ(world.carry_out(apply({valued("2")})).state, CommandState::kSuccess);
  EXPECT_EQ(cloud_value(world), "2");
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "2");
  const ProviderRequest& update = world.env.calls.back();
  EXPECT_EQ(canonical(update.patch), R"([{"op":"replace","path":"/Value","value":"2"}])");
  EXPECT_EQ(update.if_version, 1);
}

// Shows: a definite final answer fails the update and leaves the row as before.
TEST_F(UpdateOutcome, DefiniteFinalFails) {
  world.env.fault("a", CallKind::kUpdate, error(ErrorCode::kNotUpdatable));
  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kNotUpdatable);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "1");
  EXPECT_FALSE(world.row("a")->unsettled);
}

// Shows: after a lost reply the engine reads, finds its update applied and does not send it again.
TEST_F(UpdateOutcome, LostReplyIsDecidedByReading) {
  world.env.fault("a", CallKind::kUpdate, lost_reply());
  EXPECT_EQ(world.carry_out(apply({valued("2")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.count_calls(CallKind::kUpdate), 1U);
  EXPECT_EQ(world.env.marks["conflict-read-decided"], 1);
}

// Shows: after an ambiguous answer that was not applied the same call is made again.
TEST_F(UpdateOutcome, UnappliedIsSentAgain) {
  world.env.fault("a", CallKind::kUpdate, error(ErrorCode::kNetworkFailure));
  EXPECT_EQ(world.carry_out(apply({valued("2")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.count_calls(CallKind::kUpdate), 2U);
  EXPECT_EQ(cloud_value(world), "2");
}

// Shows: a change by somebody else between read and call is found by the version; it is drift,
// which is rejected, or overwritten with force.
TEST_F(UpdateOutcome, ConflictIsDrift) {
  const Fault meddled{.before = [this] { world.env.cloud.drift("a", "Value", "theirs"); }};
  world.env.fault("a", CallKind::kUpdate, meddled);
  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").state, UpdateState::kRejected);
  EXPECT_EQ(cloud_value(world), "theirs");
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "theirs");

  world.env.fault("a", CallKind::kUpdate, meddled);
  EXPECT_EQ(world.carry_out(forced(apply({valued("3")}))).state, CommandState::kSuccess);
  EXPECT_EQ(cloud_value(world), "3");
}

// Shows: a read that differs from the row rejects the update and is absorbed; the next one passes.
TEST_F(UpdateOutcome, DriftIsRejectedOnce) {
  world.env.cloud.drift("a", "SetTags", JsonArray{"theirs"});
  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").state, UpdateState::kRejected);
  EXPECT_EQ(world.env.count_calls(CallKind::kUpdate), 0U);
  EXPECT_TRUE(world.row("a")->properties.contains("SetTags"));
  EXPECT_EQ(world.env.marks["drift-rejected"], 1);
  EXPECT_EQ(answer_of(world.submit(apply({valued("2")}))), "ReconcileRejected");
  EXPECT_EQ(world.carry_out(forced(apply({valued("2")}))).state, CommandState::kSuccess);
  EXPECT_EQ(cloud_value(world), "2");
}

// Shows: with force the drift that a read shows is overwritten at once.
TEST_F(UpdateOutcome, ForceOverwritesDrift) {
  world.env.cloud.drift("a", "Value", "theirs");
  EXPECT_EQ(world.carry_out(forced(apply({valued("2")}))).state, CommandState::kSuccess);
  EXPECT_EQ(cloud_value(world), "2");
}

// Shows: where drift has brought about what is wanted, force needs no call.
TEST_F(UpdateOutcome, NoCallWithoutADifference) {
  world.env.cloud.drift("a", "Value", "2");
  EXPECT_EQ(world.carry_out(forced(apply({valued("2")}))).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.count_calls(CallKind::kUpdate), 0U);
  EXPECT_EQ(answer_of(world.submit(apply({valued("2")}))), "nothing to do");
}

// Shows: a resource that is not there any more, after all tries, loses its row.
TEST_F(UpdateOutcome, NotFoundRemovesTheRow) {
  world.env.cloud.drift_delete("a");
  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").state, UpdateState::kRejected);
  EXPECT_EQ(world.env.count_calls(CallKind::kRead), 3U);
  EXPECT_FALSE(world.row("a").has_value());
}

// Shows: reads change nothing, so a read that fails leaves nothing unsettled.
TEST_F(UpdateOutcome, AFailedReadIsNeverUnsettled) {
  fault_times(world, "a", CallKind::kRead, kBudget, error(ErrorCode::kServiceTimeout));
  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kServiceTimeout);
  EXPECT_EQ(update_of(done, "a").attempts, kBudget);
  EXPECT_FALSE(world.row("a")->unsettled);
}

// Shows: an ambiguous final answer leaves the identity unsettled; a sync settles it, applied or
// not, and what the attempt declared counts only if it was applied.
TEST_F(UpdateOutcome, UnsettledIsSettledBySync) {
  world.env.fault("a", CallKind::kUpdate, lost_reply(ErrorCode::kUnforeseenError));
  EXPECT_EQ(world.carry_out(apply({valued("2")})).state, CommandState::kFailed);
  EXPECT_TRUE(world.row("a")->unsettled);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "1");
  EXPECT_EQ(world.sync().state, CommandState::kSuccess);
  EXPECT_FALSE(world.row("a")->unsettled);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "2");
  EXPECT_EQ(answer_of(world.submit(apply({valued("2")}))), "nothing to do");

  world.env.fault("a", CallKind::kUpdate, error(ErrorCode::kUnforeseenError));
  world.carry_out(apply({valued("3")}));
  EXPECT_TRUE(world.row("a")->unsettled);
  world.sync();
  EXPECT_FALSE(world.row("a")->unsettled);
  EXPECT_EQ(answer_of(world.submit(apply({valued("2")}))), "nothing to do");
}

// Shows: the next apply settles an unsettled update by reading; neither outcome is drift.
TEST_F(UpdateOutcome, UnsettledIsSettledByTheNextApply) {
  for (const Fault& fault :
       {lost_reply(ErrorCode::kUnforeseenError), error(ErrorCode::kUnforeseenError)}) {
    world.env.fault("a", CallKind::kUpdate, fault);
    world.carry_out(apply({valued("2")}));
    EXPECT_TRUE(world.row("a")->unsettled);
    EXPECT_EQ(world.carry_out(apply({valued("1")})).state, CommandState::kSuccess);
    EXPECT_EQ(cloud_value(world), "1");
    EXPECT_FALSE(world.row("a")->unsettled);
  }
}

// Shows: a call that a later definite failure says nothing of stays in doubt.
TEST_F(UpdateOutcome, DoubtSurvivesAFailedRead) {
  world.env.fault("a", CallKind::kRead, Fault{});
  world.env.fault("a", CallKind::kRead, error(ErrorCode::kAccessDenied));
  world.env.fault("a", CallKind::kUpdate, lost_reply());
  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kAccessDenied);
  EXPECT_TRUE(world.row("a")->unsettled);
}

// ---- delete

class DeleteOutcome : public UpdateOutcome {
 protected:
  CommandView destroyed() { return world.carry_out(destroy({resource("a")})); }
};

// Shows: what is already gone is a success, without a call.
TEST_F(DeleteOutcome, AlreadyGoneIsSuccess) {
  world.env.cloud.drift_delete("a");
  EXPECT_EQ(destroyed().state, CommandState::kSuccess);
  EXPECT_EQ(world.env.count_calls(CallKind::kDelete), 0U);
  EXPECT_FALSE(world.row("a").has_value());
}

// Shows: a definite final answer fails the delete and the row stays, with what was read.
TEST_F(DeleteOutcome, DefiniteFinalFails) {
  world.env.cloud.drift("a", "Value", "theirs");
  world.env.fault("a", CallKind::kDelete, error(ErrorCode::kAccessDenied));
  EXPECT_EQ(destroyed().state, CommandState::kFailed);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "theirs");
  EXPECT_FALSE(world.row("a")->unsettled);
}

// Shows: after a lost reply the engine reads and finds it gone.
TEST_F(DeleteOutcome, LostReplyIsDecidedByReading) {
  world.env.fault("a", CallKind::kDelete, lost_reply());
  EXPECT_EQ(destroyed().state, CommandState::kSuccess);
  EXPECT_EQ(world.env.count_calls(CallKind::kDelete), 1U);
  EXPECT_TRUE(world.engine().inventory().empty());
}

// Shows: a change by somebody else does not save it: the delete is repeated on the new version.
TEST_F(DeleteOutcome, ConflictIsRepeatedOnTheNewVersion) {
  world.env.fault("a", CallKind::kDelete,
                  Fault{.before = [this] { world.env.cloud.drift("a", "Value", "theirs"); }});
  EXPECT_EQ(destroyed().state, CommandState::kSuccess);
  EXPECT_TRUE(world.env.cloud.objects.empty());
}

// Shows: an ambiguous final answer leaves the identity unsettled; a sync finds it gone, or there.
TEST_F(DeleteOutcome, UnsettledIsSettledBySync) {
  world.env.fault("a", CallKind::kDelete, error(ErrorCode::kUnforeseenError));
  EXPECT_EQ(destroyed().state, CommandState::kFailed);
  EXPECT_TRUE(world.row("a")->unsettled);
  world.sync();
  EXPECT_FALSE(world.row("a")->unsettled);

  world.env.fault("a", CallKind::kDelete, lost_reply(ErrorCode::kUnforeseenError));
  EXPECT_EQ(destroyed().state, CommandState::kFailed);
  EXPECT_TRUE(world.row("a")->unsettled);
  world.sync();
  EXPECT_FALSE(world.row("a").has_value());
}

// Shows: a spent budget ends it, with the number of calls it had.
TEST_F(DeleteOutcome, TheBudgetIsKept) {
  fault_times(world, "a", CallKind::kDelete, kBudget, error(ErrorCode::kResourceConflict));
  const CommandView done = destroyed();
  EXPECT_EQ(update_of(done, "a").attempts, kBudget);
  EXPECT_EQ(world.env.count_calls(CallKind::kDelete), 3U);
  EXPECT_FALSE(world.row("a")->unsettled);
}

// Shows: an unsettled resource keeps its row through a failed read before the delete.
TEST_F(DeleteOutcome, AThrottledReadIsNoAnswer) {
  fault_times(world, "a", CallKind::kRead, kBudget, error(ErrorCode::kThrottling));
  const CommandView done = destroyed();
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kThrottling);
  EXPECT_TRUE(world.row("a").has_value());
}

// ---- resolve

// Shows: a producer outside the command is read, and its value of now is used.
TEST(ResolveOutcome, OtherProducersAreRead) {
  TestWorld world;
  const DeclaredResource a = resource("a", R"({"Value":"1"})");
  world.carry_out(apply({a}));
  world.env.cloud.drift("a", "Value", "theirs");
  DeclaredResource b = resource("b", "{}", "other");
  b.properties.set("Value", to_json(Reference{a.identity, "Value"}));
  EXPECT_EQ(world.carry_out(apply({b})).state, CommandState::kSuccess);
  EXPECT_EQ(text_of(world.env.cloud.named("b")->properties, "Value"), "theirs");
}

// Shows: a producer that cannot be read fails the update; nothing was sent, nothing is unsettled.
TEST(ResolveOutcome, AnUnreadableProducerFails) {
  TestWorld world;
  const DeclaredResource a = resource("a");
  world.carry_out(apply({a}));
  world.env.cloud.drift_delete("a");
  const CommandView done = world.carry_out(apply({child("b", a, "other")}));
  EXPECT_EQ(update_of(done, "b").error_code, ErrorCode::kNotFound);
  EXPECT_EQ(world.env.count_calls(CallKind::kCreate, "b"), 0U);
  EXPECT_FALSE(world.row("b").has_value());
}

}  // namespace
}  // namespace squall::engine::outcomes_test
