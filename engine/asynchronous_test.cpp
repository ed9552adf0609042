// Providers that answer later, show old state, or answer with less than they must. docs/rules.md
// §7.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_env.h"

namespace squall::engine::asynchronous_test {
namespace {

DeclaredResource valued(const std::string& value) {
  return resource("a", R"({"Value":")" + value + R"("})");
}

// Shows: every mutation is polled to its end, one call each; progress costs nothing of the budget.
TEST(Asynchronous, MutationsArePolled) {
  TestWorld world;
  world.env.cloud.polls = 5;
  EXPECT_EQ(world.carry_out(apply({valued("1")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.carry_out(apply({valued("2")})).state, CommandState::kSuccess);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "2");
  EXPECT_EQ(world.carry_out(destroy({valued("2")})).state, CommandState::kSuccess);
  EXPECT_TRUE(world.env.cloud.objects.empty());
  for (const CallKind kind : {CallKind::kCreate, CallKind::kUpdate, CallKind::kDelete}) {
    EXPECT_EQ(world.env.count_calls(kind), 1U);
  }
  EXPECT_EQ(world.env.count_calls(CallKind::kStatus), 15U);
  EXPECT_EQ(world.env.marks["polled-to-completion"], 3);
}

// Shows: polls that fail have a budget of their own; once it is spent, the create is repeated with
// its token. A definite answer counts as the create's.
TEST(Asynchronous, PollsMayFail) {
  TestWorld world;
  world.env.cloud.polls = 1;
  for (int i = 0; i < 2; ++i) {
    world.env.fault("a", CallKind::kStatus, error(ErrorCode::kThrottling));
  }
  EXPECT_EQ(world.carry_out(apply({valued("1")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.count_calls(CallKind::kCreate), 1U);

  TestWorld spent;
  spent.env.cloud.polls = 1;
  for (int i = 0; i < 3; ++i) {
    spent.env.fault("a", CallKind::kStatus, error(ErrorCode::kThrottling));
  }
  EXPECT_EQ(spent.carry_out(apply({valued("1")})).state, CommandState::kSuccess);
  EXPECT_EQ(spent.env.count_calls(CallKind::kCreate), 2U);
  EXPECT_EQ(spent.env.cloud.count_named("a"), 1U);

  TestWorld refused;
  refused.env.cloud.polls = 1;
  refused.env.fault("a", CallKind::kStatus, error(ErrorCode::kServiceLimitExceeded));
  const CommandView done = refused.carry_out(apply({valued("1")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kServiceLimitExceeded);
  EXPECT_TRUE(refused.engine().inventory().empty());
}

// Shows: a request that the provider has forgotten leaves its effect unknown.
TEST(Asynchronous, AForgottenRequestIsAmbiguous) {
  TestWorld world;
  world.env.cloud.polls = 1;
  world.env.fault("a", CallKind::kStatus,
                  Fault{.before = [&] { world.env.cloud.forget_requests(); }});
  EXPECT_EQ(update_of(world.carry_out(apply({valued("1")})), "a").state, UpdateState::kFailed);
  EXPECT_TRUE(world.row("a")->unsettled);
  world.sync();
  EXPECT_FALSE(world.row("a")->unsettled);
  EXPECT_EQ(world.env.cloud.count_named("a"), 1U);
}

// Shows: stuck for ever, an operation ends at its deadline, in doubt.
TEST(Asynchronous, AStuckRequestEndsAtTheDeadline) {
  Options options = TestWorld::default_options();
  options.operation_deadline = std::chrono::seconds(1);
  TestWorld world(options);
  world.env.cloud.polls = 1'000'000;
  const CommandView done = world.carry_out(apply({valued("1")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(world.row("a")->unsettled);
}

// Shows: wherever the engine dies, a request that is under way is polled on; nothing is made twice.
TEST(Asynchronous, RecoveryPollsOn) {
  int resumed = 0;
  for (int step = 1;; ++step) {
    TestWorld world;
    world.env.cloud.polls = 2;
    world.carry_out(apply({valued("1"), resource("b")}));
    CommandRequest request = apply({valued("2"), resource("c")});
    request.idempotency_key = "key";
    const bool came = world.send_and_crash(request, step);
    EXPECT_EQ(answer_of(world.submit(request)), "accepted");
    world.env.run();
    resumed += world.env.marks["poll-resumed-after-crash"];
    SCOPED_TRACE(step);
    ASSERT_EQ(world.env.cloud.objects.size(), 2U);
    EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Value"), "2");
    EXPECT_EQ(world.env.cloud.count_named("c"), 1U);
    for (const InventoryRow& row : world.engine().inventory()) EXPECT_FALSE(row.unsettled);
    if (!came || ::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(resumed, 5);
}

// ---- stale reads

Fault stale_not_found() {
  return Fault{.spoil = [](ProviderReply& reply) {
    reply = ProviderReply::failure(ErrorCode::kNotFound, "not seen yet");
  }};
}

// Shows: within the window, NotFound of what this engine has just made is tried again; later, and
// without a window, it is believed.
TEST(StaleReads, NotFoundWithinTheWindow) {
  const auto rows_left = [](Duration window, Duration pause) {
    TestWorld world;
    world.env.announcement().consistency_window = window;
    world.restart();
    world.carry_out(apply({valued("1")}));
    Task<void> sleeping = world.env.sleep(pause);
    world.env.spawn(std::move(sleeping));
    world.env.run();
    world.env.fault("a", CallKind::kRead, stale_not_found());
    EXPECT_EQ(world.sync().state, CommandState::kSuccess);
    return world.engine().inventory().size();
  };
  EXPECT_EQ(rows_left(std::chrono::seconds(1), Duration(0)), 1U);
  EXPECT_EQ(rows_left(std::chrono::seconds(1), std::chrono::seconds(2)), 0U);
  EXPECT_EQ(rows_left(Duration(0), Duration(0)), 0U);
}

// Shows: for a window after a start nobody knows what was changed before it.
TEST(StaleReads, AfterAStart) {
  TestWorld world;
  world.env.announcement().consistency_window = std::chrono::seconds(1);
  world.carry_out(apply({valued("1")}));
  Task<void> sleeping = world.env.sleep(std::chrono::seconds(5));
  world.env.spawn(std::move(sleeping));
  world.env.run();
  world.restart();
  world.env.fault("a", CallKind::kRead, stale_not_found());
  world.sync();
  EXPECT_EQ(world.engine().inventory().size(), 1U);
  EXPECT_EQ(world.env.marks["stale-read-retried"], 1);
}

// Shows: an older version than the row's is no drift, but tried again.
TEST(StaleReads, OlderVersions) {
  TestWorld world;
  world.env.announcement().consistency_window = std::chrono::seconds(1);
  world.carry_out(apply({valued("1")}));
  world.carry_out(apply({valued("2")}));
  const NativeId id = world.row("a")->native_id;
  world.env.fault("a", CallKind::kRead, Fault{.spoil = [&](ProviderReply& reply) {
                    reply = world.env.cloud.shown_at(id, valued("1").properties, 1);
                  }});
  EXPECT_EQ(world.carry_out(apply({valued("3")})).state, CommandState::kSuccess);
  EXPECT_EQ(world.env.marks["stale-read-retried"], 1);
}

// ---- malformed answers

// Shows: a success that lacks what it must carry leaves a create in doubt; its token settles it.
TEST(MalformedAnswer, OfACreate) {
  using Spoil = std::function<void(ProviderReply&)>;
  const std::vector<Spoil> spoils = {
      [](ProviderReply& reply) { reply.native_id.clear(); },
      [](ProviderReply& reply) { reply.properties = {}; },
      [](ProviderReply& reply) { reply.version = 0; },
      [](ProviderReply& reply) { reply.version = -1; },
      [](ProviderReply& reply) { reply.status = ReplyStatus::kInProgress; },
  };
  for (const Spoil& spoil : spoils) {
    TestWorld world;
    world.carry_out(apply({resource("b")}));
    world.env.fault("a", CallKind::kCreate, Fault{.spoil = spoil});
    const CommandView done = world.carry_out(apply({valued("1")}, Mode::kPatch));
    EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kMalformedAnswer);
    EXPECT_TRUE(world.row("a")->unsettled);
    world.sync();
    EXPECT_FALSE(world.row("a")->unsettled);
    EXPECT_EQ(world.env.cloud.count_named("a"), 1U);
    EXPECT_EQ(world.env.marks["malformed-answer-heard"], 1);
  }
}

// Shows: a malformed read changes nothing, and is not tried again.
TEST(MalformedAnswer, OfARead) {
  TestWorld world;
  world.carry_out(apply({valued("1")}));
  world.env.fault("a", CallKind::kRead,
                  Fault{.spoil = [](ProviderReply& reply) { reply.native_id = "somebody-else"; }});
  const CommandView done = world.carry_out(apply({valued("2")}));
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kMalformedAnswer);
  EXPECT_EQ(update_of(done, "a").attempts, 1);
  EXPECT_FALSE(world.row("a")->unsettled);
}

}  // namespace
}  // namespace squall::engine::asynchronous_test
