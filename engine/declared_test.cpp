// Who wrote last: rows that are Declared, and reconciles that would overwrite others. docs/rules.md
// §3, §5.7.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_env.h"

namespace squall::engine::declared_test {
namespace {

DeclaredResource valued(const std::string& value) {
  return resource("a", R"({"Value":")" + value + R"("})");
}

// Shows: what a patch wrote is not overwritten by a reconcile; one that agrees with it makes it
// Declared again, without a call.
TEST(Declared, PatchesAreKept) {
  TestWorld world;
  world.carry_out(apply({valued("1")}));
  world.carry_out(apply({valued("2")}, Mode::kPatch));
  EXPECT_EQ(answer_of(world.submit(apply({valued("3")}))), "ReconcileRejected");
  EXPECT_EQ(world.env.marks["reconcile-rejected-undeclared"], 1);
  EXPECT_EQ(answer_of(world.submit(apply({valued("2")}))), "nothing to do");
  EXPECT_EQ(world.carry_out(apply({valued("3")})).state, CommandState::kSuccess);
}

// Shows: drift that a sync finds is not overwritten by a reconcile without force, also after a
// restart; one that finds nothing new changes nothing.
TEST(Declared, DriftIsKept) {
  TestWorld world;
  world.carry_out(apply({valued("1")}));
  world.sync();
  EXPECT_EQ(world.carry_out(apply({valued("2")})).state, CommandState::kSuccess);
  world.env.cloud.drift("a", "Value", "theirs");
  world.sync();
  world.restart();
  EXPECT_EQ(answer_of(world.submit(apply({valued("2")}))), "ReconcileRejected");
  EXPECT_EQ(world.carry_out(forced(apply({valued("2")}))).state, CommandState::kSuccess);
  EXPECT_EQ(world.carry_out(apply({valued("3")})).state, CommandState::kSuccess);
}

// Shows: drift that the read before an update finds makes the row undeclared as well.
TEST(Declared, RejectedUpdatesLeaveItUndeclared) {
  TestWorld world;
  world.carry_out(apply({valued("1")}));
  world.env.cloud.drift("a", "Value", "theirs");
  EXPECT_EQ(update_of(world.carry_out(apply({valued("2")})), "a").state, UpdateState::kRejected);
  EXPECT_EQ(answer_of(world.submit(apply({valued("2")}))), "ReconcileRejected");
}

// Shows: an attempt that turns out applied leaves the row as it would have; one that was not
// leaves it as it was; another object is nobody's.
TEST(Declared, SettlingGivesWhatTheAttemptWouldHave) {
  const auto after = [](Fault fault, Mode mode, bool theirs) {
    TestWorld world;
    world.carry_out(apply({valued("1")}));
    // The call and the read after it: in doubt to the end.
    world.env.fault("a", CallKind::kUpdate, std::move(fault));
    world.env.fault("a", CallKind::kRead, Fault{});
    world.env.fault("a", CallKind::kRead, error(ErrorCode::kAccessDenied));
    world.carry_out(apply({valued("2")}, mode));
    EXPECT_TRUE(world.row("a")->unsettled);
    if (theirs) world.env.cloud.drift("a", "Value", "theirs");
    world.sync();
    EXPECT_FALSE(world.row("a")->unsettled);
    return answer_of(world.submit(apply({valued("4")})));
  };
  EXPECT_EQ(after(lost_reply(), Mode::kReconcile, false), "accepted");
  EXPECT_EQ(after(lost_reply(), Mode::kPatch, false), "ReconcileRejected");
  EXPECT_EQ(after(error(ErrorCode::kServiceTimeout), Mode::kPatch, false), "accepted");
  EXPECT_EQ(after(lost_reply(), Mode::kReconcile, true), "ReconcileRejected");
}

// Shows: the version decides before the document: changed and changed back is not untouched.
TEST(Declared, TheVersionDecides) {
  TestWorld world;
  world.carry_out(apply({valued("1")}));
  world.env.fault("a", CallKind::kUpdate, lost_reply(ErrorCode::kUnforeseenError));
  world.carry_out(apply({valued("2")}));
  ASSERT_TRUE(world.row("a")->unsettled);
  world.sync();
  EXPECT_EQ(world.env.marks["settled-as-applied"], 1);
  world.env.fault("a", CallKind::kUpdate, error(ErrorCode::kUnforeseenError));
  world.carry_out(apply({valued("3")}));
  world.sync();
  EXPECT_EQ(world.env.marks["settled-as-not-applied"], 1);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "2");
}

}  // namespace
}  // namespace squall::engine::declared_test
