// Opaque and WriteOnly fields, from the forma to the provider and back. docs/rules.md §1, §2.
#include "engine/secrets.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_env.h"

namespace squall::engine::secrets_test {
namespace {

DeclaredResource secret(const std::string& value) {
  return rich("a", R"({"Secret":")" + value + R"("})");
}

// Does any document of the store hold `text`?
bool store_holds(const TestWorld& world, std::string_view text) {
  const auto holds = [text](const Document& document) {
    return canonical(*document).find(text) != std::string::npos;
  };
  for (const auto& [key, record] : world.env.store) {
    if (const auto* row = std::get_if<ResourceRow>(&record->value)) {
      for (const auto* document : {&row->declared, &row->values, &row->echo, &row->actual}) {
        if (holds(*document)) return true;
      }
    }
    const auto* update = std::get_if<StoredUpdate>(&record->value);
    if (update == nullptr) continue;
    if (holds(update->plan->desired)) return true;
    if (update->intent && holds(update->intent->wanted)) return true;
    if (update->intent && holds(update->intent->resolved)) return true;
  }
  return false;
}

// Shows: the provider gets the secret in clear, in a create and in an update; nobody else does,
// and an equal one is no change, also after a restart.
TEST(Secrets, AreSealedEverywhereElse) {
  TestWorld world;
  world.carry_out(apply({secret("hunter2")}));
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Secret"), "hunter2");
  EXPECT_EQ(*world.row("a")->properties.if_contains("Secret"), json(R"({"$opaque":true})"));
  EXPECT_FALSE(store_holds(world, "hunter2"));
  world.restart();
  EXPECT_EQ(answer_of(world.submit(apply({secret("hunter2")}))), "nothing to do");
  EXPECT_EQ(world.carry_out(apply({secret("swordfish")})).state, CommandState::kSuccess);
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Secret"), "swordfish");
  EXPECT_FALSE(store_holds(world, "swordfish"));
  world.env.cloud.drift("a", "Secret", "theirs");
  world.sync();
  EXPECT_FALSE(store_holds(world, "theirs"));
  EXPECT_EQ(answer_of(world.submit(apply({secret("swordfish")}))), "ReconcileRejected");
}

// Shows: a secret is sealed in an intent, too.
TEST(Secrets, AreSealedInIntents) {
  TestWorld world;
  world.env.fault("a", CallKind::kCreate, Fault{.delay = std::chrono::seconds(1)});
  world.submit(apply({secret("hunter2")}));
  world.env.run_until([&] { return !world.env.calls.empty(); });
  EXPECT_EQ(text_of(Json(world.env.calls[0].properties), "Secret"), "hunter2");
  EXPECT_FALSE(store_holds(world, "hunter2"));
}

// Shows: references carry secrets from opaque field to opaque field, and plain values into one;
// both are sealed there, shown as references, and no perpetual difference.
TEST(Secrets, GoAlongReferences) {
  TestWorld world;
  const DeclaredResource a = rich("a", R"({"Secret":"hunter2","Value":"plain-text"})");
  const DeclaredResource b = with_reference(rich("b"), "Secret", a, "Secret");
  const DeclaredResource c = with_reference(rich("c"), "Secret", a, "Value");
  EXPECT_EQ(world.carry_out(apply({a, b, c})).state, CommandState::kSuccess);
  EXPECT_EQ(text_of(world.env.cloud.named("b")->properties, "Secret"), "hunter2");
  EXPECT_EQ(text_of(world.env.cloud.named("c")->properties, "Secret"), "plain-text");
  const Json shown = *world.row("b")->properties.if_contains("Secret");
  EXPECT_EQ(*member(shown, "$value"), json(R"({"$opaque":true})"));
  EXPECT_EQ(answer_of(world.submit(apply({a, b, c}))), "nothing to do");
}

// Shows: a WriteOnly value is sent when the declared one changes, and only then.
TEST(WriteOnly, IsSentWhenItChanges) {
  TestWorld world;
  const auto password = [](const std::string& value) {
    return rich("a", R"({"Password":")" + value + R"("})");
  };
  world.carry_out(apply({password("one")}));
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Password"), "one");
  EXPECT_EQ(answer_of(world.submit(apply({password("one")}))), "nothing to do");
  EXPECT_EQ(world.carry_out(apply({password("two")})).state, CommandState::kSuccess);
  EXPECT_EQ(text_of(world.env.cloud.named("a")->properties, "Password"), "two");
  EXPECT_EQ(world.env.marks["write-only-sent"], 1);
  EXPECT_EQ(answer_of(world.submit(apply({rich("a")}))), "nothing to do");
  EXPECT_EQ(answer_of(world.submit(apply({rich("a")}))), "nothing to do");
}

}  // namespace
}  // namespace squall::engine::secrets_test
