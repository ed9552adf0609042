// Plans that are made elsewhere, because they are long: what others see and do meanwhile.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_env.h"

namespace squall::engine::long_plan_test {
namespace {

// Every plan is a long one.
Options with_long_plans() {
  Options options = TestWorld::default_options();
  options.long_plan = 0;
  return options;
}

std::string id_of(const CommandReply& reply) { return std::get<Accepted>(reply).command_id; }

// Shows: while a plan is made, others are answered from the state that it is made on; what is
// committed meanwhile can be seen afterwards, and nothing of it is lost.
TEST(LongPlan, StandsOnAStateThatStandsStill) {
  TestWorld world(with_long_plans());
  const std::string first = id_of(world.submit(apply({resource("a")})));
  world.env.long_work = std::chrono::seconds(10);
  const TestWorld::Answer answer = world.send(apply({resource("b", "{}", "other")}));
  // The outcome is durable long before the plan is there.
  world.env.run_until([&] {
    return std::ranges::any_of(world.env.store, [](const auto& entry) {
      return std::holds_alternative<ResourceRow>(entry.second->value);
    });
  });
  ASSERT_NE(world.env.cloud.named("a"), nullptr);
  while (world.env.monotonic_now() < Instant(std::chrono::seconds(9)) && !answer->has_value()) {
    const Instant before = world.env.monotonic_now();
    EXPECT_EQ(world.engine().state_of(first), CommandState::kInProgress);
    EXPECT_TRUE(world.engine().inventory().empty());
    world.env.run_until([&] { return world.env.monotonic_now() > before; });
  }
  world.env.run_until([&] { return answer->has_value(); });
  world.env.run();
  EXPECT_EQ(world.engine().state_of(first), CommandState::kSuccess);
  EXPECT_EQ(world.engine().state_of(id_of(**answer)), CommandState::kSuccess);
  EXPECT_EQ(world.engine().inventory().size(), 2U);
}

// Shows: requests that come while a plan is made are planned one after the other.
TEST(LongPlan, KeepsTheOrderOfRequests) {
  TestWorld world(with_long_plans());
  world.env.long_work = std::chrono::seconds(1);
  const TestWorld::Answer first = world.send(apply({resource("a")}));
  const TestWorld::Answer second = world.send(apply({resource("b")}));
  world.env.run_until([&] { return second->has_value(); });
  EXPECT_EQ(answer_of(first->value()), "accepted");
  EXPECT_EQ(answer_of(second->value()), "ConflictingCommands");
  world.env.run();
}

// Shows: an engine that stops while a plan is made does nothing with the plan.
TEST(LongPlan, IsGivenUpByAnEngineThatStopped) {
  TestWorld world(with_long_plans());
  world.submit(apply({resource("a")}));
  world.env.long_work = std::chrono::seconds(10);
  world.env.fail_commit = world.env.commits() + 1;
  const TestWorld::Answer answer = world.send(apply({resource("b", "{}", "other")}));
  world.env.run();
  EXPECT_TRUE(world.env.stopped());
  EXPECT_FALSE(answer->has_value());
  EXPECT_EQ(world.env.cloud.named("b"), nullptr);
}

// Shows: an outline counts the updates of a command, and says the rest as its view does.
TEST(LongPlan, OutlinesCountUpdates) {
  TestWorld world;
  world.env.fault("b", CallKind::kCreate, error(ErrorCode::kAccessDenied));
  const CommandView view = world.carry_out(apply({resource("a"), resource("b"), resource("c")}));
  const std::optional<CommandOutline> outline = world.engine().outline(view.id);
  ASSERT_TRUE(outline.has_value());
  EXPECT_EQ(outline->updates, (std::map<UpdateState, uint64_t>{{UpdateState::kSuccess, 2},
                                                               {UpdateState::kFailed, 1}}));
  EXPECT_EQ(outline->command.state, view.state);
  EXPECT_EQ(outline->command.ended, view.ended);
  EXPECT_TRUE(outline->command.updates.empty());
  EXPECT_EQ(world.engine().outlines().size(), 1U);
  world.restart();
  EXPECT_EQ(world.engine().outline(view.id)->updates, outline->updates);
  EXPECT_EQ(world.engine().outline(view.id)->command.ended, view.ended);
}

}  // namespace
}  // namespace squall::engine::long_plan_test
