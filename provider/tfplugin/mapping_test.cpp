#include "provider/tfplugin/mapping.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cloud/catalogue.h"

namespace squall::tfplugin {
namespace {

const Mapping& built_in() {
  static const Mapping kMapping = *Mapping::of(cloud::built_in_types());
  return kMapping;
}

const Attribute& attribute(const TypeMapping& type, std::string_view name) {
  const auto found = std::ranges::find(type.resource.attributes, name, &Attribute::name);
  EXPECT_NE(found, type.resource.attributes.end()) << name;
  return *found;
}

Result<Mapping> of_toml(const std::string& toml) {
  const auto types = cloud::load_types(toml, "test.toml");
  EXPECT_TRUE(types) << types.error().message;
  return Mapping::of(*types);
}

// Shows: names are those of the table in docs/terraform-mapping.md.
TEST(Mapping, Names) {
  EXPECT_EQ(attribute_name("CidrBlock"), "cidr_block");
  EXPECT_EQ(attribute_name("DNSSuffix"), "dns_suffix");
  EXPECT_EQ(attribute_name("team.name"), "team_name");
  EXPECT_EQ(attribute_name("Count"), "property_count");
  EXPECT_EQ(attribute_name("2nd"), "property_2nd");
  EXPECT_EQ(type_name("Test::Generic::Resource"), "squall_generic_resource");
  EXPECT_EQ(type_name("Test::Network::LoadBalancer"), "squall_network_load_balancer");
  EXPECT_EQ(type_name("Acme::Web::Site"), "squall_acme_web_site");
}

// Shows: every hint of the catalogue has its place in the schema.
TEST(Mapping, HintsInSchemas) {
  const TypeMapping& balancer = *built_in().find("squall_network_load_balancer");
  EXPECT_TRUE(attribute(balancer, "name").required);
  EXPECT_TRUE(attribute(balancer, "subnet_ids").required);
  EXPECT_EQ(attribute(balancer, "subnet_ids").type.json(), R"(["list","string"])");
  EXPECT_TRUE(attribute(balancer, "size").optional && attribute(balancer, "size").computed);
  EXPECT_TRUE(attribute(balancer, "endpoint").computed &&
              !attribute(balancer, "endpoint").optional);
  EXPECT_TRUE(attribute(balancer, "id").computed);

  const TypeMapping& secret = *built_in().find("squall_network_secret");
  EXPECT_TRUE(attribute(secret, "password").write_only && attribute(secret, "password").optional);
  EXPECT_TRUE(attribute(secret, "token").sensitive && !attribute(secret, "token").write_only);
  EXPECT_EQ(attribute(secret, "password_version").type.json(), "\"number\"");

  const TypeMapping& network = *built_in().find("squall_network_network");
  EXPECT_EQ(attribute(network, "settings").type.json(),
            R"(["object",{"dns":"bool","zone":"string"}])");
  EXPECT_EQ(attribute(network, "tags").type.json(), R"(["set","string"])");

  const TypeMapping& group = *built_in().find("squall_network_security_group");
  ASSERT_EQ(group.resource.blocks.size(), 1U);
  EXPECT_EQ(group.resource.blocks[0].name, "rules");
  EXPECT_TRUE(attribute(group, "team_name").optional);
}

// Shows: the schema obeys what the command line demands of any schema.
TEST(Mapping, SchemasAreValid) {
  const auto check = [](const Attribute& each) {
    EXPECT_TRUE(each.required || each.optional || each.computed) << each.name;
    EXPECT_FALSE(each.required && (each.optional || each.computed)) << each.name;
    EXPECT_FALSE(each.write_only && each.computed) << each.name;
  };
  for (const auto& [name, type] : built_in().types()) {
    for (const Attribute& each : type.resource.attributes) check(each);
    for (const Attribute& each : type.data.attributes) check(each);
    EXPECT_TRUE(type.data.blocks.empty()) << "blocks cannot be computed";
  }
}

// Shows: two names that would be one, and what Terraform does not allow, are errors in words.
TEST(Mapping, RefusesWhatCannotBeShown) {
  const auto clash = of_toml(R"([[type]]
name = "Acme::Web::Site"
identifier = "Id"
  [[type.field]]
  path = "FooBar"
  kind = "text"
  [[type.field]]
  path = "Foo_Bar"
  kind = "text"
)");
  ASSERT_FALSE(clash);
  EXPECT_NE(clash.error().message.find("foo_bar"), std::string::npos);
  const auto hidden = of_toml(R"([[type]]
name = "Acme::Web::Site"
identifier = "Id"
  [[type.field]]
  path = "Users"
  kind = "objects"
  update_method = "EntitySet"
  index_field = "Key"
  [[type.field]]
  path = "Users.Key"
  kind = "text"
  optional = false
  [[type.field]]
  path = "Users.Password"
  kind = "text"
  write_only = true
)");
  ASSERT_FALSE(hidden);
  EXPECT_NE(hidden.error().message.find("Users.Password is WriteOnly"), std::string::npos);
}

// Shows: a whole object goes to the cloud and comes back as the same value.
TEST(MappingValues, ThereAndBack) {
  const TypeMapping& type = *built_in().find("squall_network_security_group");
  const Value rule = Value::Map{{"key", "k"}, {"port", Number::of(int64_t{80})}, {"source", "s-1"}};
  const Value planned =
      Value::Map{{"id", "sg-1"},
                 {"name", "one"},
                 {"rules", Value::set({rule})},
                 {"scope", Value::Map{{"network_id", Value()}, {"level", "high"}}},
                 {"team_name", "red"}};
  const Result<JsonObject> properties = properties_of(type, planned, Value());
  ASSERT_TRUE(properties) << properties.error().message;
  EXPECT_EQ(canonical(*properties),
            R"({"Name":"one","Rules":[{"Key":"k","Port":80,"Source":"s-1"}],)"
            R"("Scope":{"Level":"high"},"team.name":"red"})");
  const Result<Value> state = state_of(type, "sg-1", *properties, Value(), false);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_TRUE(*state == planned);
}

// Shows: absent is null, but for blocks, of which there are none; a property of another kind than
// the schema says is an error that names it.
TEST(MappingValues, AbsentAndIllTyped) {
  const TypeMapping& type = *built_in().find("squall_generic_resource");
  const Result<Value> state = state_of(type, "g-1", {{"Name", "one"}}, Value(), false);
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->at("value").is_null() && state->at("set_tags").is_null());
  EXPECT_TRUE(state->at("entity_tags") == Value(Value::List()));
  const Result<Value> wrong =
      state_of(type, "g-1", {{"Name", "one"}, {"Value", 7}}, Value(), false);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("property Value is a number"), std::string::npos);
  EXPECT_FALSE(state_of(type, "g-1", {{"EntityTags", JsonArray{1}}}, Value(), false));
  EXPECT_FALSE(state_of(type, "g-1", {{"SetTags", JsonArray{1}}}, Value(), false));
}

// Shows: a patch has one operation per property that differs, members of objects on their own, and
// what every update must carry.
TEST(MappingValues, Patches) {
  const TypeMapping& network = *built_in().find("squall_network_network");
  const auto value = [](bool dns, Value suffix) {
    return Value(Value::Map{{"name", "n"},
                            {"settings", Value::Map{{"dns", dns}, {"zone", "z"}}},
                            {"dns_suffix", std::move(suffix)}});
  };
  const auto patch = [](const TypeMapping& type, const Value& prior, const Value& planned,
                        const Value& config = Value()) {
    const Result<JsonArray> made = patch_of(type, prior, planned, config);
    EXPECT_TRUE(made);
    return canonical(*made);
  };
  EXPECT_EQ(patch(network, value(true, "a"), value(true, "a")), "[]");
  EXPECT_EQ(patch(network, value(true, "a"), value(false, Value())),
            R"([{"op":"replace","path":"/Settings/Dns","value":false},)"
            R"({"op":"remove","path":"/DnsSuffix"}])");
  EXPECT_EQ(patch(network, value(true, Value()), value(true, "a")),
            R"([{"op":"add","path":"/DnsSuffix","value":"a"}])");

  const TypeMapping& balancer = *built_in().find("squall_network_load_balancer");
  const auto sized = [](const char* size) {
    return Value(Value::Map{{"name", "n"}, {"size", size}, {"change_reason", "why"}});
  };
  EXPECT_EQ(patch(balancer, sized("a"), sized("b")),
            R"([{"op":"replace","path":"/Size","value":"b"},)"
            R"({"op":"add","path":"/ChangeReason","value":"why"}])");

  const TypeMapping& secret = *built_in().find("squall_network_secret");
  const auto versioned = [](int64_t version) {
    return Value(Value::Map{{"name", "n"}, {"password_version", Number::of(version)}});
  };
  const Value config = Value::Map{{"password", "p"}};
  EXPECT_EQ(patch(secret, versioned(1), versioned(1), config), "[]");
  EXPECT_EQ(patch(secret, versioned(1), versioned(2), config),
            R"([{"op":"add","path":"/Password","value":"p"}])");
}

// Shows: a spelling that the cloud holds for equal is kept as it was, and a real change is not.
TEST(MappingValues, Spelling) {
  const TypeMapping& type = *built_in().find("squall_network_network");
  const Value before = Value::Map{{"name", "n"}, {"dns_suffix", "Example.TEST"}};
  const JsonObject told = {{"Name", "n"}, {"DnsSuffix", "example.test"}};
  EXPECT_EQ(state_of(type, "n-1", told, before, true)->text_at("dns_suffix"), "Example.TEST");
  EXPECT_EQ(state_of(type, "n-1", told, before, false)->text_at("dns_suffix"), "example.test");
  const JsonObject other = {{"Name", "n"}, {"DnsSuffix", "other.test"}};
  EXPECT_EQ(state_of(type, "n-1", other, before, true)->text_at("dns_suffix"), "other.test");
}

}  // namespace
}  // namespace squall::tfplugin
