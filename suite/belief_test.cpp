#include "suite/belief.h"

#include <gtest/gtest.h>

#include "suite/test_belief.h"

namespace squall::suite {
namespace {

// Shows: a create makes a row with what was asked for, and the cloud's id and read-only properties.
TEST_F(BeliefTest, Create) {
  make_a();
  ASSERT_NE(row("a"), nullptr);
  EXPECT_EQ(row("a")->native_id, "id-1");
  EXPECT_EQ(row("a")->ksuid, "ksuid-a");
  EXPECT_EQ(row("a")->actual, object_of("a", "x"));
  EXPECT_EQ(row("a")->read_only, (JsonObject{{"Id", "id-1"}}));
  EXPECT_TRUE(excuses().empty());
  EXPECT_EQ(asked_, 0);
  EXPECT_TRUE(belief_.snapshot().targets.contains(std::string(kTarget)));
}

// Shows: what is believed of a property is what was asked for, whatever an answer says of it.
TEST_F(BeliefTest, TakesNoPropertyFromAnAnswer) {
  const Followed command = apply("c", "a", {{"Value", "x"}});
  log_.of("c", "a").goes_well(CallKind::kCreate, found(object_of("a", "lie")), object_of("a", "x"),
                              "t");
  fold(command, "a", UpdateOperation::kCreate, UpdateState::kSuccess);
  EXPECT_EQ(value_of("a"), "x");
}

// Shows: an update in reconcile mode leaves what it does not name, and counts as declared.
TEST_F(BeliefTest, UpdateReconcile) {
  make_a();
  const Followed command = apply("c", "a", {{"Value", "y"}});
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.goes_well(CallKind::kUpdate, found(object_of("a", "y"), 2), object_of("a", "y"));
  EXPECT_EQ(fold(command, "a", UpdateOperation::kUpdate, UpdateState::kSuccess).problem, "");
  EXPECT_EQ(value_of("a"), "y");
  EXPECT_EQ(row("a")->echo, row("a")->actual);
  EXPECT_EQ(text_of(row("a")->declared, "Value"), "y");
}

// Shows: a patch merges into what was declared before, and a Set keeps its other elements.
TEST_F(BeliefTest, UpdatePatch) {
  const Followed first = apply("c1", "a", {{"Value", "x"}, {"SetTags", JsonArray{"red"}}});
  JsonObject all = object_of("a", "x");
  all["SetTags"] = JsonArray{"red"};
  log_.of("c1", "a").goes_well(CallKind::kCreate, found(all), all, "t");
  fold(first, "a", UpdateOperation::kCreate, UpdateState::kSuccess);
  const Followed second = apply("c2", "a", {{"SetTags", JsonArray{"blue"}}}, Mode::kPatch);
  log_.of("c2", "a").goes_well(CallKind::kRead, found(all));
  all["SetTags"] = JsonArray{"red", "blue"};
  log_.goes_well(CallKind::kUpdate, found(all, 2), all);
  fold(second, "a", UpdateOperation::kUpdate, UpdateState::kSuccess);
  EXPECT_EQ(row("a")->actual, all);
  EXPECT_EQ(row("a")->declared, all);
  EXPECT_EQ(row("a")->values, all);
}

// Shows: an update that ends Success on what a read showed, after a lost reply, started from the
// look before its call.
TEST_F(BeliefTest, UpdateFoundDone) {
  make_a();
  const Followed command = apply("c", "a", {{"Value", "y"}});
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.loses_reply(CallKind::kUpdate, found(object_of("a", "y"), 2), object_of("a", "y"));
  log_.goes_well(CallKind::kRead, found(object_of("a", "y"), 2));
  EXPECT_EQ(fold(command, "a", UpdateOperation::kUpdate, UpdateState::kSuccess).problem, "");
  EXPECT_EQ(value_of("a"), "y");
  EXPECT_TRUE(excuses().empty());
}

// Shows: an engine that overwrites what somebody else changed, unasked, is told so; with force it
// may, and what it does not name stays as it was read.
TEST_F(BeliefTest, Drift) {
  make_a();
  JsonObject drifted = object_of("a", "x");
  drifted["SetTags"] = JsonArray{"red"};
  for (const bool force : {false, true}) {
    const std::string id = force ? "forced" : "plain";
    const std::string value = force ? "z" : "y";
    const Followed command = apply(id, "a", {{"Value", value}}, Mode::kReconcile, force);
    log_.of(id, "a").goes_well(CallKind::kRead, found(drifted));
    drifted["Value"] = value;
    log_.goes_well(CallKind::kUpdate, found(drifted), drifted);
    drifted["OrderedItems"] = JsonArray{id};
    const Claim claim = fold(command, "a", UpdateOperation::kUpdate, UpdateState::kSuccess);
    EXPECT_EQ(claim.problem_kind, force ? "" : "overwrote-drift");
    EXPECT_EQ(value_of("a"), value);
    EXPECT_TRUE(row("a")->actual.contains("SetTags"));
    EXPECT_EQ(row("a")->actual.contains("OrderedItems"), force);
  }
}

// Shows: a deleted row is gone, and a new one of the same identity starts afresh.
TEST_F(BeliefTest, DeleteAndAgain) {
  make_a();
  const Followed command = destroy("c", "a");
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.goes_well(CallKind::kDelete, done());
  fold(command, "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  EXPECT_EQ(row("a"), nullptr);
  make_a("z");
  EXPECT_EQ(value_of("a"), "z");
  EXPECT_TRUE(excuses().empty());
}

// Shows: a rejected update leaves what it read in the row, and nothing of what it wanted.
TEST_F(BeliefTest, Rejected) {
  make_a();
  const Followed command = apply("c", "a", {{"Value", "y"}});
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "drift"), 2));
  fold(command, "a", UpdateOperation::kUpdate, UpdateState::kRejected);
  EXPECT_EQ(value_of("a"), "drift");
  EXPECT_EQ(text_of(row("a")->declared, "Value"), "x");
  EXPECT_NE(row("a")->echo, row("a")->actual);
}

// Shows: a rejected update that found nothing takes the row with it.
TEST_F(BeliefTest, RejectedAndGone) {
  make_a();
  const Followed command = apply("c", "a", {{"Value", "y"}});
  for (int i = 0; i < 3; ++i) log_.of("c", "a").fails(CallKind::kRead, ErrorCode::kNotFound);
  fold(command, "a", UpdateOperation::kUpdate, UpdateState::kRejected);
  EXPECT_EQ(row("a"), nullptr);
}

// Shows: an update that failed on a definite answer changes nothing; a create leaves no row.
TEST_F(BeliefTest, FailedDefinitely) {
  make_a();
  const Followed update = apply("c", "a", {{"Value", "y"}});
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.fails(CallKind::kUpdate, ErrorCode::kAccessDenied, object_of("a", "y"));
  fold(update, "a", UpdateOperation::kUpdate, UpdateState::kFailed);
  EXPECT_EQ(value_of("a"), "x");
  EXPECT_FALSE(row("a")->unsettled);
  const Followed create = apply("d", "b", {{"Value", "y"}});
  log_.of("d", "b").fails(CallKind::kCreate, ErrorCode::kAccessDenied, object_of("b", "y"), "t");
  fold(create, "b", UpdateOperation::kCreate, UpdateState::kFailed);
  EXPECT_EQ(row("b"), nullptr);
  EXPECT_EQ(asked_, 0);
}

// Shows: a delete that failed leaves what it read in the row.
TEST_F(BeliefTest, FailedDeleteAbsorbs) {
  make_a();
  const Followed command = destroy("c", "a");
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "drift"), 2));
  log_.fails(CallKind::kDelete, ErrorCode::kAccessDenied);
  fold(command, "a", UpdateOperation::kDelete, UpdateState::kFailed);
  EXPECT_EQ(value_of("a"), "drift");
}

// Shows: a create that failed on a lost reply leaves an unsettled row without native id, excused by
// the call that nobody knows the outcome of.
TEST_F(BeliefTest, FailedUnsettled) {
  leave_create_open();
  ASSERT_NE(row("a"), nullptr);
  EXPECT_EQ(row("a")->native_id, "");
  ASSERT_TRUE(row("a")->unsettled);
  EXPECT_EQ(row("a")->unsettled->token, "token-open");
  EXPECT_EQ(row("a")->unsettled->wanted, object_of("a", "x"));
  ASSERT_TRUE(excuses().contains(identity("a")));
  EXPECT_EQ(excuses()[identity("a")].reason, ExcuseReason::kUnsettled);
  EXPECT_EQ(excuses()[identity("a")].call, 1U);
}

// Shows: a later create that finds the object by its token goes on as an update of it.
TEST_F(BeliefTest, UnsettledCreateIsFound) {
  leave_create_open();
  const Followed command = apply("c", "a", {{"Value", "y"}});
  EXPECT_NE(command.find({identity("a"), UpdateOperation::kCreate}), nullptr);
  log_.of("c", "a").goes_well(CallKind::kSettle, found(object_of("a", "x")));
  log_.goes_well(CallKind::kUpdate, found(object_of("a", "y"), 2), object_of("a", "y"));
  EXPECT_EQ(fold(command, "a", UpdateOperation::kCreate, UpdateState::kSuccess).problem, "");
  EXPECT_EQ(value_of("a"), "y");
  EXPECT_EQ(row("a")->native_id, "id-1");
  EXPECT_FALSE(row("a")->unsettled);
  EXPECT_TRUE(excuses().empty());
}

// Shows: one that finds none makes a new object, whose declaration owes nothing to the lost one.
TEST_F(BeliefTest, UnsettledCreateIsNot) {
  const Followed lost = apply("open", "a", {{"Value", "x"}, {"SetTags", JsonArray{"red"}}});
  log_.of("open", "a").arrives(CallKind::kCreate, object_of("a", "x"), "token-open");
  fold(lost, "a", UpdateOperation::kCreate, UpdateState::kFailed);
  const Followed command = apply("c", "a", {{"Value", "y"}}, Mode::kPatch);
  log_.of("c", "a").goes_well(CallKind::kSettle, done());
  log_.goes_well(CallKind::kCreate, found(object_of("a", "y")), object_of("a", "y"), "token-2");
  fold(command, "a", UpdateOperation::kCreate, UpdateState::kSuccess);
  EXPECT_EQ(row("a")->actual, object_of("a", "y"));
  EXPECT_EQ(row("a")->declared, object_of("a", "y"));
}

// Shows: a Settle that tells there is none ends the row even if the update then fails.
TEST_F(BeliefTest, SettledAndThenFailed) {
  leave_create_open();
  const Followed command = apply("c", "a", {{"Value", "y"}});
  log_.of("c", "a").goes_well(CallKind::kSettle, done());
  log_.fails(CallKind::kCreate, ErrorCode::kAccessDenied, object_of("a", "y"), "token-2");
  fold(command, "a", UpdateOperation::kCreate, UpdateState::kFailed);
  EXPECT_EQ(row("a"), nullptr);
}

// Shows: an unsettled update is settled by the first read of the next one, not by what that one
// then makes of the object: a patch builds on the attempt that turned out to have been applied.
TEST_F(BeliefTest, UnsettledUpdateIsSettledByTheFirstLook) {
  make_a();
  leave_update_open();
  EXPECT_EQ(value_of("a"), "x");
  ASSERT_TRUE(row("a")->unsettled);
  const Followed command = apply("c", "a", {{"SetTags", JsonArray{"red"}}}, Mode::kPatch);
  JsonObject wanted = object_of("a", "y");
  log_.of("c", "a").goes_well(CallKind::kRead, found(wanted, 2));
  wanted["SetTags"] = JsonArray{"red"};
  log_.loses_reply(CallKind::kUpdate, found(wanted, 3), wanted);
  log_.goes_well(CallKind::kRead, found(wanted, 3));
  EXPECT_EQ(fold(command, "a", UpdateOperation::kUpdate, UpdateState::kSuccess).problem, "");
  EXPECT_EQ(row("a")->actual, wanted);
  EXPECT_EQ(row("a")->declared, wanted);
  EXPECT_EQ(row("a")->values, wanted);
  EXPECT_FALSE(row("a")->unsettled);
}

// Shows: after a restart an engine takes a call it never made for possible where its intent had
// been committed, which its update being InProgress right then tells; the inventory is not asked.
TEST_F(BeliefTest, RestartedAndFailed) {
  for (const bool has_intent : {false, true}) {
    log_ = TestLog();
    make_a();
    const std::string id = has_intent ? "with" : "without";
    const Followed command = apply(id, "a", {{"Value", "y"}});
    log_.of(id, "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
    crashes_ = {log_.end()};
    belief_.note_intents(restarted(id, has_intent), 0);
    log_.fails(CallKind::kRead, ErrorCode::kAccessDenied);
    fold(command, "a", UpdateOperation::kUpdate, UpdateState::kFailed);
    EXPECT_EQ(row("a")->unsettled.has_value(), has_intent);
    fold(destroy("end", "a"), "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  }
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(belief_.either_count(), 0U);
}

// Shows: an engine that died before its call, and then finds what it wanted, has overwritten
// nothing, whoever did that.
TEST_F(BeliefTest, RestartedAndFoundDone) {
  make_a();
  const Followed command = apply("c", "a", {{"Value", "y"}});
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  crashes_ = {log_.end()};
  belief_.note_intents(restarted("c", true), 0);
  log_.goes_well(CallKind::kRead, found(object_of("a", "y"), 2));
  EXPECT_EQ(fold(command, "a", UpdateOperation::kUpdate, UpdateState::kSuccess).problem, "");
  EXPECT_EQ(value_of("a"), "y");
}

// Shows: what settled an identity is forgotten in a crash, unless an intent was committed with it:
// nor is the inventory asked then.
TEST_F(BeliefTest, SettledAndForgotten) {
  for (const bool forgotten : {true, false}) {
    log_ = TestLog();
    crashes_.clear();
    make_a();
    leave_update_open();
    const std::string id = forgotten ? "forgotten" : "kept";
    const Followed command = apply(id, "a", {{"Value", "z"}});
    log_.of(id, "a").goes_well(CallKind::kRead, found(object_of("a", "y"), 2));
    crashes_.push_back(log_.end());
    belief_.note_intents(restarted(id, !forgotten), 0);
    log_.fails(CallKind::kRead, ErrorCode::kAccessDenied);
    fold(command, "a", UpdateOperation::kUpdate, UpdateState::kFailed);
    // Forgotten, it is unsettled as before; else by what this update meant to do.
    ASSERT_TRUE(row("a")->unsettled);
    EXPECT_EQ(text_of(row("a")->unsettled->wanted, "Value"), forgotten ? "y" : "z");
    EXPECT_EQ(value_of("a"), forgotten ? "x" : "y");
    fold(destroy("end", "a"), "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  }
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(belief_.either_count(), 0U);
}

// Shows: a call that takes effect after the engine's last look excuses its identity until the
// engine has looked again; that somebody else read the object for a reference does not count.
TEST_F(BeliefTest, LateEffectIsExcused) {
  make_a();
  const Followed failed = apply("late", "a", {{"Value", "y"}});
  log_.of("late", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  const cloud::CallId late = log_.arrives(CallKind::kUpdate, object_of("a", "y"));
  log_.answered(late, failure(ErrorCode::kServiceTimeout));
  log_.goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.fails(CallKind::kUpdate, ErrorCode::kAccessDenied, object_of("a", "y"));
  fold(failed, "a", UpdateOperation::kUpdate, UpdateState::kFailed);
  EXPECT_FALSE(row("a")->unsettled);
  EXPECT_TRUE(excuses().empty());
  log_.executed(late, found(object_of("a", "y"), 2), cloud::Effect::kUpdated);
  ASSERT_TRUE(excuses().contains(identity("a")));
  EXPECT_EQ(excuses()[identity("a")].reason, ExcuseReason::kLateEffect);
  EXPECT_EQ(excuses()[identity("a")].call, late);
  log_.of("other", "a").goes_well(CallKind::kRead, found(object_of("a", "y"), 2));
  EXPECT_FALSE(excuses().empty());
  const Followed reading = sync("sync");
  log_.of("sync", "a").goes_well(CallKind::kRead, found(object_of("a", "y"), 2));
  fold(reading, "a", UpdateOperation::kRead, UpdateState::kSuccess);
  EXPECT_TRUE(excuses().empty());
  EXPECT_EQ(value_of("a"), "y");
}

// Shows: a reference to what another command made is resolved by what was read of it; a value that
// was never read is not justified.
TEST_F(BeliefTest, ReferenceToAnotherCommandsResource) {
  make_a();
  for (const bool honest : {true, false}) {
    const std::string id = honest ? "c1" : "c2";
    const Followed command =
        apply(id, "b", {{"Value", {{"$ref", "a.Value"}}}, {"SetTags", JsonArray{id}}});
    const bool exists = row("b") != nullptr;
    if (exists) log_.of(id, "b").goes_well(CallKind::kRead, found(row("b")->actual));
    log_.of(id, "a").goes_well(CallKind::kRead, found(object_of("a", "now")));
    JsonObject sent = object_of("b", honest ? "now" : "made up");
    sent["SetTags"] = JsonArray{id};
    const CallKind kind = exists ? CallKind::kUpdate : CallKind::kCreate;
    log_.of(id, "b").goes_well(kind, found(sent), sent, "t-" + id);
    const UpdateOperation operation = exists ? UpdateOperation::kUpdate : UpdateOperation::kCreate;
    const Claim claim = fold(command, "b", operation, UpdateState::kSuccess);
    EXPECT_EQ(claim.problem_kind, honest ? "" : "unjustified-value");
    EXPECT_EQ(value_of("b"), "now");
    EXPECT_EQ(value_of("a"), "x");
  }
}

// Shows: of two reads of a producer that had no value first and then one, the first is what was
// taken where no value was sent.
TEST_F(BeliefTest, NoValueSentIsOneThatWasRead) {
  make_a();
  const Followed command = apply("c", "b", {{"Value", {{"$ref", "a.Value"}}}});
  JsonObject without = object_of("a", "x");
  without.erase("Value");
  log_.of("c", "a").goes_well(CallKind::kRead, found(without));
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "now")));
  JsonObject sent = object_of("b", "x");
  sent.erase("Value");
  log_.of("c", "b").goes_well(CallKind::kCreate, found(sent), sent, "t");
  EXPECT_EQ(fold(command, "b", UpdateOperation::kCreate, UpdateState::kSuccess).problem_kind, "");
  ASSERT_NE(row("b"), nullptr);
  EXPECT_FALSE(row("b")->actual.contains("Value"));
}

// Shows: an update that nobody planned, and a sync that does more than read, are told so and
// believed in nothing.
TEST_F(BeliefTest, UnplannedUpdate) {
  const Followed command = apply("c", "a", {{"Value", "x"}});
  EXPECT_EQ(fold(command, "b", UpdateOperation::kCreate, UpdateState::kSuccess).problem_kind,
            "unplanned-update");
  EXPECT_EQ(fold(sync("s"), "b", UpdateOperation::kCreate, UpdateState::kSuccess).problem_kind,
            "unplanned-update");
  EXPECT_EQ(row("b"), nullptr);
}

// Shows: while a command runs, its updates are in the snapshot that predictions are made on; a
// sync's are not.
TEST_F(BeliefTest, RunningCommands) {
  const Followed command = apply("c", "a", {{"Value", "x"}});
  const CommandView view = view_of("a");
  belief_.set_running(command, view);
  belief_.set_running(command, view);
  belief_.set_running(sync("s"), view);
  ASSERT_EQ(belief_.snapshot().running.size(), 1U);
  EXPECT_EQ(belief_.snapshot().running[0].updates[0].identity, identity("a"));
  belief_.forget_running("c");
  EXPECT_TRUE(belief_.snapshot().running.empty());
}

// Shows: what was changed behind the engine's back is excused until the engine has looked; the look
// makes the row not Declared.
TEST_F(BeliefTest, DriftIsExcusedUntilSeen) {
  make_a();
  log_.drifts("a", "id-1", 2);
  ASSERT_TRUE(excuses().contains(identity("a")));
  EXPECT_EQ(excuses()[identity("a")].reason, ExcuseReason::kDrift);
  EXPECT_EQ(value_of("a"), "x");
  EXPECT_TRUE(row("a")->is_declared);
  const Followed command = sync("s");
  log_.of("s", "a").goes_well(CallKind::kRead, found(object_of("a", "drifted"), 2));
  fold(command, "a", UpdateOperation::kRead, UpdateState::kSuccess);
  EXPECT_EQ(value_of("a"), "drifted");
  EXPECT_FALSE(row("a")->is_declared);
  EXPECT_TRUE(excuses().empty());
}

// Shows: a stale read tells of the truth of its version, so a later change stays excused.
TEST_F(BeliefTest, StaleReadLeavesTheExcuse) {
  make_a();
  log_.drifts("a", "id-1", 2);
  const Followed command = sync("s");
  const cloud::CallId read = log_.of("s", "a").arrives(CallKind::kRead, {}, "");
  log_.executed(read, found(object_of("a", "drifted"), 2));
  log_.answered(read, found(object_of("a", "x"), 1));
  fold(command, "a", UpdateOperation::kRead, UpdateState::kSuccess);
  EXPECT_EQ(value_of("a"), "x");
  EXPECT_TRUE(excuses().contains(identity("a")));
}

// Shows: a patch makes its row not Declared, a reconcile Declared again, also without a call.
TEST_F(BeliefTest, WhoWroteLast) {
  make_a();
  const Followed patch = apply("p", "a", {{"Value", "y"}}, Mode::kPatch);
  log_.of("p", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.goes_well(CallKind::kUpdate, found(object_of("a", "y"), 2), object_of("a", "y"));
  fold(patch, "a", UpdateOperation::kUpdate, UpdateState::kSuccess);
  EXPECT_FALSE(row("a")->is_declared);
  const Followed reconcile = apply("r", "a", {{"Value", "z"}}, Mode::kReconcile, true);
  log_.of("r", "a").goes_well(CallKind::kRead, found(object_of("a", "z"), 3));
  fold(reconcile, "a", UpdateOperation::kUpdate, UpdateState::kSuccess);
  EXPECT_TRUE(row("a")->is_declared);
  EXPECT_EQ(row("a")->version, 3);
}

// Shows: an unsettled update was not applied where the version is still the row's, whatever the
// documents say.
TEST_F(BeliefTest, SettledByVersion) {
  make_a();
  leave_update_open();
  const Followed command = sync("s");
  log_.of("s", "a").goes_well(CallKind::kRead, found(object_of("a", "x"), 1));
  fold(command, "a", UpdateOperation::kRead, UpdateState::kSuccess);
  EXPECT_FALSE(row("a")->unsettled);
  EXPECT_EQ(text_of(row("a")->declared, "Value"), "x");
  EXPECT_TRUE(row("a")->is_declared);
}

// Shows: the delete half of a replace leaves a row that is no object, the create half makes it one
// again, under the same ksuid.
TEST_F(BeliefTest, ReplaceKeepsTheRow) {
  make_a();
  const Followed command = apply("c", "a", {{"Name", "other"}});
  ASSERT_NE(command.find({identity("a"), UpdateOperation::kDelete}), nullptr);
  ASSERT_NE(command.find({identity("a"), UpdateOperation::kCreate}), nullptr);
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.goes_well(CallKind::kDelete, done());
  fold(command, "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  ASSERT_NE(row("a"), nullptr);
  EXPECT_EQ(row("a")->native_id, "");
  EXPECT_TRUE(row("a")->actual.empty());
  EXPECT_EQ(value_of("a"), "");
  log_.of("c", "a").goes_well(CallKind::kCreate, found({{"Name", "other"}}), {{"Name", "other"}},
                              "t");
  fold(command, "a", UpdateOperation::kCreate, UpdateState::kSuccess);
  EXPECT_EQ(row("a")->native_id, "id-1");
  EXPECT_EQ(row("a")->ksuid, "ksuid-a");
  EXPECT_EQ(text_of(row("a")->actual, "Name"), "other");
}

}  // namespace
}  // namespace squall::suite
