// Each plant does harm in the situation it is made for, where the engine without it does none; and
// none of them shows in fault-free work, one command after the other.
#include "engine/plants.h"

#include <gtest/gtest.h>

#include "engine/test_env.h"

namespace squall::engine::plants_test {
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

// ---- differences

// The Value, or any other property as text, of the only object; "(none)": there is no object.
std::string in_cloud(const TestWorld& world, std::string_view key) {
  if (world.env.cloud.objects.empty()) return "(none)";
  const JsonObject& properties = world.env.cloud.objects.begin()->second.properties;
  const Json* value = properties.if_contains(key);
  return value == nullptr ? "(absent)" : canonical(*value);
}

// What becomes of `first` once `second` was applied to it.
std::pair<std::string, std::string> after_two(Plant plant, std::string_view first,
                                              std::string_view second, Mode mode,
                                              std::string_view key) {
  return without_and_with(plant, [=](TestWorld& world) {
    world.carry_out(apply({resource("a", first)}));
    const CommandReply reply = world.submit(apply({resource("a", second)}, mode));
    EXPECT_FALSE(std::holds_alternative<Rejection>(reply));
    world.env.run();
    return in_cloud(world, key);
  });
}

// Shows: what a patch does not name is taken away.
TEST(Plants, PatchRemovesSetExtras) {
  EXPECT_EQ(after_two(Plant::kPatchRemovesSetExtras, R"({"SetTags":["x"]})", R"({"SetTags":["y"]})",
                      Mode::kPatch, "SetTags"),
            Pair(R"(["x","y"])", R"(["y"])"));
}

// Shows: the wrong element is changed.
TEST(Plants, EntitySetIndexIgnored) {
  EXPECT_EQ(
      after_two(Plant::kEntitySetIndexIgnored,
                R"({"EntityTags":[{"Key":"x","V":1},{"Key":"y","V":1}]})",
                R"({"EntityTags":[{"Key":"y","V":2}]})", Mode::kPatch, "EntityTags"),
      Pair(R"([{"Key":"x","V":1},{"Key":"y","V":2}])", R"([{"Key":"y","V":2},{"Key":"y","V":1}])"));
}

// Shows: an array does not shrink.
TEST(Plants, ArrayLengthIgnored) {
  EXPECT_EQ(after_two(Plant::kArrayLengthIgnored, R"({"OrderedItems":["x","y"]})",
                      R"({"OrderedItems":["x"]})", Mode::kReconcile, "OrderedItems"),
            Pair(R"(["x"])", R"(["x","y"])"));
}

// Shows: a value that is to go stays.
TEST(Plants, NullDoesNotClear) {
  EXPECT_EQ(after_two(Plant::kNullDoesNotClear, R"({"Value":"1"})", R"({"Value":null})",
                      Mode::kReconcile, "Value"),
            Pair("(absent)", R"("1")"));
}

// Shows: a provider that normalises is given the same again and again.
TEST(Plants, EchoNotKept) {
  const auto story = [](TestWorld& world) {
    world.env.fault("a", CallKind::kCreate, Fault{.spoil = [&](ProviderReply& reply) {
                      world.env.cloud.drift("a", "Value", "loud");
                      reply.properties.set("Value", "loud");
                      reply.version = 2;
                    }});
    world.carry_out(apply({resource("a", R"({"Value":"LOUD"})")}));
    return answer_of(world.submit(apply({resource("a", R"({"Value":"LOUD"})")})));
  };
  EXPECT_EQ(without_and_with(Plant::kEchoNotKept, story), Pair("nothing to do", "accepted"));
}

// Shows: a new password never arrives.
TEST(Plants, WriteOnlyChangeMissed) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({rich("a", R"({"Password":"one"})")}));
    world.submit(apply({rich("a", R"({"Password":"two"})")}));
    world.env.run();
    return in_cloud(world, "Password");
  };
  EXPECT_EQ(without_and_with(Plant::kWriteOnlyChangeMissed, story), Pair(R"("two")", R"("one")"));
}

// ---- planning

// Shows: a consumer is not updated with its producer.
TEST(Plants, ReferenceChangeMissed) {
  const auto story = [](TestWorld& world) {
    const auto both = [](const std::string& value) {
      const DeclaredResource a = resource("a", R"({"Value":")" + value + R"("})");
      return apply({a, with_reference(resource("b"), "Value", a, "Value")});
    };
    world.carry_out(apply(both("1").forma.resources));
    world.carry_out(both("2"));
    return text_of(world.env.cloud.named("b")->properties, "Value");
  };
  EXPECT_EQ(without_and_with(Plant::kReferenceChangeMissed, story), Pair("2", "1"));
}

// Shows: a consumer in another stack keeps the name of what is no more.
TEST(Plants, ReplaceIgnoresConsumers) {
  const auto story = [](TestWorld& world) {
    const DeclaredResource a = resource("a");
    world.carry_out(apply({a}));
    world.carry_out(apply({child("b", a, "other")}));
    return answer_of(world.submit(apply({resource("a", R"({"Name":"z"})")})));
  };
  EXPECT_EQ(without_and_with(Plant::kReplaceIgnoresConsumers, story),
            Pair("ResourceHasDependents", "accepted"));
}

// Shows: a replaced resource is somebody else.
TEST(Plants, ReplaceDropsIdentity) {
  const auto story = [](TestWorld& world) -> std::string {
    world.carry_out(apply({resource("a")}));
    const Ksuid before = world.row("a")->ksuid;
    world.carry_out(apply({resource("a", R"({"Name":"z"})")}));
    return world.row("a")->ksuid == before ? "same" : "other";
  };
  EXPECT_EQ(without_and_with(Plant::kReplaceDropsIdentity, story), Pair("same", "other"));
}

// Shows: a resource that rests on itself is accepted.
TEST(Plants, SelfReferenceAllowed) {
  const auto story = [](TestWorld& world) {
    const DeclaredResource a = resource("a");
    return answer_of(world.submit(apply({with_reference(a, "Value", a)})));
  };
  EXPECT_EQ(without_and_with(Plant::kSelfReferenceAllowed, story),
            Pair("CyclesDetected", "accepted"));
}

// Shows: the child's child is left behind.
TEST(Plants, CascadeNotTransitive) {
  const auto story = [](TestWorld& world) {
    const DeclaredResource a = resource("a");
    const DeclaredResource b = child("b", a);
    world.carry_out(apply({a, b, child("c", b)}));
    world.carry_out(destroy({a}, OnDependents::kCascade));
    return std::to_string(world.env.cloud.objects.size());
  };
  EXPECT_EQ(without_and_with(Plant::kCascadeNotTransitive, story), Pair("0", "1"));
}

// Shows: the consumer ends with what its producer was before.
TEST(Plants, OtherStackNotAwaited) {
  const auto story = [](TestWorld& world) {
    const auto both = [](const std::string& value) {
      const DeclaredResource a = resource("a", R"({"Value":")" + value + R"("})");
      DeclaredResource b = with_reference(resource("b"), "Value", a, "Value");
      b.identity.stack = "elsewhere";
      return apply({a, b});
    };
    world.carry_out(both("1"));
    world.env.fault("a", CallKind::kUpdate, Fault{.delay = std::chrono::seconds(1)});
    world.carry_out(both("2"));
    return text_of(world.env.cloud.named("b")->properties, "Value");
  };
  EXPECT_EQ(without_and_with(Plant::kOtherStackNotAwaited, story), Pair("2", "1"));
}

// Shows: what is attached goes first.
TEST(Plants, AttachmentOrderIgnored) {
  const auto story = [](TestWorld& world) {
    const DeclaredResource a = rich("a");
    const DeclaredResource b = with_reference(rich("b"), "Owner", a);
    world.carry_out(apply({a, b}));
    world.carry_out(destroy({a, b}));
    return world.env.calls.back().label;
  };
  EXPECT_EQ(without_and_with(Plant::kAttachmentOrderIgnored, story), Pair("b", "a"));
}

// ---- carrying out

// Shows: somebody else's change is gone.
TEST(Plants, DriftOverwritten) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
    world.env.cloud.drift("a", "Value", "theirs");
    world.carry_out(apply({resource("a", R"({"Value":"2"})")}));
    return in_cloud(world, "Value");
  };
  EXPECT_EQ(without_and_with(Plant::kDriftOverwritten, story), Pair(R"("theirs")", R"("2")"));
}

// Shows: a consumer is made with what its producer once was.
TEST(Plants, ResolveTrustsRow) {
  const auto story = [](TestWorld& world) {
    const DeclaredResource a = resource("a", R"({"Value":"1"})");
    world.carry_out(apply({a}));
    world.env.cloud.drift("a", "Value", "theirs");
    world.carry_out(apply({with_reference(resource("b", "{}", "other"), "Value", a, "Value")}));
    return text_of(world.env.cloud.named("b")->properties, "Value");
  };
  EXPECT_EQ(without_and_with(Plant::kResolveTrustsRow, story), Pair("theirs", "1"));
}

// Shows: a change between read and update is overwritten.
TEST(Plants, UpdateWithoutVersion) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
    world.env.fault("a", CallKind::kUpdate,
                    Fault{.before = [&] { world.env.cloud.drift("a", "Value", "theirs"); }});
    world.carry_out(apply({resource("a", R"({"Value":"2"})")}));
    return in_cloud(world, "Value");
  };
  EXPECT_EQ(without_and_with(Plant::kUpdateWithoutVersion, story), Pair(R"("theirs")", R"("2")"));
}

// Shows: what is gone is no success.
TEST(Plants, DeleteNotFoundIsFailure) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({resource("a")}));
    world.env.fault("a", CallKind::kDelete,
                    Fault{.before = [&] { world.env.cloud.drift_delete("a"); }});
    return std::string(to_string(world.carry_out(destroy({resource("a")})).state));
  };
  EXPECT_EQ(without_and_with(Plant::kDeleteNotFoundIsFailure, story), Pair("Success", "Failed"));
}

// Shows: an object of which the engine knows nothing.
TEST(Plants, UnsettledForgotten) {
  const auto story = [](TestWorld& world) {
    world.env.fault("a", CallKind::kCreate, lost_reply(ErrorCode::kUnforeseenError));
    world.carry_out(apply({resource("a")}));
    return std::to_string(world.engine().inventory().size());
  };
  EXPECT_EQ(without_and_with(Plant::kUnsettledForgotten, story), Pair("1", "0"));
}

// Shows: the same is made twice.
TEST(Plants, SettleSkipped) {
  const auto story = [](TestWorld& world) {
    world.env.fault("a", CallKind::kCreate, lost_reply(ErrorCode::kUnforeseenError));
    world.carry_out(apply({resource("a")}));
    world.carry_out(apply({resource("a")}));
    return std::to_string(world.env.cloud.count_named("a"));
  };
  EXPECT_EQ(without_and_with(Plant::kSettleSkipped, story), Pair("1", "2"));
}

// How many objects a create leaves that a crash interrupted once it was carried out.
std::string created_through_a_crash(TestWorld& world) {
  world.submit(apply({resource("a")}));
  world.env.run_until([&] { return !world.env.cloud.objects.empty(); });
  world.restart();
  world.env.run();
  return std::to_string(world.env.cloud.count_named("a"));
}

// Shows: a create that a crash interrupted is made twice.
TEST(Plants, RecoveryNewToken) {
  EXPECT_EQ(without_and_with(Plant::kRecoveryNewToken, created_through_a_crash), Pair("1", "2"));
}

// Shows: three attempts are four.
TEST(Plants, RetryOnceTooOften) {
  const auto story = [](TestWorld& world) {
    for (int i = 0; i < 9; ++i) {
      world.env.fault("a", CallKind::kCreate, error(ErrorCode::kThrottling));
    }
    world.carry_out(apply({resource("a")}));
    return std::to_string(world.env.count_calls(CallKind::kCreate));
  };
  EXPECT_EQ(without_and_with(Plant::kRetryOnceTooOften, story), Pair("3", "4"));
}

// Shows: a stale read loses a row.
TEST(Plants, StaleReadTrusted) {
  const auto story = [](TestWorld& world) {
    world.env.announcement().consistency_window = std::chrono::hours(1);
    world.carry_out(apply({resource("a")}));
    world.env.fault("a", CallKind::kRead, Fault{.spoil = [](ProviderReply& reply) {
                      reply = ProviderReply::failure(ErrorCode::kNotFound, "not seen yet");
                    }});
    world.sync();
    return std::to_string(world.engine().inventory().size());
  };
  EXPECT_EQ(without_and_with(Plant::kStaleReadTrusted, story), Pair("1", "0"));
}

// Shows: a reconcile overwrites drift that a sync had seen.
TEST(Plants, DriftStaysDeclared) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
    world.env.cloud.drift("a", "Value", "theirs");
    world.sync();
    return answer_of(world.submit(apply({resource("a", R"({"Value":"1"})")})));
  };
  EXPECT_EQ(without_and_with(Plant::kDriftStaysDeclared, story),
            Pair("ReconcileRejected", "accepted"));
}

// Shows: a secret is shown to everybody.
TEST(Plants, OpaqueInClear) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({rich("a", R"({"Secret":"one"})")}));
    world.carry_out(apply({rich("a", R"({"Secret":"two"})")}));
    return canonical(*world.row("a")->properties.if_contains("Secret"));
  };
  EXPECT_EQ(without_and_with(Plant::kOpaqueInClear, story),
            Pair(R"({"$opaque":true})", R"("two")"));
}

// Shows: a consumer keeps the id of an object that is gone.
TEST(Plants, PatchLeavesBehind) {
  const auto story = [](TestWorld& world) {
    const auto zoned = [](std::string_view zone) {
      return rich("a", "{\"Zone\":\"" + std::string(zone) + "\"}");
    };
    world.carry_out(apply({zoned("north"), with_reference(rich("b"), "Value", zoned(""), "Id")}));
    world.carry_out(apply({zoned("south"), rich("b", R"({"Limit":1})")}, Mode::kPatch));
    const JsonObject& held = world.env.cloud.named("b")->properties;
    return std::string(text_of(held, "Value") == world.row("a")->native_id ? "new" : "old");
  };
  EXPECT_EQ(without_and_with(Plant::kPatchLeavesBehind, story), Pair("new", "old"));
}

DeclaredResource zoned(std::string_view zone, std::string_view more = "") {
  return rich("a", "{\"Zone\":\"" + std::string(zone) + "\"" + std::string(more) + "}");
}

// Shows: a resource is left with a reference to one that is gone.
TEST(Plants, DeletedProducerAccepted) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({resource("a")}));
    return answer_of(world.submit(apply({child("b", resource("a"))})));
  };
  EXPECT_EQ(without_and_with(Plant::kDeletedProducerAccepted, story),
            Pair("ReferencedResourcesNotFound", "accepted"));
}

// Shows: what cannot be changed is to be changed.
TEST(Plants, NewProducerNotFollowed) {
  const auto story = [](TestWorld& world) {
    const DeclaredResource home = with_reference(rich("b"), "Home", zoned(""), "Id");
    world.carry_out(apply({zoned("north"), home}));
    return std::to_string(world.carry_out(apply({zoned("south"), home})).updates.size());
  };
  EXPECT_EQ(without_and_with(Plant::kNewProducerNotFollowed, story), Pair("4", "3"));
}

// Shows: a hotfix that was taken into the forma stands in the way for ever.
TEST(Plants, NoopNotDeclared) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({resource("a", R"({"Value":"1"})")}));
    world.carry_out(apply({resource("a", R"({"Value":"2"})")}, Mode::kPatch));
    world.submit(apply({resource("a", R"({"Value":"2"})")}));
    return answer_of(world.submit(apply({resource("a", R"({"Value":"3"})")})));
  };
  EXPECT_EQ(without_and_with(Plant::kNoopNotDeclared, story),
            Pair("accepted", "ReconcileRejected"));
}

// Shows: a patch that replaces loses what it does not say.
TEST(Plants, PatchCreateForgets) {
  const auto story = [](TestWorld& world) {
    world.carry_out(apply({zoned("north", R"(,"Value":"v")")}));
    world.carry_out(apply({zoned("south")}, Mode::kPatch));
    return text_of(world.env.cloud.named("a")->properties, "Value");
  };
  EXPECT_EQ(without_and_with(Plant::kPatchCreateForgets, story), Pair("v", ""));
}

// Shows: a cloud that takes its time is given up.
TEST(Plants, ProgressCostsAttempts) {
  const auto story = [](TestWorld& world) {
    world.env.cloud.polls = 8;
    return std::string(to_string(world.carry_out(apply({resource("a")})).state));
  };
  EXPECT_EQ(without_and_with(Plant::kProgressCostsAttempts, story), Pair("Success", "Failed"));
}

// Shows: a crash forgets the call that was made, which is made anew.
TEST(Plants, IntentNotDurable) {
  EXPECT_EQ(without_and_with(Plant::kIntentNotDurable, created_through_a_crash), Pair("1", "2"));
}

}  // namespace
}  // namespace squall::engine::plants_test
