#include "simulation/simulated_env.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/world_test.h"

namespace squall::simulation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Task<void> stop_then_act(engine::Env* env, bool* acted) {
  env->stop("the disk is full");
  Task<engine::Committed> committing = env->commit({write("a", "1")});
  const engine::Committed committed = co_await std::move(committing);
  *acted = committed == engine::Committed::kYes;
}

// Shows: an engine that stops itself is doomed, keeps its reason, and nothing it asks for
// afterwards leaves it.
TEST(SimulatedEnv, AfterStopNothingLeavesTheEngine) {
  World world;
  SimulatedEnv& env = world.begin();
  bool acted = false;
  env.spawn(stop_then_act(&env, &acted));
  world.executor.step();
  EXPECT_TRUE(world.executor.doomed());
  EXPECT_EQ(env.stop_reason(), "the disk is full");
  EXPECT_EQ(world.store.commits_under_way(), 0U);
  EXPECT_FALSE(world.run());
  EXPECT_FALSE(acted);
  EXPECT_THAT(contents(world.store), IsEmpty());
}

// Shows: every incarnation draws its own numbers, and draws them again in an equal run.
TEST(SimulatedEnv, RandomNumbersComeFromSeedAndIncarnation) {
  World one;
  World other;
  const uint64_t first = one.begin().random();
  const uint64_t second = one.begin().random();
  EXPECT_NE(first, second);
  EXPECT_EQ(other.begin().random(), first);
  EXPECT_EQ(other.begin().random(), second);
}

// Shows: the engine's marks reach the observer.
TEST(SimulatedEnv, MarksReachTheObserver) {
  World world;
  world.begin().mark("dependent-waits-for-commit");
  EXPECT_THAT(world.observer.moments, ElementsAre("dependent-waits-for-commit"));
}

Task<void> chain(engine::Env* env, int links) {
  for (int i = 0; i < links; ++i) {
    Task<void> pause = env->sleep(Duration(0));
    co_await std::move(pause);
  }
}

// Shows: a long chain of awaits that never lets time pass does not use up the stack.
TEST(SimulatedEnv, LongChainsKeepTheStackShort) {
  World world;
  SimulatedEnv& env = world.begin();
  env.spawn(chain(&env, 100'000));
  EXPECT_TRUE(world.run());
  EXPECT_EQ(world.elapsed(), Duration(0));
}

}  // namespace
}  // namespace squall::simulation
