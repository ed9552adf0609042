#include "engines/sim/sim_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "documents/generic_types.h"

namespace squall::engines {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLong = hours(10);

ResourceIdentity parent_identity() {
  return {.stack = "stack-0", .label = "parent", .type = std::string(kGenericResource)};
}

CommandRequest request_of(CommandKind kind) {
  CommandRequest request;
  request.kind = kind;
  request.mode = Mode::kReconcile;
  request.client_id = "test";
  return request;
}

// One resource, and a child that refers to it.
CommandRequest apply_of(const std::string& value, bool with_child) {
  CommandRequest request = request_of(CommandKind::kApply);
  request.idempotency_key = "apply-" + value;
  request.forma.stacks.push_back({.label = "stack-0", .description = ""});
  request.forma.targets.push_back({.label = "target-0", .name_space = "Test"});
  JsonObject properties;
  properties["Name"] = "parent";
  properties["Value"] = value;
  request.forma.resources.push_back(
      {.identity = parent_identity(), .target = "target-0", .properties = properties});
  if (!with_child) return request;
  JsonObject child;
  child["Name"] = "child";
  child["ParentId"] = to_json(Reference{.producer = parent_identity(), .property = "Name"});
  child["Value"] = value;
  request.forma.resources.push_back(
      {.identity = {.stack = "stack-0", .label = "child", .type = std::string(kGenericChild)},
       .target = "target-0",
       .properties = child});
  return request;
}

CommandRequest destroy_of(const CommandRequest& apply) {
  CommandRequest request = request_of(CommandKind::kDestroy);
  request.idempotency_key = "destroy";
  request.forma = apply.forma;
  return request;
}

// A row's properties as the cloud has them: a reference is its value.
JsonObject bare(const JsonObject& properties) {
  JsonObject out;
  for (const auto& member : properties) {
    const Json* value = squall::member(member.value(), "$value");
    out[member.key()] = value != nullptr ? *value : member.value();
  }
  return out;
}

bool never() { return false; }

class SimEngineTest : public testing::Test {
 protected:
  void reset(uint64_t seed = 1, std::vector<Deviation> schedule = {}) {
    cloud.reset();
    EngineSetup setup;
    setup.schemas = generic_types();
    setup.seed = seed;
    setup.schedule = std::move(schedule);
    const Result<void> fresh = engine.reset(setup);
    ASSERT_TRUE(fresh) << fresh.error().message;
    deaths = 0;
  }

  // Until nothing is left to happen, restarting the engine whenever it died.
  void drain() {
    for (;;) {
      const Waited waited = engine.run_until(never, kLong);
      if (waited == Waited::kIdle) return;
      ASSERT_EQ(waited, Waited::kEngineDied);
      ++deaths;
      while (!engine.alive()) {
        const Result<void> restarted = engine.restart();
        ASSERT_TRUE(restarted) << restarted.error().message;
        if (!engine.alive()) ++deaths;
        ASSERT_LT(deaths, 10);
      }
    }
  }

  // Submits it, again where the reply was lost, and drains. Returns the command as it ended.
  CommandView run(const CommandRequest& request) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      const Ticket ticket = engine.start(request);
      drain();
      const Poll poll = engine.poll(ticket);
      if (std::holds_alternative<ReplyLost>(poll)) continue;
      const auto* reply = std::get_if<CommandReply>(&poll);
      if (reply == nullptr) break;
      const auto* accepted = std::get_if<Accepted>(reply);
      if (accepted == nullptr) {
        const auto* rejection = std::get_if<Rejection>(reply);
        ADD_FAILURE() << (rejection != nullptr ? rejection->message : "nothing to do");
        return {};
      }
      const std::optional<CommandView> view = engine.status(accepted->command_id);
      if (view) return *view;
      EXPECT_EQ(request.kind, CommandKind::kSync) << "the engine forgot an accepted command";
      if (request.kind != CommandKind::kSync) return {};
    }
    ADD_FAILURE() << "no reply";
    return {};
  }

  void expect_agreement(size_t resources) {
    const cloud::CloudView view = cloud.view();
    const std::vector<InventoryRow> rows = engine.inventory();
    EXPECT_EQ(view.size(), resources);
    EXPECT_EQ(rows.size(), resources);
    std::set<std::string> names;
    for (const InventoryRow& row : rows) {
      EXPECT_FALSE(row.unsettled) << to_string(row.identity);
      const auto object = std::ranges::find(view, row.native_id, &cloud::CloudObject::native_id);
      ASSERT_NE(object, view.end()) << to_string(row.identity);
      EXPECT_TRUE(names.insert(object->name).second) << object->name << " exists twice";
      EXPECT_EQ(object->name, row.identity.label);
      JsonObject all = bare(row.properties);
      for (const auto& member : row.read_only) all[member.key()] = member.value();
      EXPECT_TRUE(same(all, object->properties))
          << canonical(all) << " against " << canonical(object->properties);
    }
  }

  std::map<std::string, uint64_t> marks() const {
    const auto all = engine.marks();
    return {all.begin(), all.end()};
  }

  cloud::Cloud cloud{generic_types(), 1};
  SimEngine engine{cloud};
  int deaths = 0;
};

// Shows: what is applied exists on both sides and agrees; what is destroyed is gone from both.
TEST_F(SimEngineTest, AppliesAndDestroysOneResource) {
  reset();
  EXPECT_EQ(engine.traits().engine, "sim");
  EXPECT_EQ(engine.traits().max_attempts, 3);
  const CommandRequest apply = apply_of("one", false);
  EXPECT_EQ(run(apply).state, CommandState::kSuccess);
  expect_agreement(1);
  EXPECT_THAT(engine.stacks(), testing::ElementsAre("stack-0"));
  EXPECT_EQ(run(destroy_of(apply)).state, CommandState::kSuccess);
  expect_agreement(0);
  EXPECT_THAT(engine.stacks(), testing::IsEmpty());
  EXPECT_EQ(engine.commands().size(), 2U);
  EXPECT_EQ(engine.peak_calls_in_flight(), 1U);
}

// Shows: the same case gives the same trace, on a used engine as on a fresh one; another seed, or
// one swapped tie, gives another.
TEST_F(SimEngineTest, TheTraceTellsRunsApart) {
  const auto trace = [this](uint64_t seed, std::vector<Deviation> schedule) {
    reset(seed, std::move(schedule));
    CommandRequest apply = apply_of("one", false);
    apply.forma.resources.push_back(apply.forma.resources.front());
    apply.forma.resources.back().identity.label = "twin";
    apply.forma.resources.back().properties.set("Name", "twin");
    EXPECT_EQ(run(apply).state, CommandState::kSuccess);
    EXPECT_EQ(engine.peak_calls_in_flight(), 2U);
    return engine.trace_hash();
  };
  const uint64_t plain = trace(1, {});
  EXPECT_EQ(trace(1, {}), plain);
  EXPECT_NE(trace(2, {}), plain);
  uint64_t swaps_that_show = 0;
  for (const char* label : {"parent", "twin"}) {
    const Deviation last{.event = ScheduledEvent::kRequestArrives,
                         .label = label,
                         .nth = 1,
                         .delay = Duration(0),
                         .last_of_ties = true};
    if (trace(1, {last}) != plain) ++swaps_that_show;
  }
  EXPECT_EQ(swaps_that_show, 1U) << "whichever of the two comes first";

  cloud::Cloud other_cloud(generic_types(), 1);
  const std::unique_ptr<SimEngine> other = make_sim_engine(other_cloud);
  EngineSetup setup;
  setup.schemas = generic_types();
  setup.seed = 1;
  ASSERT_TRUE(other->reset(setup));
  const uint64_t other_before = other->trace_hash();
  reset(1);
  EXPECT_EQ(engine.trace_hash(), other_before);
}

// Shows: for every moment and count, an apply that a crash interrupts ends, after restarts and one
// sync, with one object for each resource, and inventory and cloud agree.
TEST_F(SimEngineTest, RecoversFromACrashAtEveryMoment) {
  std::map<CrashMoment, int> struck;
  std::map<std::string, uint64_t> all_marks;
  for (size_t moment = 0; moment < kCrashMoments; ++moment) {
    for (uint32_t nth = 1; nth <= 10; ++nth) {
      const CrashPoint point{.moment = static_cast<CrashMoment>(moment), .nth = nth};
      SCOPED_TRACE(std::string(to_string(point.moment)) + " " + std::to_string(nth));
      reset();
      engine.arm_crash(point);
      const bool in_recovery = point.moment == CrashMoment::kDuringRecovery;
      if (in_recovery) engine.arm_crash({.moment = CrashMoment::kAfterCallApplied, .nth = 1});
      EXPECT_EQ(run(apply_of("one", true)).state, CommandState::kSuccess);
      struck[point.moment] += deaths - (in_recovery ? 1 : 0);
      engine.disarm_crashes();
      EXPECT_EQ(run(request_of(CommandKind::kSync)).state, CommandState::kSuccess);
      expect_agreement(2);
      for (const auto& [name, count] : marks()) all_marks[name] += count;
      if (HasFailure()) return;
    }
  }
  // Two creates, and commits of the admission, two intents and two outcomes.
  EXPECT_GE(struck[CrashMoment::kBeforeCallApplied], 2);
  EXPECT_GE(struck[CrashMoment::kAfterCallApplied], 2);
  EXPECT_GE(struck[CrashMoment::kAfterAnswer], 2);
  EXPECT_GE(struck[CrashMoment::kBeforeCommit], 5);
  EXPECT_GE(struck[CrashMoment::kAfterCommit], 5);
  EXPECT_GE(struck[CrashMoment::kDuringRecovery], 2);
  EXPECT_GE(struck[CrashMoment::kCommitFails], 5);
  for (const char* name : {"crash-call-applied-unanswered", "crash-answer-not-committed",
                           "crash-inside-commit", "crash-during-recovery"})
    EXPECT_GE(all_marks[name], 1U) << name;
}

// Shows: the same holds for an update and for a destroy that a crash interrupts.
TEST_F(SimEngineTest, RecoversUpdatesAndDestroys) {
  for (size_t moment = 0; moment < kCrashMoments; ++moment) {
    for (uint32_t nth = 1; nth <= 10; ++nth) {
      const CrashPoint point{.moment = static_cast<CrashMoment>(moment), .nth = nth};
      SCOPED_TRACE(std::string(to_string(point.moment)) + " " + std::to_string(nth));
      reset();
      EXPECT_EQ(run(apply_of("one", true)).state, CommandState::kSuccess);
      const bool in_recovery = point.moment == CrashMoment::kDuringRecovery;
      const CrashPoint first{.moment = CrashMoment::kAfterCallApplied, .nth = 2};
      engine.arm_crash(point);
      if (in_recovery) engine.arm_crash(first);
      EXPECT_EQ(run(apply_of("two", true)).state, CommandState::kSuccess);
      engine.disarm_crashes();
      expect_agreement(2);
      engine.arm_crash(point);
      if (in_recovery) engine.arm_crash(first);
      EXPECT_EQ(run(destroy_of(apply_of("two", true))).state, CommandState::kSuccess);
      engine.disarm_crashes();
      expect_agreement(0);
      if (HasFailure()) return;
    }
  }
}

// Shows: an engine whose commit fails stops itself, says why, and comes back to where it was.
TEST_F(SimEngineTest, AFailedCommitStopsTheEngine) {
  reset();
  engine.arm_crash({.moment = CrashMoment::kCommitFails, .nth = 2});
  engine.start(apply_of("one", false));
  EXPECT_EQ(engine.run_until(never, kLong), Waited::kEngineDied);
  EXPECT_THAT(engine.last_stop_reason(), testing::HasSubstr("commit"));
  EXPECT_EQ(marks()["commit-failed"], 1U);
  ASSERT_TRUE(engine.restart());
  drain();
  expect_agreement(1);
}

// Shows: a full disk refuses a request and stops an engine at work; with room again, it goes on.
TEST_F(SimEngineTest, AFullDiskIsTold) {
  reset();
  engine.set_disk_full(true);
  const Ticket refused = engine.start(apply_of("one", false));
  EXPECT_EQ(engine.run_until(never, kLong), Waited::kIdle);
  const Poll answer = engine.poll(refused);
  const Rejection& rejection = std::get<Rejection>(std::get<CommandReply>(answer));
  EXPECT_EQ(rejection.type, RejectionType::kUnavailable);
  expect_agreement(0);
  engine.set_disk_full(false);
  engine.start(apply_of("one", false));
  EXPECT_EQ(engine.run_until([this] { return !engine.commands().empty(); }, kLong),
            Waited::kConditionMet);
  engine.set_disk_full(true);
  EXPECT_EQ(engine.run_until(never, kLong), Waited::kEngineDied);
  engine.set_disk_full(false);
  ASSERT_TRUE(engine.restart());
  drain();
  expect_agreement(1);
}

// Shows: what the store holds in clear is found, and only that.
TEST_F(SimEngineTest, LeaksAreFound) {
  reset();
  EXPECT_EQ(run(apply_of("one", false)).state, CommandState::kSuccess);
  EXPECT_THAT(engine.leaks({"never written"}), testing::IsEmpty());
  EXPECT_THAT(engine.leaks({"never written", "one"}), testing::Not(testing::IsEmpty()));
}

// Shows: a request that the engine did not live to answer is lost, as is one sent to a dead engine.
TEST_F(SimEngineTest, ACrashLosesReplies) {
  reset();
  engine.arm_crash({.moment = CrashMoment::kBeforeCommit, .nth = 1});
  const Ticket ticket = engine.start(apply_of("one", false));
  EXPECT_TRUE(std::holds_alternative<Pending>(engine.poll(ticket)));
  EXPECT_EQ(engine.run_until(never, kLong), Waited::kEngineDied);
  EXPECT_FALSE(engine.alive());
  EXPECT_TRUE(std::holds_alternative<ReplyLost>(engine.poll(ticket)));
  EXPECT_TRUE(
      std::holds_alternative<ReplyLost>(engine.poll(engine.start(request_of(CommandKind::kSync)))));
  EXPECT_EQ(engine.run_until(never, kLong), Waited::kEngineDied);
  ASSERT_TRUE(engine.restart());
  EXPECT_TRUE(engine.alive());
  EXPECT_THAT(engine.commands(), testing::IsEmpty()) << "it was never committed";
  EXPECT_EQ(marks()["crash-inside-commit"], 1U);
}

// Shows: an answer that was given before the engine died stays given.
TEST_F(SimEngineTest, AnsweredTicketsStayAnswered) {
  reset();
  const Ticket ticket = engine.start(apply_of("one", false));
  const auto answered = [&] { return !std::holds_alternative<Pending>(engine.poll(ticket)); };
  EXPECT_EQ(engine.run_until(answered, kLong), Waited::kConditionMet);
  engine.kill();
  EXPECT_FALSE(engine.alive());
  EXPECT_TRUE(std::holds_alternative<CommandReply>(engine.poll(ticket)));
}

// Shows: run_until() says which of its ends came first, and lets the time pass that it says.
TEST_F(SimEngineTest, RunUntilSaysWhatEndedIt) {
  reset();
  EXPECT_EQ(engine.run_until(never, seconds(1)), Waited::kIdle);
  cloud.set_gate(false);
  engine.start(apply_of("one", false));
  const Instant before = engine.now();
  EXPECT_EQ(engine.run_until(never, milliseconds(100)), Waited::kDeadline);
  EXPECT_EQ(engine.now() - before, milliseconds(100));
  EXPECT_EQ(engine.run_until([] { return true; }, kLong), Waited::kConditionMet);
  EXPECT_EQ(engine.now() - before, milliseconds(100));
  cloud.set_gate(true);
  EXPECT_EQ(engine.run_until([this] { return !cloud.view().empty(); }, kLong),
            Waited::kConditionMet);
  EXPECT_LT(engine.now() - before, milliseconds(200));
}

// Shows: a create that is executed after its caller was told that it failed, and before the caller
// tries again, is marked, and makes no second object.
TEST_F(SimEngineTest, MarksALateEffect) {
  reset();
  cloud::FaultRule rule;
  rule.label = "parent";
  rule.call = CallKind::kCreate;
  rule.effect = {
      .kind = "late-delivery", .code = ErrorCode::kServiceTimeout, .delay = milliseconds(5)};
  ASSERT_TRUE(cloud.inject(rule));
  EXPECT_EQ(run(apply_of("one", false)).state, CommandState::kSuccess);
  expect_agreement(1);
  EXPECT_EQ(marks()["late-effect"], 1U);
}

// Shows: three calls in flight at a time are marked and counted.
TEST_F(SimEngineTest, MarksThreeCallsInFlight) {
  reset();
  CommandRequest apply = apply_of("one", false);
  for (const char* name : {"second", "third"}) {
    apply.forma.resources.push_back(apply.forma.resources.front());
    apply.forma.resources.back().identity.label = name;
    apply.forma.resources.back().properties.set("Name", Json(name));
  }
  EXPECT_EQ(run(apply).state, CommandState::kSuccess);
  expect_agreement(3);
  EXPECT_EQ(engine.peak_calls_in_flight(), 3U);
  EXPECT_GE(marks()["three-calls-in-flight"], 1U);
}

// Shows: reset() forgets everything, also in the middle of a command with calls in flight.
TEST_F(SimEngineTest, ResetInTheMiddleForgetsEverything) {
  reset();
  engine.start(apply_of("one", true));
  engine.arm_crash({.moment = CrashMoment::kAfterCallApplied, .nth = 1});
  EXPECT_EQ(engine.run_until([this] { return engine.peak_calls_in_flight() > 0; }, kLong),
            Waited::kConditionMet);
  reset();
  expect_agreement(0);
  EXPECT_THAT(engine.marks(), testing::IsEmpty());
  EXPECT_EQ(engine.peak_calls_in_flight(), 0U);
  EXPECT_EQ(run(apply_of("one", true)).state, CommandState::kSuccess);
  EXPECT_EQ(deaths, 0);
  expect_agreement(2);
}

}  // namespace
}  // namespace squall::engines
