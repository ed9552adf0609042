// Commands as a client sees them: acceptance, order, overlap, repetition.
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/test_env.h"

namespace squall::engine::engine_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "create a", "read b", … in the order of sending.
std::vector<std::string> calls_of(const TestEnv& env, size_t from = 0) {
  std::vector<std::string> out;
  for (size_t i = from; i < env.calls.size(); ++i) {
    out.push_back(std::string(to_string(env.calls[i].kind)) + " " + env.calls[i].label);
  }
  return out;
}

// Shows: a new resource is created in the cloud and is in the inventory with its native id.
TEST(Engine, CreatesWhatIsNew) {
  TestWorld world;
  const CommandView done = world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
  EXPECT_EQ(done.state, CommandState::kSuccess);
  ASSERT_NE(world.env.cloud.named("a"), nullptr);
  const auto row = world.row("a");
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->native_id, "native-1");
  EXPECT_EQ(text_of(row->properties, "Value"), "1");
  EXPECT_EQ(text_of(row->read_only, "Id"), "native-1");
  EXPECT_FALSE(row->unsettled);
  EXPECT_EQ(world.engine().stacks(), std::vector<std::string>{"s"});
}

// Shows: applying the same again makes no call and no commit.
TEST(Engine, TheSameAgainIsNothingToDo) {
  TestWorld world;
  world.carry_out(apply({resource("a", R"({"SetTags":["x","y"]})")}));
  const size_t calls = world.env.calls.size();
  const int commits = world.env.commits();
  EXPECT_EQ(answer_of(world.submit(apply({resource("a", R"({"SetTags":["y","x"]})")}))),
            "nothing to do");
  EXPECT_EQ(world.env.calls.size(), calls);
  EXPECT_EQ(world.env.commits(), commits);
}

// Shows: producers come before consumers, whose references carry the producers' committed values;
// the inventory gives the reference back with its value.
TEST(Engine, ProducersComeFirst) {
  TestWorld world;
  const DeclaredResource a = resource("a");
  const DeclaredResource b = child("b", a);
  world.carry_out(apply({b, a}));
  EXPECT_THAT(calls_of(world.env), ElementsAre("create a", "create b"));
  EXPECT_EQ(text_of(world.env.calls[1].properties, "ParentId"), "a");
  const Json parent_id = world.row("b")->properties.at("ParentId");
  EXPECT_EQ(text_of(parent_id, "$value"), "a");
  EXPECT_EQ(text_of(parent_id, "$label"), "a");
}

// Shows: a dependent starts after its producer's outcome is acknowledged, not when the call is
// done.
TEST(Engine, DependentsWaitForTheCommit) {
  TestWorld world;
  world.env.commit_latency = std::chrono::seconds(5);
  const DeclaredResource a = resource("a");
  world.submit(apply({a, child("b", a)}));
  world.env.run_until([&] { return world.env.cloud.named("a") != nullptr; });
  world.env.run_until([&] { return world.env.marks["dependent-waits-for-commit"] > 0; });
  EXPECT_FALSE(world.row("a").has_value());
  EXPECT_EQ(world.env.count_calls(CallKind::kCreate), 1U);
  world.env.run_until([&] { return world.row("a").has_value(); });
  EXPECT_EQ(world.env.count_calls(CallKind::kCreate), 1U);
  world.env.run();
  EXPECT_EQ(world.env.count_calls(CallKind::kCreate), 2U);
}

// Shows: a failure fails everything downstream, which names it; siblings go on.
TEST(Engine, AFailureFailsItsDependentsOnly) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, error(ErrorCode::kAccessDenied));
  const DeclaredResource a = resource("a");
  const DeclaredResource b = child("b", a);
  DeclaredResource c = child("c", b);
  c.identity.type = kGenericGrandchild;
  const CommandView done = world.carry_out(apply({a, b, c, resource("sibling")}));
  EXPECT_EQ(done.state, CommandState::kFailed);
  EXPECT_EQ(update_of(done, "a").error_code, ErrorCode::kAccessDenied);
  EXPECT_FALSE(update_of(done, "a").because_of.has_value());
  for (const char* label : {"b", "c"}) {
    EXPECT_EQ(update_of(done, label).state, UpdateState::kFailed);
    EXPECT_EQ(update_of(done, label).because_of, a.identity);
    EXPECT_THAT(update_of(done, label).error, HasSubstr("s/a"));
  }
  EXPECT_EQ(update_of(done, "sibling").state, UpdateState::kSuccess);
  EXPECT_EQ(world.engine().inventory().size(), 1U);
  EXPECT_EQ(world.env.cloud.objects.size(), 1U);
}

// Shows: a reconcile deletes what the forma does not list; a patch does not.
TEST(Engine, ReconcileDeletesWhatIsAbsent) {
  TestWorld world;
  world.carry_out(apply({resource("a"), resource("b")}));
  EXPECT_EQ(answer_of(world.submit(apply({resource("a")}, Mode::kPatch))), "nothing to do");
  const CommandView done = world.carry_out(apply({resource("a")}));
  ASSERT_EQ(done.updates.size(), 1U);
  EXPECT_EQ(update_of(done, "b").operation, UpdateOperation::kDelete);
  EXPECT_EQ(world.env.cloud.named("b"), nullptr);
  EXPECT_FALSE(world.row("b").has_value());
}

// Shows: consumers are deleted before their producers, and an emptied stack is gone.
TEST(Engine, DestroyDeletesConsumersFirst) {
  TestWorld world;
  const DeclaredResource a = resource("a");
  const DeclaredResource b = child("b", a);
  world.carry_out(apply({a, b}));
  const size_t before = world.env.calls.size();
  world.carry_out(destroy({a, b}));
  EXPECT_THAT(calls_of(world.env, before), ElementsAre("read b", "delete b", "read a", "delete a"));
  EXPECT_TRUE(world.env.cloud.objects.empty());
  EXPECT_TRUE(world.engine().inventory().empty());
  EXPECT_TRUE(world.engine().stacks().empty());
}

// Shows: a delete is blocked by what refers to the resource, and takes it along with cascade, also
// in another stack.
TEST(Engine, CascadeTakesDependentsAlong) {
  TestWorld world;
  const DeclaredResource a = resource("a");
  world.carry_out(apply({a}));
  world.carry_out(apply({child("b", a, "other")}));
  EXPECT_EQ(answer_of(world.submit(destroy({a}))), "ResourceHasDependents");
  const CommandView done = world.carry_out(destroy({a}, OnDependents::kCascade));
  EXPECT_FALSE(update_of(done, "a").is_cascade);
  EXPECT_TRUE(update_of(done, "b").is_cascade);
  EXPECT_TRUE(world.env.cloud.objects.empty());
  EXPECT_EQ(world.env.marks["cascade-delete"], 1);
}

// Shows: a busy stack takes no second command, another stack does.
TEST(Engine, CommandsOnOneStackConflict) {
  TestWorld world;
  EXPECT_EQ(answer_of(world.submit(apply({resource("a")}))), "accepted");
  EXPECT_EQ(answer_of(world.submit(apply({resource("a")}))), "ConflictingCommands");
  EXPECT_EQ(answer_of(world.submit(destroy({resource("x")}))), "ConflictingCommands");
  EXPECT_EQ(world.env.marks["overlapping-commands"], 0);
  EXPECT_EQ(answer_of(world.submit(apply({resource("b", "{}", "other")}))), "accepted");
  EXPECT_EQ(world.env.marks["overlapping-commands"], 1);
  world.env.run();
  EXPECT_EQ(world.engine().inventory().size(), 2U);
}

// Shows: what a running command refers to cannot be deleted, and what one deletes not referred to.
TEST(Engine, ReferencesAreClaimedWhileACommandRuns) {
  TestWorld world;
  const DeclaredResource a = resource("a");
  world.carry_out(apply({a}));
  const DeclaredResource b = child("b", a, "other");
  EXPECT_EQ(answer_of(world.submit(apply({b}))), "accepted");
  EXPECT_EQ(answer_of(world.submit(destroy({a}))), "ConflictingCommands");
  world.env.run();
  EXPECT_EQ(answer_of(world.submit(destroy({a, b}))), "accepted");
  EXPECT_EQ(answer_of(world.submit(apply({child("c", a, "third")}))), "ConflictingCommands");
  world.env.run();
}

// Shows: a request with a known key gives the same command, also while its stack is busy and after
// a restart.
TEST(Engine, TheSameKeyGivesTheSameCommand) {
  TestWorld world;
  CommandRequest request = apply({resource("a")});
  request.idempotency_key = "once";
  const CommandReply first = world.submit(request);
  const CommandReply second = world.submit(request);
  const std::string id = std::get<Accepted>(first).command_id;
  EXPECT_EQ(std::get<Accepted>(second).command_id, id);
  world.env.run();
  world.restart();
  EXPECT_EQ(std::get<Accepted>(world.submit(request)).command_id, id);
  EXPECT_EQ(world.engine().commands().size(), 1U);
}

// Shows: a command says whose it is, after a restart too.
TEST(Engine, ACommandSaysWhoseItIs) {
  TestWorld world;
  CommandRequest request = apply({resource("a")});
  request.client_id = "client-1";
  const std::string id = std::get<Accepted>(world.submit(request)).command_id;
  EXPECT_EQ(world.engine().status(id)->client_id, "client-1");
  world.env.run();
  world.restart();
  EXPECT_EQ(world.engine().status(id)->client_id, "client-1");
}

// Shows: requests that come before the store is loaded are answered from what it holds.
TEST(Engine, EarlyRequestsWaitForTheStore) {
  TestWorld world;
  world.carry_out(apply({resource("a")}));
  TestEnv env;
  env.store = world.env.store;
  Engine engine(env, TestWorld::default_options());
  EXPECT_FALSE(engine.ready());
  Task<CommandReply> early = engine.submit(apply({resource("a")}));
  early.start();
  Task<Result<void>> recovering = engine.recover();
  recovering.start();
  EXPECT_FALSE(early.done());
  env.run();
  ASSERT_TRUE(early.done());
  EXPECT_EQ(answer_of(early.take()), "nothing to do");
}

// Shows: once a commit failed nothing more is done, answered or shown; recovery takes it from
// there.
TEST(Engine, AFailedCommitStopsEverything) {
  for (int nth = 1; nth <= 3; ++nth) {
    TestWorld world;
    world.env.fail_commit = nth;
    const auto answer = world.send(apply({resource("a")}));
    world.env.run();
    EXPECT_TRUE(world.env.stopped());
    EXPECT_EQ(answer->has_value(), nth > 1);
    EXPECT_FALSE(world.row("a").has_value());
    const size_t calls = world.env.calls.size();
    EXPECT_EQ(calls, nth == 3 ? 1U : 0U);
    world.send(apply({resource("b", "{}", "other")}));
    world.env.run();
    EXPECT_EQ(world.env.calls.size(), calls);
    world.env.fail_commit = 0;
    world.restart();
    world.env.run();
    EXPECT_EQ(world.row("a").has_value(), nth > 1);
  }
}

// Shows: declared documents of resources that need no call change with the command's acceptance.
TEST(Engine, ANewDeclarationOfTheSameStateIsKept) {
  TestWorld world;
  const DeclaredResource a = resource("a");
  world.carry_out(apply({a, resource("b", R"({"Value":"a"})")}));
  DeclaredResource b = resource("b");
  b.properties.set("Value", to_json(Reference{a.identity, "Name"}));
  EXPECT_EQ(answer_of(world.submit(apply({a, b}))), "nothing to do");
  EXPECT_EQ(answer_of(world.submit(destroy({a}))), "ResourceHasDependents");
  EXPECT_EQ(text_of(world.row("b")->properties.at("Value"), "$value"), "a");
  world.restart();
  EXPECT_EQ(answer_of(world.submit(destroy({a}))), "ResourceHasDependents");
}

// Shows: the targets of an accepted apply stay known, and keep their namespace.
TEST(Engine, TargetsStayKnown) {
  TestWorld world;
  world.carry_out(apply({resource("a")}));
  CommandRequest without = apply({resource("a", R"({"Value":"2"})")});
  without.forma.targets.clear();
  EXPECT_EQ(answer_of(world.submit(without)), "accepted");
  world.env.run();
  CommandRequest other = apply({resource("a")});
  other.forma.targets[0].name_space = "Elsewhere";
  EXPECT_EQ(answer_of(world.submit(other)), "TargetAlreadyExists");
}

// Shows: commands and syncs are listed in the order in which they were accepted.
TEST(Engine, CommandsAreListedOldestFirst) {
  TestWorld world;
  std::vector<std::string> ids;
  ids.push_back(world.carry_out(apply({resource("a")})).id);
  ids.push_back(world.sync().id);
  ids.push_back(world.carry_out(apply({resource("b", "{}", "other")})).id);
  ids.push_back(world.carry_out(destroy({resource("a")})).id);
  ids.push_back(world.sync().id);
  std::vector<std::string> listed;
  for (const CommandView& command : world.engine().commands()) listed.push_back(command.id);
  EXPECT_EQ(listed, ids);
}

// Shows: every call names its command and its resource.
TEST(Engine, CallsNameTheirCaller) {
  TestWorld world;
  const CommandView done = world.carry_out(apply({resource("a")}));
  ASSERT_EQ(world.env.calls.size(), 1U);
  EXPECT_EQ(world.env.calls[0].caller, done.id);
  EXPECT_EQ(world.env.calls[0].label, "a");
  EXPECT_EQ(world.env.calls[0].target, "t");
}

// Shows: the provider's announced rate is kept; the bucket starts empty.
TEST(Engine, KeepsTheRateLimit) {
  TestWorld world;
  world.env.announcement().rate_per_second = 10;
  const Instant start = world.env.monotonic_now();
  std::vector<DeclaredResource> many;
  many.reserve(30);
  for (int i = 0; i < 30; ++i) many.push_back(resource("r" + std::to_string(i)));
  world.carry_out(apply(many));
  EXPECT_EQ(world.env.calls.size(), 30U);
  EXPECT_GE(world.env.monotonic_now() - start, std::chrono::milliseconds(3000));
  EXPECT_LE(world.env.monotonic_now() - start, std::chrono::milliseconds(3100));
}

// Shows: a simulated apply says what would be done, keeps nothing, and minds no running command.
TEST(Engine, Simulates) {
  TestWorld world;
  CommandRequest request = apply({resource("a"), resource("b")});
  request.simulate = true;
  const CommandReply reply = world.submit(request);
  ASSERT_TRUE(std::holds_alternative<Simulated>(reply));
  const std::vector<ResourceUpdateView>& updates = std::get<Simulated>(reply).updates;
  ASSERT_EQ(updates.size(), 2U);
  EXPECT_EQ(updates[0].operation, UpdateOperation::kCreate);
  EXPECT_EQ(updates[0].state, UpdateState::kNotStarted);
  EXPECT_TRUE(world.env.store.empty());
  request.forma.targets.clear();
  EXPECT_EQ(answer_of(world.submit(request)), "TargetReferenceNotFound");

  request = apply({resource("a"), resource("b")});
  world.submit(request);
  request.simulate = true;
  EXPECT_EQ(answer_of(world.submit(request)), "simulated");
  world.env.run();
  EXPECT_EQ(answer_of(world.submit(request)), "nothing to do");
}

// Shows: on a full disk a request is refused whole, and the engine goes on; an engine at work stops
// itself, and goes on where it stood once there is room.
TEST(Engine, FullDisk) {
  TestWorld world;
  world.env.disk_full = true;
  EXPECT_EQ(answer_of(world.submit(apply({resource("a")}))), "Unavailable");
  EXPECT_FALSE(world.env.stopped());
  EXPECT_TRUE(world.engine().commands().empty());
  EXPECT_EQ(world.env.marks["disk-full-refused"], 1);
  world.env.disk_full = false;
  const CommandReply reply = world.submit(apply({resource("a")}));
  world.env.disk_full = true;
  world.env.run();
  EXPECT_TRUE(world.env.stopped());
  world.env.disk_full = false;
  world.restart();
  world.env.run();
  EXPECT_EQ(world.engine().status(std::get<Accepted>(reply).command_id)->state,
            CommandState::kSuccess);
}

// Shows: what takes the name of another comes after that one's delete.
TEST(Engine, ACreateWaitsForItsName) {
  TestWorld world;
  world.carry_out(apply({resource("old", R"({"Name":"n"})")}));
  size_t most = 0;
  world.env.fault("old", CallKind::kDelete, Fault{.delay = std::chrono::seconds(1), .before = [&] {
                                                    most = world.env.cloud.count_named("n");
                                                  }});
  EXPECT_EQ(world.carry_out(apply({resource("young", R"({"Name":"n"})")})).state,
            CommandState::kSuccess);
  EXPECT_EQ(most, 1U);
}

}  // namespace
}  // namespace squall::engine::engine_test
