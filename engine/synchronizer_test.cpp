#include "engine/synchronizer.h"

#include <gtest/gtest.h>

#include "engine/test_env.h"

namespace squall::engine::synchronizer_test {
namespace {

CommandRequest sync_request() {
  CommandRequest request;
  request.kind = CommandKind::kSync;
  return request;
}

// Shows: a sync absorbs what changed, drops what is gone, and writes nothing where all is as it
// was.
TEST(Sync, AbsorbsDrift) {
  TestWorld world;
  world.carry_out(apply({resource("a"), resource("b"), resource("c")}));
  const int commits = world.env.commits();
  EXPECT_EQ(world.sync().updates.size(), 3U);
  EXPECT_EQ(world.env.commits(), commits);
  world.env.cloud.drift("a", "Value", "theirs");
  world.env.cloud.drift_delete("b");
  const CommandView done = world.sync();
  EXPECT_EQ(done.source, Source::kSynchronizer);
  EXPECT_EQ(done.state, CommandState::kSuccess);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "theirs");
  EXPECT_FALSE(world.row("b").has_value());
  EXPECT_TRUE(world.row("c").has_value());
  EXPECT_EQ(world.env.count_calls(CallKind::kRead, "b"), 2U);
}

// Shows: with nothing to read a sync is accepted and done.
TEST(Sync, OfNothingIsDone) {
  TestWorld world;
  const CommandView done = world.sync();
  EXPECT_EQ(done.state, CommandState::kSuccess);
  EXPECT_TRUE(done.ended.has_value());
}

// Shows: a read that fails leaves its row, and only that update says so.
TEST(Sync, AFailedReadLeavesTheRow) {
  TestWorld world;
  world.carry_out(apply({resource("a"), resource("b")}));
  world.env.cloud.drift("a", "Value", "theirs");
  world.env.fault("a", CallKind::kRead, error(ErrorCode::kAccessDenied));
  const CommandView done = world.sync();
  EXPECT_EQ(done.state, CommandState::kFailed);
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kAccessDenied);
  EXPECT_EQ(update_of(done, "b").state, UpdateState::kSuccess);
  EXPECT_FALSE(world.row("a")->properties.contains("Value"));
}

// Shows: an unsettled create is settled by its token; one that was never made loses its row.
TEST(Sync, SettlesCreates) {
  for (const bool applied : {true, false}) {
    TestWorld world;
    world.env.fault("a", CallKind::kCreate,
                    Fault{.code = ErrorCode::kUnforeseenError, .applied = applied});
    world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
    world.sync();
    EXPECT_EQ(world.row("a").has_value(), applied);
    EXPECT_EQ(world.env.count_calls(CallKind::kSettle), 1U);
    if (!applied) continue;
    EXPECT_FALSE(world.row("a")->unsettled);
    EXPECT_EQ(world.row("a")->native_id, "native-1");
    EXPECT_EQ(answer_of(world.submit(apply({resource("a", R"({"Value":"1"})")}))), "nothing to do");
  }
}

// Shows: rows of a running command are not read, and a row that enters one meanwhile is not
// written.
TEST(Sync, LeavesRowsOfCommandsAlone) {
  TestWorld world;
  world.carry_out(apply({resource("a"), resource("b", "{}", "other")}));
  world.submit(apply({resource("a", R"({"Value":"1"})")}));
  const CommandReply beside = world.submit(sync_request());
  const std::string id = std::get<Accepted>(beside).command_id;
  EXPECT_EQ(world.engine().status(id)->updates.size(), 1U);
  world.env.run();

  Fault slow;
  slow.delay = std::chrono::seconds(1);
  slow.before = [&] { world.env.cloud.drift("a", "Value", "theirs"); };
  world.env.fault("a", CallKind::kRead, slow);
  world.submit(sync_request());
  world.env.run_until([&] { return world.env.count_calls(CallKind::kRead, "a") == 2; });
  world.env.fault("a", CallKind::kDelete, error(ErrorCode::kAccessDenied));
  world.carry_out(destroy({resource("a")}));
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "1");
  EXPECT_EQ(world.env.marks["sync-leaves-changed-row"], 1);
}

// Shows: of two syncs that overlap one writes, and they do not write over one another.
TEST(Sync, OverlappingSyncsWriteOnce) {
  TestWorld world;
  world.carry_out(apply({resource("a")}));
  world.env.cloud.drift("a", "Value", "theirs");
  const int commits = world.env.commits();
  world.submit(sync_request());
  world.submit(sync_request());
  world.env.run();
  EXPECT_EQ(world.env.commits(), commits + 1);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "theirs");
}

// Shows: a crash forgets syncs, and nothing but them.
TEST(Sync, LivesInMemory) {
  TestWorld world;
  world.carry_out(apply({resource("a")}));
  const std::string id = world.sync().id;
  world.restart();
  EXPECT_FALSE(world.engine().status(id).has_value());
  EXPECT_EQ(world.engine().commands().size(), 1U);
}

// Shows: an admission does not plan on a row while a sync's write of it is under way.
TEST(Sync, AdmissionWaitsForItsWrites) {
  TestWorld world;
  world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
  world.env.cloud.drift("a", "Value", "theirs");
  world.submit(sync_request());
  const int commits = world.env.commits();
  world.env.run_until([&] { return world.env.commits() > commits; });
  const CommandView done = world.carry_out(forced(apply({resource("a", R"({"Value":"1"})")})));
  EXPECT_EQ(update_of(done, "a").state, UpdateState::kSuccess);
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Value"), "1");
}

}  // namespace
}  // namespace squall::engine::synchronizer_test
