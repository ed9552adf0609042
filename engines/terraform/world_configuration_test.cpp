// How a request of the suite is written as a configuration: docs/terraform.md §1.
#include "engines/terraform/world_configuration.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "engine_under_test/engine_under_test.h"

namespace squall::terraform {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ResourceIdentity id(std::string label) {
  return {"stack-0", std::move(label), "Test::Generic::Resource"};
}

const tfplugin::Mapping& mapping() {
  static const tfplugin::Mapping kMapping =
      std::move(*tfplugin::Mapping::of(cloud::built_in_types()));
  return kMapping;
}

Forma forma_of(std::vector<DeclaredResource> resources) {
  Forma forma;
  forma.targets.push_back({.label = "target-0", .name_space = "Test"});
  forma.resources = std::move(resources);
  return forma;
}

DeclaredResource declared(std::string label, Placement placement, Json value = "a") {
  DeclaredResource out;
  out.identity = id(label);
  out.target = "target-0";
  out.properties = JsonObject{{"Name", label}, {"Value", std::move(value)}};
  out.placement = std::move(placement);
  return out;
}

std::string text(const Forma& forma, const Placed& placed = {}) {
  std::string out;
  for (const auto& [path, content] : render(configuration_of(forma, placed, mapping())))
    out += path + "\n" + content + "\n";
  return out;
}

// Shows: what an address says is read back as it was written, wherever the resource is placed.
TEST(WorldConfiguration, AddressesAreReadAsTheyAreWritten) {
  for (const std::string module : {"", "m0"}) {
    for (const auto repetition :
         {squall::Repetition::kNone, squall::Repetition::kCount, squall::Repetition::kForEach}) {
      const Placement placement{.module = module, .repetition = repetition};
      const std::string address = address_of(id("res-0"), placement);
      const auto parsed = parse_address(address);
      ASSERT_TRUE(parsed) << address;
      EXPECT_EQ(parsed->placement, placement) << address;
      EXPECT_EQ(parsed->label, "res-0");
      EXPECT_EQ(parsed->type, "squall_generic_resource");
    }
  }
  EXPECT_EQ(address_of(id("a"), {.module = "m1", .repetition = squall::Repetition::kForEach}),
            "module.m1.squall_generic_resource.a[\"only\"]");
  for (const char* foreign : {"", "a", "module.m", "t.a[\"other\"]", "t.a[1]"})
    EXPECT_FALSE(parse_address(foreign)) << foreign;
}

// Shows: what a configuration shows is an output of the root, by way of the module it is in; a
// sensitive one has its text in front of it. A run about the state keeps what there is.
TEST(WorldConfiguration, ShowsOutputs) {
  Forma forma = forma_of({declared("a", {.module = "m0"})});
  forma.outputs = {
      {.name = "plain", .value = {id("a"), "Id"}},
      {.name = "kept", .value = {id("a"), "Value"}, .is_sensitive = true, .prefix = "hidden-"}};
  const std::string written = text(forma);
  EXPECT_THAT(written, HasSubstr("\"value\": \"${module.m0.a_id}\""));
  EXPECT_THAT(written, HasSubstr(R"("${format(\"hidden-%s\", jsonencode(module.m0.a_value))}")"));
  EXPECT_THAT(written, HasSubstr("\"sensitive\": true"));
  const Configuration kept = keeping_outputs({{"o", {Json("${x}"), true}}});
  EXPECT_THAT(render(kept).at("main.tf.json"), HasSubstr("\"value\": \"$${x}\""));
}

// Shows: what replaces a resource, what is demanded of another and of itself, and what fails once
// it is made, stand where the language has them.
TEST(WorldConfiguration, PutsRules) {
  DeclaredResource b = declared("b", {});
  b.placement.triggered_by = {"a"};
  b.placement.demands = {{"a", "Value", "x"}, {"b", "Name", "b"}};
  b.placement.provisioning_fails = true;
  const std::string written = text(forma_of({declared("a", {}), b}));
  EXPECT_THAT(written, HasSubstr("\"replace_triggered_by\""));
  EXPECT_THAT(written, HasSubstr(R"(${squall_generic_resource.a.value == \"x\"})"));
  EXPECT_THAT(written, HasSubstr(R"(${self.name == \"b\"})"));
  EXPECT_THAT(written, HasSubstr("\"command\": \"exit 1\""));
}

// Shows: a WriteOnly value is in no file, but in a variable that is in no plan either, also of the
// module that it goes into; beside it stands what has it sent again.
TEST(WorldConfiguration, KeepsWriteOnlyBack) {
  DeclaredResource secret = declared("a", {.module = "m0"});
  secret.identity.type = "Test::Network::Secret";
  secret.properties = JsonObject{{"Name", "a"}, {"Password", "hidden-1"}};
  const Configuration configuration = configuration_of(forma_of({secret}), {}, mapping());
  EXPECT_EQ(configuration.values.at("a_password"), "hidden-1");
  const auto files = render(configuration);
  for (const auto& [path, content] : files) EXPECT_THAT(content, Not(HasSubstr("hidden-1")));
  for (const char* path : {"main.tf.json", "modules/m0/main.tf.json"})
    EXPECT_EQ(parse_json(files.at(path))->at_pointer("/variable/a_password/ephemeral"), Json(true));
  const Json module = *parse_json(files.at("modules/m0/main.tf.json"));
  const Json& body = module.at_pointer("/resource/squall_network_secret/a");
  EXPECT_EQ(body.at("password"), Json("${var.a_password}"));
  EXPECT_EQ(body.at("password_version"), Json(version_of(Json("hidden-1"))));
}

// Shows: a data source stands beside the resource that it finds, and is told its id.
TEST(WorldConfiguration, FindsByDataSource) {
  Forma forma = forma_of({declared("a", {.module = "m0"})});
  forma.outputs = {{.name = "o", .value = {id("a"), "Value"}, .by_data_source = true},
                   {.name = "p", .value = {id("a"), "Id"}, .by_data_source = true}};
  const auto files = render(configuration_of(forma, {}, mapping()));
  const std::string& module = files.at("modules/m0/main.tf.json");
  EXPECT_THAT(module, HasSubstr("\"id\": \"${squall_generic_resource.a.id}\""));
  EXPECT_THAT(module, HasSubstr("${data.squall_generic_resource.a.value}"));
  EXPECT_THAT(files.at("main.tf.json"), HasSubstr("${module.m0.a_value_found}"));
}

// Shows: several of one block are told apart by number or label, and read back as themselves; a
// state's dependency on all of them is one on the block.
TEST(WorldConfiguration, AddressesOfOneBlock) {
  for (const auto repetition : {squall::Repetition::kCount, squall::Repetition::kForEach}) {
    const Placement placement{.module = "m0", .repetition = repetition, .group = {"a", "b"}};
    const auto parsed = parse_address(address_of(id("b"), placement));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->label, "b");
    EXPECT_EQ(parsed->placement, placement);
    EXPECT_THAT(identities_at({"module.m0.squall_generic_resource.a--b"}, "stack-0", mapping()),
                ::testing::ElementsAre(block_of(id("a"), placement)));
  }
  EXPECT_FALSE(parse_address("squall_generic_resource.a--b[2]"));
}

// Shows: one block declares several, what differs between them from a table; nested blocks as many
// as each has, and what one alone says is null for the others. One block imports all of them.
TEST(WorldConfiguration, OneBlockDeclaresSeveral) {
  const Placement counted{.repetition = squall::Repetition::kCount, .group = {"a", "b"}};
  DeclaredResource b = declared("b", counted);
  b.properties = JsonObject{{"Name", "b"}, {"EntityTags", {{{"Key", "k"}, {"Value", "v"}}}}};
  const Json written =
      *parse_json(render(configuration_of(forma_of({declared("a", counted), b}), {}, mapping()))
                      .at("main.tf.json"));
  EXPECT_EQ(written.at("locals"), *parse_json(R"({"a--b": [
      {"name": "a", "value": "a", "entity_tags": []},
      {"name": "b", "value": null, "entity_tags": [{"key": "k", "value": "v"}]}]})"));
  EXPECT_EQ(written.at_pointer("/resource/squall_generic_resource/a--b"), *parse_json(R"({
      "name": "${local.a--b[count.index].name}", "value": "${local.a--b[count.index].value}",
      "dynamic": {"entity_tags": {"for_each": "${local.a--b[count.index].entity_tags}",
                                  "content": {"key": "${entity_tags.value.key}",
                                              "value": "${entity_tags.value.value}"}}},
      "count": 2})"));
  Placement keyed = counted;
  keyed.repetition = squall::Repetition::kForEach;
  DeclaredResource imported = declared("a", keyed);
  DeclaredResource other = declared("b", keyed);
  imported.import_id = "id-1";
  other.import_id = "id-2";
  EXPECT_EQ(
      parse_json(
          render(configuration_of(forma_of({imported, other}), {}, mapping())).at("main.tf.json"))
          ->at("import"),
      *parse_json(R"([{"to": "squall_generic_resource.a--b[each.key]", "id": "${each.value}",
                             "for_each": {"a": "id-1", "b": "id-2"}}])"));
}

// Shows: a resource that the state has elsewhere is declared as moved, another one is not.
TEST(WorldConfiguration, WhatIsElsewhereIsMoved) {
  const Forma forma = forma_of({declared("a", {.module = "m0"}), declared("b", {})});
  const std::string written = text(forma, {{id("a"), {}}, {id("b"), {}}});
  EXPECT_THAT(written, HasSubstr("\"from\": \"squall_generic_resource.a\""));
  EXPECT_THAT(written, HasSubstr("\"to\": \"module.m0.squall_generic_resource.a\""));
  EXPECT_THAT(written, Not(HasSubstr("\"from\": \"squall_generic_resource.b\"")));
}

// Shows: what is imported has an import block with its id, what is forgotten a removed block
// without a key, and neither stands there for what is not in the state, or is declared.
TEST(WorldConfiguration, ImportsAndForgets) {
  Placement counted;
  counted.repetition = squall::Repetition::kCount;
  Forma forma = forma_of({declared("a", counted)});
  forma.resources.front().import_id = "id-7";
  forma.forgotten = {id("a"), id("b"), id("c")};
  const Placement placement{.module = "m0", .repetition = squall::Repetition::kForEach};
  const Json written = *parse_json(
      render(configuration_of(forma, {{id("b"), placement}}, mapping())).at("main.tf.json"));
  EXPECT_EQ(written.at("import"),
            *parse_json(R"([{"to": "squall_generic_resource.a[0]", "id": "id-7"}])"));
  EXPECT_EQ(written.at("removed"), *parse_json(R"([{"from": "module.m0.squall_generic_resource.b",
                             "lifecycle": {"destroy": false}}])"));
}

// Shows: what is ignored, and what must not be destroyed, is said of the resource.
TEST(WorldConfiguration, SaysHowAResourceIsTreated) {
  Placement placement;
  placement.prevent_destroy = true;
  placement.ignored = {"Value"};
  const Json written =
      *parse_json(render(configuration_of(forma_of({declared("a", placement)}), {}, mapping()))
                      .at("main.tf.json"));
  EXPECT_EQ(written.at_pointer("/resource/squall_generic_resource/a/lifecycle"),
            *parse_json(R"({"prevent_destroy": true, "ignore_changes": ["value"]})"));
}

// Shows: an address to target is where the resource is declared; also where it moves away from.
TEST(WorldConfiguration, TargetsWhereItIsAndWas) {
  const Forma forma = forma_of({declared("a", {.module = "m0"}), declared("b", {})});
  EXPECT_THAT(addresses_of({id("a"), id("b"), id("c")}, forma, {{id("a"), {}}, {id("b"), {}}}),
              ::testing::ElementsAre("module.m0.squall_generic_resource.a",
                                     "squall_generic_resource.a", "squall_generic_resource.b"));
}

// Shows: a value crosses from one module into another by an output and a variable.
TEST(WorldConfiguration, ReferencesCrossModules) {
  const Json reference = to_json(Reference{id("a"), "Value"});
  const std::string written =
      text(forma_of({declared("a", {.module = "m0"}), declared("b", {.module = "m1"}, reference)}));
  EXPECT_THAT(written, HasSubstr("\"${squall_generic_resource.a.value}\""));
  EXPECT_THAT(written, HasSubstr("\"${module.m0.a_value}\""));
  EXPECT_THAT(written, HasSubstr("\"${var.a_value}\""));
}

// Shows: a resource declared twice stands there twice, for the command line to refuse.
TEST(WorldConfiguration, FlawsGoIn) {
  const std::string written = text(forma_of({declared("a", {}), declared("a", {})}));
  const size_t first = written.find("\"name\": \"a\"");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(written.find("\"name\": \"a\"", first + 1), std::string::npos);
}

}  // namespace
}  // namespace squall::terraform
