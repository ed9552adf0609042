// Replacement: two updates of one identity, whose row stays between them. docs/rules.md §4, §7.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_env.h"

namespace squall::engine::replace_test {
namespace {

DeclaredResource zoned(const std::string& zone, const std::string& more = "") {
  return rich("a", R"({"Zone":")" + zone + "\"" + more + "}");
}

const ResourceUpdateView& half(const CommandView& command, UpdateOperation operation) {
  for (const ResourceUpdateView& update : command.updates) {
    if (update.operation == operation) return update;
  }
  check_failed("no such half", std::source_location::current());
}

// Shows: the old object goes, the new one comes, the identity stays; both halves share a group.
TEST(Replace, KeepsTheIdentity) {
  TestWorld world;
  world.carry_out(apply({zoned("north")}));
  const InventoryRow before = *world.row("a");
  const CommandView done = world.carry_out(apply({zoned("south")}));
  EXPECT_EQ(done.state, CommandState::kSuccess);
  ASSERT_EQ(done.updates.size(), 2U);
  EXPECT_FALSE(done.updates[0].group_id.empty());
  EXPECT_EQ(done.updates[0].group_id, done.updates[1].group_id);
  const InventoryRow after = *world.row("a");
  EXPECT_EQ(after.ksuid, before.ksuid);
  EXPECT_NE(after.native_id, before.native_id);
  EXPECT_EQ(world.env.cloud.objects.size(), 1U);
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Zone"), "south");
  EXPECT_EQ(world.env.marks["replace-carried-out"], 1);
  EXPECT_EQ(answer_of(world.submit(apply({zoned("south")}))), "nothing to do");
}

// Shows: a nested CreateOnly field replaces too; one that is wanted away is an update.
TEST(Replace, GoesByPathAndByValue) {
  TestWorld world;
  world.carry_out(apply({rich("a", R"({"Settings":{"Region":"x","Level":1}})")}));
  EXPECT_EQ(world.carry_out(apply({rich("a", R"({"Settings":{"Region":"y"}})")})).updates.size(),
            2U);
  const CommandView cleared =
      world.carry_out(apply({rich("a", R"({"Settings":{"Region":null}})")}));
  ASSERT_EQ(cleared.updates.size(), 1U);
  EXPECT_EQ(cleared.updates[0].operation, UpdateOperation::kUpdate);
}

// Shows: a create half that fails leaves the row without native id, which nothing reads; the next
// apply creates, in a patch with all that was declared before.
TEST(Replace, AFailedCreateLeavesTheRow) {
  TestWorld world;
  world.carry_out(apply({zoned("north", R"(,"Value":"v")")}));
  const Ksuid ksuid = world.row("a")->ksuid;
  world.env.fault("a", CallKind::kCreate, error(ErrorCode::kServiceLimitExceeded));
  const CommandView done = world.carry_out(apply({zoned("south")}, Mode::kPatch));
  EXPECT_EQ(half(done, UpdateOperation::kDelete).state, UpdateState::kSuccess);
  EXPECT_EQ(half(done, UpdateOperation::kCreate).state, UpdateState::kFailed);
  EXPECT_EQ(world.env.marks["replace-create-failed"], 1);
  ASSERT_TRUE(world.row("a").has_value());
  EXPECT_TRUE(world.row("a")->native_id.empty());
  EXPECT_FALSE(world.row("a")->unsettled);
  EXPECT_TRUE(world.row("a")->properties.empty());
  EXPECT_TRUE(world.sync().updates.empty());

  const CommandView again = world.carry_out(apply({zoned("south")}, Mode::kPatch));
  ASSERT_EQ(again.updates.size(), 1U);
  EXPECT_EQ(again.updates[0].operation, UpdateOperation::kCreate);
  EXPECT_EQ(world.row("a")->ksuid, ksuid);
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Value"), "v");
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Zone"), "south");
}

// Shows: what a failed replacement left is deleted without a call.
TEST(Replace, ADeleteOfWhatIsLeftNeedsNoCall) {
  TestWorld world;
  world.carry_out(apply({zoned("north")}));
  world.env.fault("a", CallKind::kCreate, error(ErrorCode::kAccessDenied));
  world.carry_out(apply({zoned("south")}));
  const size_t calls = world.env.calls.size();
  EXPECT_EQ(world.carry_out(destroy({zoned("south")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.calls.size(), calls);
  EXPECT_TRUE(world.engine().inventory().empty());
}

// Shows: a create half that ends in doubt is settled by its token, and loses nothing.
TEST(Replace, ACreateInDoubtIsSettled) {
  TestWorld world;
  world.carry_out(apply({zoned("north")}));
  for (int i = 0; i < 3; ++i) world.env.fault("a", CallKind::kCreate, lost_reply());
  world.carry_out(apply({zoned("south")}));
  EXPECT_TRUE(world.row("a")->unsettled);
  EXPECT_EQ(world.sync().state, CommandState::kSuccess);
  EXPECT_FALSE(world.row("a")->unsettled);
  EXPECT_EQ(world.env.cloud.objects.size(), 1U);
  EXPECT_EQ(answer_of(world.submit(apply({zoned("south")}))), "nothing to do");
}

// Shows: consumers outside the forma come along where they cascade, and refer to the new object.
TEST(Replace, TakesConsumersAlong) {
  TestWorld world;
  const DeclaredResource home =
      with_reference(rich("b", "{}", "other"), "Home", zoned("north"), "Id");
  const DeclaredResource user =
      with_reference(rich("c", "{}", "other"), "Value", zoned("north"), "Id");
  world.carry_out(apply({zoned("north")}));
  world.carry_out(apply({home, user}));
  EXPECT_EQ(answer_of(world.submit(apply({zoned("south")}))), "ResourceHasDependents");
  const CommandView done = world.carry_out(cascading(apply({zoned("south")})));
  EXPECT_EQ(done.state, CommandState::kSuccess);
  EXPECT_EQ(done.updates.size(), 5U);
  const NativeId id = world.row("a")->native_id;
  EXPECT_EQ(text_of(world.env.cloud.named("b")->properties, "Home"), id);
  EXPECT_EQ(text_of(world.env.cloud.named("c")->properties, "Value"), id);
  EXPECT_EQ(world.env.marks["consumer-replaced-by-cascade"], 1);
  EXPECT_EQ(answer_of(world.submit(apply({home, user}))), "nothing to do");
}

// Shows: so do members that a patch leaves out; what it says beside them counts, and so does a
// null.
TEST(Replace, TakesTheMembersAlongThatAPatchLeavesOut) {
  TestWorld world;
  const DeclaredResource a = zoned("north");
  const DeclaredResource home = with_reference(rich("b"), "Home", a, "Id");
  const DeclaredResource user = with_reference(rich("c", R"({"Limit":1})"), "Value", a, "Id");
  const DeclaredResource nested =
      rich("d", R"({"Settings":{"Level":1,"Of":)" +
                    canonical(to_json(Reference{a.identity, "Id"})) + "}}");
  const DeclaredResource cleared = with_reference(rich("e"), "Value", a, "Id");
  world.carry_out(apply({a, home, user, nested, cleared}));
  const CommandView done = world.carry_out(
      apply({zoned("south"), rich("b"), rich("c", R"({"Limit":2})"),
             rich("d", R"({"Settings":{"Level":2}})"), rich("e", R"({"Value":null})")},
            Mode::kPatch));
  EXPECT_EQ(done.state, CommandState::kSuccess);
  ASSERT_EQ(done.updates.size(), 7U);
  const NativeId id = world.row("a")->native_id;
  const auto held = [&](std::string_view label) {
    return world.env.cloud.named(label)->properties;
  };
  EXPECT_EQ(text_of(held("b"), "Home"), id);
  EXPECT_EQ(text_of(held("c"), "Value"), id);
  EXPECT_EQ(held("c").at("Limit"), Json(2));
  EXPECT_EQ(canonical(held("d").at("Settings")), R"({"Level":2,"Of":")" + id + "\"}");
  EXPECT_FALSE(held("e").contains("Value"));
  EXPECT_EQ(answer_of(world.submit(apply({home}, Mode::kPatch))), "nothing to do");
}

// Shows: an element of an EntitySet that a patch leaves out comes along, whole.
TEST(Replace, TakesElementsAlongThatAPatchLeavesOut) {
  TestWorld world;
  const std::string of = canonical(to_json(Reference{zoned("").identity, "Id"}));
  world.carry_out(
      apply({zoned("north"), rich("b", R"({"Rules":[{"Key":"k","Port":1},)"
                                       R"({"Key":"l","Port":1,"Of":)" +
                                           of + R"(},{"Key":"m","Of":)" + of + "}]}")}));
  world.carry_out(
      apply({zoned("south"), rich("b", R"({"Rules":[{"Key":"m","Port":3}]})")}, Mode::kPatch));
  const NativeId id = world.row("a")->native_id;
  EXPECT_EQ(canonical(world.env.cloud.named("b")->properties.at("Rules")),
            R"([{"Key":"k","Port":1},{"Key":"l","Of":")" + id + R"(","Port":1},{"Key":"m","Of":")" +
                id + R"(","Port":3}])");
}

// Shows: wherever the engine dies in a replacement, it comes to its end.
TEST(Replace, SurvivesCrashes) {
  for (int step = 1;; ++step) {
    TestWorld world;
    world.carry_out(apply({zoned("north"), with_reference(rich("b"), "Home", zoned(""), "Id")}));
    CommandRequest request =
        apply({zoned("south"), with_reference(rich("b"), "Home", zoned(""), "Id")});
    request.idempotency_key = "key";
    const bool came = world.send_and_crash(request, step);
    EXPECT_EQ(answer_of(world.submit(request)), "accepted");
    world.env.run();
    SCOPED_TRACE(step);
    ASSERT_EQ(world.env.cloud.objects.size(), 2U);
    EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Zone"), "south");
    EXPECT_EQ(text_of(world.env.cloud.named("b")->properties, "Home"), world.row("a")->native_id);
    if (!came || ::testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace squall::engine::replace_test
