#include "simulation/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/world_test.h"

namespace squall::simulation {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

Task<void> commit(engine::Env* env, engine::Batch batch, std::vector<Instant>* acknowledged) {
  Task<engine::Committed> committing = env->commit(std::move(batch));
  const engine::Committed outcome = co_await std::move(committing);
  EXPECT_EQ(outcome, engine::Committed::kYes);
  acknowledged->push_back(env->monotonic_now());
}

// Shows: a batch is durable after its latency, all at once, and acknowledged a little later.
TEST(Store, BatchesBecomeDurableThenAcknowledged) {
  World world;
  std::vector<Instant> acknowledged;
  engine::Env& env = world.begin();
  env.spawn(commit(&env, {write("b", "1"), write("a", "2")}, &acknowledged));
  while (*world.executor.next_time() < kStartOfTime + microseconds(200)) world.executor.step();
  EXPECT_THAT(contents(world.store), IsEmpty());
  world.executor.step();
  EXPECT_THAT(contents(world.store), ElementsAre("a=2", "b=1"));
  EXPECT_THAT(acknowledged, IsEmpty());
  EXPECT_EQ(world.store.commits_under_way(), 1U);
  world.run();
  EXPECT_THAT(acknowledged, ElementsAre(kStartOfTime + microseconds(300)));
  EXPECT_EQ(world.store.commits_under_way(), 0U);
}

Task<void> try_commit(engine::Env* env, engine::Batch batch,
                      std::vector<engine::Committed>* outcomes) {
  Task<engine::Committed> committing = env->commit(std::move(batch));
  const engine::Committed outcome = co_await std::move(committing);
  outcomes->push_back(outcome);
}

// Shows: a commit that fails, or meets a full disk, leaves nothing durable and says which it was;
// those after it are as ever.
TEST(Store, ACommitMayBeRefused) {
  World world;
  std::vector<engine::Committed> outcomes;
  engine::Env& env = world.begin();
  world.observer.failing_commit = 1;
  env.spawn(try_commit(&env, {write("a", "1")}, &outcomes));
  env.spawn(try_commit(&env, {write("b", "1")}, &outcomes));
  world.run();
  EXPECT_THAT(contents(world.store), ElementsAre("b=1"));
  world.store.set_disk_full(true);
  env.spawn(try_commit(&env, {deletion("b")}, &outcomes));
  world.run();
  EXPECT_THAT(contents(world.store), ElementsAre("b=1"));
  world.store.set_disk_full(false);
  env.spawn(try_commit(&env, {deletion("b")}, &outcomes));
  world.run();
  EXPECT_THAT(contents(world.store), IsEmpty());
  EXPECT_THAT(outcomes, ElementsAre(engine::Committed::kUnknown, engine::Committed::kYes,
                                    engine::Committed::kDiskFull, engine::Committed::kYes));
  EXPECT_EQ(world.store.commits_under_way(), 0U);
}

// Shows: later batches write over earlier ones, and a write without a record deletes.
TEST(Store, BatchesApplyInOrder) {
  World world;
  std::vector<Instant> acknowledged;
  engine::Env& env = world.begin();
  env.spawn(commit(&env, {write("a", "1"), write("b", "1"), write("c", "1")}, &acknowledged));
  env.spawn(commit(&env, {write("a", "2"), deletion("b"), deletion("unknown")}, &acknowledged));
  world.run();
  EXPECT_THAT(contents(world.store), ElementsAre("a=2", "c=1"));
  EXPECT_THAT(acknowledged,
              ElementsAre(kStartOfTime + microseconds(300), kStartOfTime + microseconds(300)));
}

// Shows: a commit that is held up holds up those begun after it, so that none overtakes another.
TEST(Store, ADelayedCommitIsNotOvertaken) {
  World world;
  world.executor.set_deviations(
      {{.entity = entity(EventKind::kDurable), .ordinal = 1, .extra_delay = milliseconds(5)}});
  std::vector<Instant> acknowledged;
  engine::Env& env = world.begin();
  env.spawn(commit(&env, {write("a", "1")}, &acknowledged));
  env.spawn(commit(&env, {write("a", "2")}, &acknowledged));
  while (*world.executor.next_time() < kStartOfTime + milliseconds(5)) world.executor.step();
  EXPECT_THAT(contents(world.store), IsEmpty());
  world.run();
  EXPECT_THAT(contents(world.store), ElementsAre("a=2"));
}

// Shows: struck before the second of three commits is durable, the first survives and neither of
// the others, nor any part of them, does.
TEST(Store, ACrashBeforeDurableLosesTheWholeBatch) {
  World world;
  std::vector<Instant> acknowledged;
  engine::Env& env = world.begin();
  int seen = 0;
  world.observer.at_moment = [&](std::string_view moment) {
    if (moment == "before-durable" && ++seen == 2) world.executor.doom();
  };
  env.spawn(commit(&env, {write("a", "1")}, &acknowledged));
  env.spawn(commit(&env, {write("a", "2"), write("b", "2")}, &acknowledged));
  env.spawn(commit(&env, {write("c", "3")}, &acknowledged));
  EXPECT_FALSE(world.run());
  EXPECT_THAT(contents(world.store), ElementsAre("a=1"));
  EXPECT_EQ(world.store.commits_under_way(), 0U);
  EXPECT_THAT(acknowledged, IsEmpty());
}

// Shows: struck after a commit is durable, all of it survives, and nobody is told.
TEST(Store, ACrashAfterDurableKeepsTheWholeBatch) {
  World world;
  std::vector<Instant> acknowledged;
  engine::Env& env = world.begin();
  world.doom_at("after-durable");
  env.spawn(commit(&env, {write("a", "1"), write("b", "1")}, &acknowledged));
  EXPECT_FALSE(world.run());
  EXPECT_THAT(contents(world.store), ElementsAre("a=1", "b=1"));
  EXPECT_THAT(acknowledged, IsEmpty());
}

// Shows: a commit that is under way at a crash never becomes durable, nor is it acknowledged to the
// next incarnation.
TEST(Store, ACommitUnderWayDiesWithItsIncarnation) {
  World world;
  std::vector<Instant> acknowledged;
  {
    engine::Env& env = world.begin();
    env.spawn(commit(&env, {write("a", "1")}, &acknowledged));
    world.executor.step();
    EXPECT_EQ(world.store.commits_under_way(), 1U);
  }
  engine::Env& env = world.begin();
  env.spawn(commit(&env, {write("b", "1")}, &acknowledged));
  EXPECT_TRUE(world.run());
  EXPECT_THAT(contents(world.store), ElementsAre("b=1"));
  EXPECT_EQ(acknowledged.size(), 1U);
}

Task<void> load(engine::Env* env, std::vector<std::string>* keys) {
  Task<Result<void>> loading =
      env->load([keys](const std::string& key, const auto&) { keys->push_back(key); });
  const Result<void> result = co_await std::move(loading);
  EXPECT_TRUE(result);
}

// Shows: the next incarnation loads what is durable, in key order, and that takes time.
TEST(Store, TheNextIncarnationLoadsWhatIsDurable) {
  World world;
  std::vector<Instant> acknowledged;
  engine::Env& first = world.begin();
  first.spawn(commit(&first, {write("b", "1"), write("c", "1"), write("a", "1")}, &acknowledged));
  world.run();
  engine::Env& second = world.begin();
  const Instant before = second.monotonic_now();
  std::vector<std::string> keys;
  second.spawn(load(&second, &keys));
  world.run();
  EXPECT_THAT(keys, ElementsAre("a", "b", "c"));
  EXPECT_EQ(second.monotonic_now() - before, world.store.times().load);
}

// Shows: a reset store is empty and counts from the start again.
TEST(Store, ResetForgetsEverything) {
  World world;
  std::vector<Instant> acknowledged;
  engine::Env& env = world.begin();
  env.spawn(commit(&env, {write("a", "1")}, &acknowledged));
  world.run();
  world.end();
  world.executor.reset();
  world.store.reset();
  EXPECT_THAT(contents(world.store), IsEmpty());
}

}  // namespace
}  // namespace squall::simulation
