// Each plant does harm in the situation it is made for, where the engine without it does none; and
// none of them shows in fault-free work, one command after the other.
#include "engine/plants.h"

#include <gtest/gtest.h>

#include "engine/test_env.h"

namespace squall::engine {
namespace {

// Runs `story` in an engine without plants and in one with `plant`; gives what it returned.
template <class Story>
std::pair<std::string, std::string> without_and_with(Plant plant, Story story) {
  TestWorld sound;
  TestWorld planted(TestWorld::planted(plant));
  return {story(sound), story(planted)};
}

using Pair = std::pair<std::string, std::string>;

// Shows: every plant has a name that finds it.
TEST(Plants, AreListed) {
  ASSERT_EQ(plants().size(), kPlants);
  for (const PlantInfo& info : plants()) EXPECT_EQ(find_plant(info.name), info.plant);
  EXPECT_FALSE(find_plant("no-such-plant").has_value());
}

// Shows: each planted engine comes through a fault-free life.
TEST(Plants, PassFaultFreeWork) {
  for (const PlantInfo& info : plants()) {
    SCOPED_TRACE(std::string(info.name));
    TestWorld world(TestWorld::planted(info.plant));
    const DeclaredResource a = resource("a", R"({"Value":"1"})");
    const DeclaredResource b = child("b", a);
    EXPECT_EQ(world.carry_out(apply({a, b})).state, CommandState::kSuccess);
    EXPECT_EQ(world.carry_out(apply({resource("a", R"({"Value":"2"})"), b})).state,
              CommandState::kSuccess);
    world.restart();
    EXPECT_EQ(world.sync().state, CommandState::kSuccess);
    EXPECT_EQ(answer_of(world.submit(apply({resource("a", R"({"Value":"2"})"), b}))),
              "nothing to do");
    EXPECT_EQ(world.carry_out(destroy({a, b})).state, CommandState::kSuccess);
    EXPECT_TRUE(world.env.cloud.objects.empty());
    EXPECT_TRUE(world.engine().inventory().empty());
  }
}

// Shows: a success that was seen is gone after a crash.
TEST(Plants, PublishBeforeCommit) {
  const auto story = [](TestWorld& world) -> std::string {
    const CommandReply reply = world.submit(apply({resource("a")}));
    const std::string id = std::get<Accepted>(reply).command_id;
    world.env.commit_latency = std::chrono::seconds(1);
    const auto ended = [&] { return is_terminal(world.engine().status(id)->state); };
    world.env.run_until(ended);
    world.restart();
    return ended() ? "kept" : "forgotten";
  };
  EXPECT_EQ(without_and_with(Plant::kPublishBeforeCommit, story), Pair("kept", "forgotten"));
}

// Shows: a lost reply makes two objects.
TEST(Plants, LostCreateNewToken) {
  const auto story = [](TestWorld& world) {
    world.env.fault("a", CallKind::kCreate, lost_reply());
    world.carry_out(apply({resource("a")}));
    return std::to_string(world.env.cloud.count_named("a"));
  };
  EXPECT_EQ(without_and_with(Plant::kLostCreateNewToken, story), Pair("1", "2"));
}

// Shows: a throttled read leaves an orphan behind.
TEST(Plants, ThrottledReadIsNotFound) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({resource("a")}));
    world.env.fault("a", CallKind::kRead, error(ErrorCode::kThrottling));
    world.carry_out(destroy({resource("a")}));
    return std::to_string(world.env.cloud.objects.size());
  };
  EXPECT_EQ(without_and_with(Plant::kThrottledReadIsNotFound, story), Pair("0", "1"));
}

// Shows: two applies of a new stack at once make two objects of one identity.
TEST(Plants, TwoIdentities) {
  const auto story = [](TestWorld& world) {
    world.submit(apply({resource("a")}));
    world.submit(apply({resource("a")}));
    world.env.run();
    return std::to_string(world.env.cloud.count_named("a"));
  };
  EXPECT_EQ(without_and_with(Plant::kTwoIdentities, story), Pair("1", "2"));
}

// Shows: a destroy takes a producer away from under its consumer.
TEST(Plants, DestroyIgnoresDependents) {
  const auto story = [](TestWorld& world) {
    const DeclaredResource a = resource("a");
    world.carry_out(apply({a, child("b", a)}));
    return answer_of(world.submit(destroy({a})));
  };
  EXPECT_EQ(without_and_with(Plant::kDestroyIgnoresDependents, story),
            Pair("ResourceHasDependents", "accepted"));
}

// Shows: a crash between a failure and its dependents' lets them run, with what the producer was
// meant to be.
TEST(Plants, CrashForgetsFailure) {
  const auto story = [](TestWorld& world) -> std::string {
    const DeclaredResource a = resource("a");
    world.env.fault("a", CallKind::kCreate, error(ErrorCode::kAccessDenied));
    const CommandReply reply = world.submit(apply({a, child("b", a)}));
    const std::string id = std::get<Accepted>(reply).command_id;
    world.env.run_until(
        [&] { return update_of(*world.engine().status(id), "a").state == UpdateState::kFailed; });
    world.restart();
    world.env.run();
    const TestCloud::Object* b = world.env.cloud.named("b");
    return b == nullptr ? "no b" : "b of " + text_of(b->properties, "ParentId");
  };
  EXPECT_EQ(without_and_with(Plant::kCrashForgetsFailure, story), Pair("no b", "b of a"));
}

}  // namespace
}  // namespace squall::engine
