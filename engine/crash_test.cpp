// Crashes: at every commit and every call of a command, and again at every one of the recovery. The
// next incarnation must bring the command to the end it would have had.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_env.h"

namespace squall::engine::crash_test {
namespace {

struct Scenario {
  std::function<void(TestWorld&)> prepare = [](TestWorld&) {};
  CommandRequest request;
  std::function<void(TestWorld&)> check;
};

// The property Value of an inventory's row, bare where it is a reference.
std::string bare_value(const InventoryRow& row) {
  const Json* value = row.properties.if_contains("Value");
  if (value == nullptr) return "";
  const Json* bare = member(*value, "$value");
  return std::string((bare == nullptr ? value : bare)->as_string());
}

// Everything the inventory says is in the cloud, and nothing else is there.
void expect_agreement(TestWorld& world) {
  const std::vector<InventoryRow> rows = world.engine().inventory();
  EXPECT_EQ(rows.size(), world.env.cloud.objects.size());
  for (const InventoryRow& row : rows) {
    EXPECT_FALSE(row.unsettled) << row.identity.label;
    const auto object = world.env.cloud.objects.find(row.native_id);
    ASSERT_NE(object, world.env.cloud.objects.end()) << row.identity.label;
    EXPECT_EQ(bare_value(row), text_of(object->second.properties, "Value"));
  }
}

// Sends the request, with crashes at step `first` and, in the incarnation after that, `second` (0:
// none). Then, like a client without an answer, sends it again with the same key. Returns whether
// the first crash came at all.
bool run_with_crashes(const Scenario& scenario, int first, int second, bool& second_came) {
  TestWorld world;
  scenario.prepare(world);
  const size_t prepared = world.engine().commands().size();
  CommandRequest request = scenario.request;
  request.idempotency_key = "key";
  world.env.crash_at = first;
  world.send(request);
  world.env.run();
  const bool came = world.env.crashed();
  second_came = false;
  if (came) {
    world.restart(second);
    world.env.run();
    second_came = world.env.crashed();
    if (second_came) {
      world.restart();
      world.env.run();
    }
  }
  world.env.crash_at = 0;
  const CommandReply again = world.submit(request);
  EXPECT_EQ(answer_of(again), "accepted") << first << "," << second;
  world.env.run();
  EXPECT_EQ(world.engine().commands().size(), prepared + 1);
  for (const CommandView& command : world.engine().commands()) {
    EXPECT_TRUE(is_terminal(command.state)) << first << "," << second;
  }
  SCOPED_TRACE(::testing::Message() << "crash at step " << first << ", then " << second);
  scenario.check(world);
  expect_agreement(world);
  return came;
}

void run_all(const Scenario& scenario) {
  int crashes = 0;
  for (int first = 1;; ++first) {
    bool second_came = false;
    if (!run_with_crashes(scenario, first, 0, second_came)) break;
    ++crashes;
    for (int second = 1;; ++second) {
      run_with_crashes(scenario, first, second, second_came);
      if (!second_came || ::testing::Test::HasFailure()) break;
    }
    if (::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(crashes, 5);
}

std::string value_of(TestWorld& world, std::string_view name) {
  const TestCloud::Object* object = world.env.cloud.named(name);
  return object == nullptr ? "(none)" : text_of(object->properties, "Value");
}

// Shows: creates of a producer, its consumer and a third, wherever the engine dies.
TEST(Crash, DuringCreates) {
  const DeclaredResource a = resource("a", R"({"Value":"1"})");
  Scenario scenario;
  scenario.request = apply({a, child("b", a), resource("c")});
  scenario.check = [](TestWorld& world) {
    EXPECT_EQ(world.env.cloud.objects.size(), 3U);
    EXPECT_EQ(text_of(world.env.cloud.named("b")->properties, "ParentId"), "a");
  };
  run_all(scenario);
}

// Shows: the same with a lost reply on top.
TEST(Crash, DuringCreatesWithALostReply) {
  const DeclaredResource a = resource("a", R"({"Value":"1"})");
  Scenario scenario;
  scenario.prepare = [](TestWorld& world) {
    world.env.fault("a", CallKind::kCreate, lost_reply());
    world.env.fault("b", CallKind::kCreate, error(ErrorCode::kNetworkFailure));
  };
  scenario.request = apply({a, child("b", a)});
  scenario.check = [](TestWorld& world) { EXPECT_EQ(world.env.cloud.objects.size(), 2U); };
  run_all(scenario);
}

// Shows: update, create and delete in one command, wherever the engine dies.
TEST(Crash, DuringAMixedApply) {
  const DeclaredResource a = resource("a", R"({"Value":"1"})");
  Scenario scenario;
  scenario.prepare = [a](TestWorld& world) {
    world.carry_out(apply({a, child("b", a), resource("old")}));
    world.env.fault("a", CallKind::kUpdate, lost_reply());
    world.env.fault("old", CallKind::kDelete, lost_reply());
  };
  DeclaredResource changed = a;
  changed.properties.set("Value", "2");
  DeclaredResource consumer = child("b", a);
  consumer.properties.set("Value", to_json(Reference{a.identity, "Value"}));
  scenario.request = apply({changed, consumer, resource("new")});
  scenario.check = [](TestWorld& world) {
    EXPECT_EQ(value_of(world, "a"), "2");
    EXPECT_EQ(value_of(world, "b"), "2");
    EXPECT_EQ(value_of(world, "old"), "(none)");
    EXPECT_EQ(value_of(world, "new"), "");
  };
  run_all(scenario);
}

// Shows: a destroy of an unsettled create and of what depends on nothing else.
TEST(Crash, DuringADestroyThatSettles) {
  const DeclaredResource a = resource("a");
  Scenario scenario;
  scenario.prepare = [a](TestWorld& world) {
    world.env.fault("b", CallKind::kCreate, lost_reply(ErrorCode::kUnforeseenError));
    world.carry_out(apply({a, child("b", a)}));
  };
  scenario.request = destroy({a, child("b", a)});
  scenario.check = [](TestWorld& world) { EXPECT_TRUE(world.env.cloud.objects.empty()); };
  run_all(scenario);
}

// Shows: an apply that first has to settle a lost create and then changes what it finds.
TEST(Crash, DuringAnApplyThatSettles) {
  Scenario scenario;
  scenario.prepare = [](TestWorld& world) {
    world.env.fault("a", CallKind::kCreate, lost_reply(ErrorCode::kUnforeseenError));
    world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
  };
  scenario.request = apply({resource("a", R"({"Value":"2"})")});
  scenario.check = [](TestWorld& world) {
    EXPECT_EQ(world.env.cloud.count_named("a"), 1U);
    EXPECT_EQ(value_of(world, "a"), "2");
  };
  run_all(scenario);
}

// Shows: dependents of a producer that fails for good never run, wherever the engine dies.
TEST(Crash, AroundAFailure) {
  const DeclaredResource a = resource("a");
  Scenario scenario;
  scenario.prepare = [](TestWorld& world) {
    for (int i = 0; i < 10; ++i) {
      world.env.fault("a", CallKind::kCreate, error(ErrorCode::kAccessDenied));
    }
  };
  scenario.request = apply({a, child("b", a), resource("c")});
  scenario.check = [a](TestWorld& world) {
    const CommandView command = world.engine().commands().front();
    EXPECT_EQ(update_of(command, "b").state, UpdateState::kFailed);
    EXPECT_EQ(update_of(command, "b").because_of, a.identity);
    EXPECT_EQ(update_of(command, "c").state, UpdateState::kSuccess);
    EXPECT_EQ(world.env.count_calls(CallKind::kCreate, "b"), 0U);
    // The call in flight at a crash is in doubt; a sync clears that up.
    world.sync();
  };
  run_all(scenario);
}

// Shows: an update that was not applied when the engine died is drift to the next incarnation only
// if somebody else was there.
TEST(Crash, DriftWhileTheEngineIsDown) {
  TestWorld world;
  world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
  world.submit(apply({resource("a", R"({"Value":"2"})")}));
  const size_t before = world.env.count_calls(CallKind::kUpdate);
  world.env.run_until([&] { return world.env.count_calls(CallKind::kUpdate) > before; });
  world.env.cloud.drift("a", "Value", "theirs");
  world.restart();
  world.env.run();
  EXPECT_EQ(update_of(world.engine().commands().back(), "a").state, UpdateState::kRejected);
  EXPECT_EQ(text_of(world.row("a")->properties, "Value"), "theirs");
  EXPECT_EQ(world.env.marks["recovery-resumed-intent"], 1);
}

}  // namespace
}  // namespace squall::engine::crash_test
