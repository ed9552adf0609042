#include "provider/tfplugin/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "cloud/catalogue.h"
#include "provider/shared_cloud.h"
#include "provider/tfplugin/operation.h"
#include "provider/tfplugin/provider_config.h"

namespace squall::tfplugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kTypeName = "squall_generic_resource";

// What a command line asks, in the order in which it does.
class ServiceTest : public testing::Test {
 protected:
  ServiceTest() { configure({{"retry_delay_ms", 0}, {"max_retries", 2}}); }

  const TypeMapping& type(std::string_view name = kTypeName) const { return *mapping->find(name); }

  void configure(const std::map<std::string, int64_t>& numbers) {
    Value::Map config;
    for (const Attribute& attribute : provider_block().attributes) config[attribute.name] = Value();
    for (const auto& [name, number] : numbers) config[name] = Number::of(number);
    const Bytes bytes = encode(config, type_of(provider_block()));
    ASSERT_THAT(service.validate_provider({.msgpack = bytes, .json = {}}), IsEmpty());
    ASSERT_THAT(service.configure({.msgpack = bytes, .json = {}}), IsEmpty());
  }

  // A value of the type with these attributes, the rest null or without blocks.
  Value with(Value::Map attributes, std::string_view name = kTypeName) const {
    Value out = bare_state(type(name), "");
    (*out.if_map())["id"] = Value();
    for (auto& [attribute, value] : attributes) (*out.if_map())[attribute] = std::move(value);
    return out;
  }
  Bytes bytes(const Value& value, std::string_view name = kTypeName) const {
    return encode(value, type(name).resource_value);
  }
  Value value(const Bytes& state, std::string_view name = kTypeName) const {
    const Result<Value> decoded = decode(state, type(name).resource_value);
    EXPECT_TRUE(decoded) << decoded.error().message;
    return decoded ? *decoded : Value();
  }

  PlanReply plan(const Value& prior, const Value& config, std::string_view private_data = "",
                 std::string_view name = kTypeName) {
    Value proposed = config;
    if (Value::Map* map = proposed.if_map(); map != nullptr && prior.is_known()) {
      (*map)["id"] = prior.at("id");
    }
    const Bytes before = bytes(prior, name);
    const Bytes merged = bytes(proposed, name);
    const Bytes wanted = bytes(config, name);
    return service.plan({.type = name,
                         .prior = {.msgpack = before, .json = {}},
                         .proposed = {.msgpack = merged, .json = {}},
                         .config = {.msgpack = wanted, .json = {}},
                         .prior_private = private_data});
  }
  StateReply apply(const Value& prior, const Bytes& planned, const Value& config,
                   std::string_view private_data, std::string_view name = kTypeName) {
    const Bytes before = bytes(prior, name);
    const Bytes wanted = bytes(config, name);
    return service.apply({.type = name,
                          .prior = {.msgpack = before, .json = {}},
                          .planned = {.msgpack = planned, .json = {}},
                          .config = {.msgpack = wanted, .json = {}},
                          .planned_private = private_data});
  }
  // Plan and apply.
  StateReply reach(const Value& prior, const Value& config, std::string_view private_data = "") {
    const PlanReply planned = plan(prior, config, private_data);
    EXPECT_THAT(planned.diagnostics, IsEmpty());
    return apply(prior, planned.state, config, planned.private_data);
  }
  StateReply refresh(const StateReply& known) {
    return service.read(kTypeName, {.msgpack = known.state, .json = {}}, known.private_data);
  }
  void inject(CallKind call, const std::string& kind, std::optional<ErrorCode> code,
              uint32_t count = 1) {
    shared->locked([&](cloud::Cloud& each) {
      cloud::FaultRule rule;
      rule.call = call;
      rule.count = count;
      rule.effect = {.kind = kind, .code = code};
      ASSERT_TRUE(each.inject(rule));
    });
  }
  size_t objects() {
    size_t count = 0;
    shared->locked([&](cloud::Cloud& each) { count = each.view().size(); });
    return count;
  }

  cloud::Cloud cloud = cloud::Cloud(cloud::built_in_types(), 1);
  std::shared_ptr<SharedCloud> shared = std::make_shared<SharedCloud>(cloud);
  std::shared_ptr<const Mapping> mapping =
      std::make_shared<const Mapping>(*Mapping::of(cloud::built_in_types()));
  ProviderService service{mapping,
                          {.run = "run", .nonce = 7},
                          [this](const std::string&) -> Result<std::shared_ptr<CloudAccess>> {
                            return std::shared_ptr<CloudAccess>(shared);
                          }};
};

// Shows: a create plans what the cloud will make up as unknown, and applies to what it made up.
TEST_F(ServiceTest, CreatePlansTheUnknown) {
  const Value config = with({{"name", "a"}, {"value", "x"}});
  const PlanReply planned = plan(Value(), config);
  EXPECT_TRUE(value(planned.state).at("id").is_unknown());
  EXPECT_EQ(value(planned.state).text_at("value"), "x");
  EXPECT_THAT(planned.requires_replace, IsEmpty());
  const StateReply made = apply(Value(), planned.state, config, planned.private_data);
  EXPECT_THAT(made.diagnostics, IsEmpty());
  EXPECT_EQ(value(made.state).text_at("id"), "generic-1");
  EXPECT_EQ(PrivateData::parse(made.private_data).version, 1);
}

// Shows: a token belongs to a planned create: equal plans of one phase have different ones, and the
// next phase of the same run has the same again.
TEST_F(ServiceTest, TokensBelongToPlannedCreates) {
  const Value config = with({{"name", "a"}});
  const Bytes first = plan(Value(), config).private_data;
  const Bytes second = plan(Value(), config).private_data;
  EXPECT_NE(first, second);
  configure({});
  EXPECT_EQ(plan(Value(), config).private_data, first);
  EXPECT_EQ(plan(Value(), config).private_data, second);
}

// Shows: two equal resources are two objects.
TEST_F(ServiceTest, EqualResourcesAreTwoObjects) {
  const Value config = with({{"name", "a"}});
  reach(Value(), config);
  reach(Value(), config);
  EXPECT_EQ(objects(), 2U);
}

// Shows: a change of a CreateOnly attribute requires replacement, with its path, and one of another
// attribute does not; where a type cannot be updated, any change does.
TEST_F(ServiceTest, RequiresReplace) {
  const Value before = with({{"id", "generic-1"}, {"name", "a"}, {"value", "x"}});
  EXPECT_THAT(plan(before, with({{"name", "b"}, {"value", "y"}})).requires_replace,
              ElementsAre(ElementsAre("name")));
  EXPECT_THAT(plan(before, with({{"name", "a"}, {"value", "y"}})).requires_replace, IsEmpty());
  const std::string_view network = "squall_network_network";
  const auto zone = [&](Value settings) {
    return with({{"id", "n-1"}, {"name", "a"}, {"cidr_block", "c"}, {"settings", settings}},
                network);
  };
  const Value z1 = Value::Map{{"dns", Value()}, {"zone", "z1"}};
  const Value z2 = Value::Map{{"dns", Value()}, {"zone", "z2"}};
  EXPECT_THAT(plan(zone(z1), zone(z2), "", network).requires_replace,
              ElementsAre(ElementsAre("settings", "zone")));
  EXPECT_THAT(plan(zone(z1), zone(Value()), "", network).requires_replace,
              ElementsAre(ElementsAre("settings")));
  EXPECT_THAT(plan(zone(z1), zone(Value::unknown()), "", network).requires_replace,
              ElementsAre(ElementsAre("settings")));
}

// Shows: what is needed to create a resource is asked for by the plan, and by that of a create
// only.
TEST_F(ServiceTest, RequiredOnCreate) {
  const std::string_view secret = "squall_network_secret";
  const Value config = with({{"name", "a"}}, secret);
  EXPECT_THAT(plan(Value(), config, "", secret).diagnostics, testing::SizeIs(1));
  const Value before = with({{"id", "s-1"}, {"name", "a"}}, secret);
  EXPECT_THAT(plan(before, config, "", secret).diagnostics, IsEmpty());
}

// Shows: a read gives what is there with the private data that goes with it; gone is null.
TEST_F(ServiceTest, Read) {
  const StateReply made = reach(Value(), with({{"name", "a"}, {"value", "x"}}));
  shared->locked([](cloud::Cloud& each) {
    ASSERT_TRUE(
        each.patch("generic-1", JsonArray{JsonObject{{"op", "remove"}, {"path", "/Value"}}}));
  });
  const StateReply read = refresh(made);
  EXPECT_TRUE(value(read.state).at("value").is_null());
  EXPECT_EQ(PrivateData::parse(read.private_data).version, 2);
  EXPECT_EQ(PrivateData::parse(read.private_data).token,
            PrivateData::parse(made.private_data).token);
  shared->locked([](cloud::Cloud& each) { ASSERT_TRUE(each.remove("generic-1")); });
  EXPECT_TRUE(value(refresh(read).state).is_null());
}

// Shows: a definite failure of a create leaves nothing, and says the code.
TEST_F(ServiceTest, DefiniteFailure) {
  inject(CallKind::kCreate, "error", ErrorCode::kAccessDenied);
  const StateReply reply = reach(Value(), with({{"name", "a"}}));
  ASSERT_THAT(reply.diagnostics, testing::SizeIs(1));
  EXPECT_EQ(reply.diagnostics[0].summary,
            "cannot create squall_generic_resource \"a\": AccessDenied");
  EXPECT_TRUE(value(reply.state).is_null());
}

// Shows: where all replies of a create are lost, Settle finds the object.
TEST_F(ServiceTest, SettleAdoptsWhatWasMade) {
  inject(CallKind::kCreate, "lost-reply", ErrorCode::kNetworkFailure, 10);
  const StateReply reply = reach(Value(), with({{"name", "a"}}));
  EXPECT_THAT(reply.diagnostics, IsEmpty());
  EXPECT_EQ(value(reply.state).text_at("id"), "generic-1");
  EXPECT_EQ(objects(), 1U);
}

// Shows: where Settle says that nothing was made, nothing is recorded.
TEST_F(ServiceTest, SettleFindsNothing) {
  inject(CallKind::kCreate, "error", ErrorCode::kServiceInternalError, 10);
  const StateReply reply = reach(Value(), with({{"name", "a"}}));
  EXPECT_THAT(reply.diagnostics, testing::SizeIs(1));
  EXPECT_TRUE(value(reply.state).is_null());
  EXPECT_EQ(objects(), 0U);
}

// Shows: an unsettled create is a state without an id, which a read or a delete settles.
TEST_F(ServiceTest, UnsettledCreates) {
  inject(CallKind::kCreate, "lost-reply", ErrorCode::kNetworkFailure, 10);
  inject(CallKind::kSettle, "error", ErrorCode::kServiceInternalError, 3);
  const StateReply unsettled = reach(Value(), with({{"name", "a"}}));
  EXPECT_THAT(unsettled.diagnostics, testing::SizeIs(1));
  EXPECT_TRUE(value(unsettled.state).at("id").is_null());
  EXPECT_EQ(value(refresh(unsettled).state).text_at("id"), "generic-1");
  const StateReply removed =
      apply(value(unsettled.state), bytes(Value()), Value(), unsettled.private_data);
  EXPECT_THAT(removed.diagnostics, IsEmpty());
  EXPECT_EQ(objects(), 0U);
}

// Shows: whether a WriteOnly value has arrived nobody can see: after an answer that leaves that
// open it is sent again.
TEST_F(ServiceTest, WriteOnlyIsNotTakenForDone) {
  constexpr std::string_view kSecret = "squall_network_secret";
  const auto secret = [&](const char* password, int64_t version) {
    return with({{"name", "a"}, {"password", password}, {"password_version", Number::of(version)}},
                kSecret);
  };
  const PlanReply first = plan(Value(), secret("p", 1), "", kSecret);
  const StateReply made = apply(Value(), first.state, secret("p", 1), first.private_data, kSecret);
  inject(CallKind::kUpdate, "error", ErrorCode::kServiceInternalError);
  const Value prior = value(made.state, kSecret);
  const PlanReply next = plan(prior, secret("q", 2), made.private_data, kSecret);
  const StateReply sent = apply(prior, next.state, secret("q", 2), next.private_data, kSecret);
  EXPECT_THAT(sent.diagnostics, IsEmpty());
  shared->locked(
      [](cloud::Cloud& each) { EXPECT_EQ(text_of(each.view()[0].properties, "Password"), "q"); });
}

// Shows: an update that was applied in part is brought to its end, with the version it then has.
TEST_F(ServiceTest, PartialUpdate) {
  const StateReply made = reach(Value(), with({{"name", "a"}}));
  inject(CallKind::kUpdate, "partial-apply", ErrorCode::kServiceInternalError);
  const StateReply updated = reach(
      value(made.state), with({{"name", "a"}, {"value", "x"}, {"ordered_items", Value::List{"i"}}}),
      made.private_data);
  EXPECT_THAT(updated.diagnostics, IsEmpty());
  shared->locked([](cloud::Cloud& each) {
    EXPECT_EQ(canonical(each.view()[0].properties),
              R"({"Id":"generic-1","Name":"a","OrderedItems":["i"],"Value":"x"})");
  });
}

// Shows: an update of what somebody else changed is refused, and the state says what is there.
TEST_F(ServiceTest, ConflictTellsWhatIsThere) {
  const StateReply made = reach(Value(), with({{"name", "a"}, {"value", "x"}}));
  shared->locked([](cloud::Cloud& each) {
    ASSERT_TRUE(each.patch(
        "generic-1", JsonArray{JsonObject{{"op", "replace"}, {"path", "/Value"}, {"value", "y"}}}));
  });
  const StateReply updated =
      reach(value(made.state), with({{"name", "a"}, {"value", "z"}}), made.private_data);
  ASSERT_THAT(updated.diagnostics, testing::SizeIs(1));
  EXPECT_THAT(updated.diagnostics[0].summary, HasSubstr("ResourceConflict"));
  EXPECT_EQ(value(updated.state).text_at("value"), "y");
}

// Shows: malformed answers of the cloud are none.
TEST_F(ServiceTest, MalformedAnswers) {
  inject(CallKind::kCreate, "malformed-reply", std::nullopt);
  const StateReply made = reach(Value(), with({{"name", "a"}}));
  EXPECT_THAT(made.diagnostics, IsEmpty());
  inject(CallKind::kRead, "malformed-reply", std::nullopt);
  EXPECT_EQ(value(refresh(made).state).text_at("id"), "generic-1");
  EXPECT_EQ(objects(), 1U);
}

// Shows: a deletion is done where the object is gone, whoever did it.
TEST_F(ServiceTest, DeleteOfWhatIsGone) {
  const StateReply made = reach(Value(), with({{"name", "a"}}));
  inject(CallKind::kDelete, "lost-reply", ErrorCode::kServiceTimeout);
  const StateReply removed = apply(value(made.state), bytes(Value()), Value(), made.private_data);
  EXPECT_THAT(removed.diagnostics, IsEmpty());
  EXPECT_TRUE(value(removed.state).is_null());
  EXPECT_EQ(objects(), 0U);
}

// Shows: configurations are checked: keys that repeat, numbers that the cloud cannot hold, an empty
// name, WriteOnly attributes for a client that does not know them.
TEST_F(ServiceTest, ChecksConfigurations) {
  const auto problems = [&](const Value& config, std::string_view name, bool write_only = true) {
    const Bytes wanted = bytes(config, name);
    std::vector<std::string> out;
    for (const Diagnostic& each :
         service.validate_resource(name, {.msgpack = wanted, .json = {}}, write_only)) {
      out.push_back(each.summary);
    }
    return out;
  };
  const auto tag = [](const char* text) {
    return Value(Value::Map{{"key", "k"}, {"value", text}});
  };
  EXPECT_THAT(
      problems(with({{"name", "a"}, {"entity_tags", Value::set({tag("1"), tag("2")})}}), kTypeName),
      ElementsAre("repeated key"));
  EXPECT_THAT(problems(with({{"name", ""}}), kTypeName), ElementsAre("empty name"));
  EXPECT_THAT(problems(with({{"name", "a"}, {"bandwidth", *Number::parse("1e-400")}},
                            "squall_network_gateway"),
                       "squall_network_gateway"),
              ElementsAre("number out of range"));
  const Value secret = with({{"name", "a"}, {"password", "p"}}, "squall_network_secret");
  EXPECT_THAT(problems(secret, "squall_network_secret"), IsEmpty());
  EXPECT_THAT(problems(secret, "squall_network_secret", false),
              ElementsAre("write-only attribute not supported"));
}

// Shows: an older state is read with what it lacks as null; a newer schema is refused; a move keeps
// the type, and the private data with it.
TEST_F(ServiceTest, UpgradeAndMove) {
  const StateReply upgraded =
      service.upgrade(kTypeName, 0, R"({"id":"generic-1","name":"a","old":1})");
  EXPECT_THAT(upgraded.diagnostics, IsEmpty());
  EXPECT_EQ(value(upgraded.state).text_at("name"), "a");
  EXPECT_THAT(service.upgrade(kTypeName, 1, "{}").diagnostics, testing::SizeIs(1));
  EXPECT_THAT(service.upgrade(kTypeName, 0, "[").diagnostics, testing::SizeIs(1));
  const StateReply moved = service.move({.source_type = kTypeName,
                                         .source_version = 0,
                                         .source_state = R"({"id":"generic-1","name":"a"})",
                                         .source_private = "{\"version\":3}",
                                         .target_type = kTypeName});
  EXPECT_EQ(moved.private_data, "{\"version\":3}");
  EXPECT_THAT(service
                  .move({.source_type = "squall_network_subnet",
                         .source_version = 0,
                         .source_state = "{}",
                         .source_private = {},
                         .target_type = kTypeName})
                  .diagnostics,
              testing::SizeIs(1));
}

// Shows: an import without an id, and one of an unknown type, are refused.
TEST_F(ServiceTest, Import) {
  EXPECT_EQ(value(service.import(kTypeName, "generic-7").state).text_at("id"), "generic-7");
  EXPECT_THAT(service.import(kTypeName, "").diagnostics, testing::SizeIs(1));
  EXPECT_THAT(service.import("squall_nothing", "x").diagnostics, testing::SizeIs(1));
}

// Shows: after a stop nothing is repeated.
TEST_F(ServiceTest, StopEndsTheRetries) {
  configure({{"retry_delay_ms", 60'000}, {"max_retries", 100}});
  inject(CallKind::kCreate, "throttling", std::nullopt, 100);
  service.stop();
  const StateReply reply = reach(Value(), with({{"name", "a"}}));
  ASSERT_THAT(reply.diagnostics, testing::SizeIs(1));
  EXPECT_THAT(reply.diagnostics[0].summary, HasSubstr("Throttling"));
}

// Shows: whatever bytes come, every procedure answers, with diagnostics where they make no sense.
TEST_F(ServiceTest, SurvivesMalformedRequests) {
  const StateReply made = reach(Value(), with({{"name", "a"}}));
  Random random(3);
  const auto garble = [&](Bytes text) {
    if (text.empty() || random.chance(200)) text.resize(random.below(40));
    for (int i = 0; i < 3 && !text.empty(); ++i) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    return text;
  };
  const std::string_view nobody = "squall_nobody";
  for (int round = 0; round < 2000; ++round) {
    const Bytes a = garble(made.state);
    const Bytes b = random.chance(500) ? made.state : garble(made.state);
    const Bytes c = garble(made.private_data);
    const std::string_view name = random.chance(100) ? nobody : kTypeName;
    service.plan({.type = name,
                  .prior = {.msgpack = a, .json = {}},
                  .proposed = {.msgpack = b, .json = c},
                  .config = {.msgpack = b, .json = {}},
                  .prior_private = c});
    service.apply({.type = name,
                   .prior = {.msgpack = b, .json = {}},
                   .planned = {.msgpack = a, .json = {}},
                   .config = {.msgpack = a, .json = {}},
                   .planned_private = c});
    service.read(name, {.msgpack = a, .json = {}}, c);
    service.read_data(name, {.msgpack = a, .json = b});
    service.validate_resource(name, {.msgpack = {}, .json = a}, true);
    service.validate_data(name, {.msgpack = b, .json = {}});
    service.upgrade(name, 0, a);
    service.validate_provider({.msgpack = a, .json = {}});
  }
}

// Shows: before it is configured, nothing that touches the cloud is done.
TEST_F(ServiceTest, NotConfigured) {
  ProviderService fresh(mapping, {},
                        [](const std::string&) -> Result<std::shared_ptr<CloudAccess>> {
                          return fail("nobody may open it");
                        });
  const Bytes state = bytes(with({{"id", "generic-1"}, {"name", "a"}}));
  EXPECT_THAT(fresh.read(kTypeName, {.msgpack = state, .json = {}}, "").diagnostics,
              testing::SizeIs(1));
  const StateReply kept = fresh.apply({.type = kTypeName,
                                       .prior = {.msgpack = state, .json = {}},
                                       .planned = {},
                                       .config = {},
                                       .planned_private = "p"});
  EXPECT_THAT(kept.diagnostics, testing::SizeIs(1));
  EXPECT_EQ(kept.state, state);
  EXPECT_EQ(kept.private_data, "p");
}

}  // namespace
}  // namespace squall::tfplugin
