// How a request of the suite is written as a configuration: docs/terraform.md §1.
#include "engines/terraform/world_configuration.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "engine_under_test/engine_under_test.h"
#include "engines/terraform/built_in_types_test.h"
#include "engines/terraform/plain_configuration.h"
#include "engines/terraform/real_cli_test.h"

namespace squall::terraform {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

// Shows: a value crosses from one module into another by an output and a variable.
TEST(WorldConfiguration, ReferencesCrossModules) {
  const Json reference = to_json(Reference{id("a"), "Value"});
  const std::string written =
      text(forma_of({declared("a", {.module = "m0"}), declared("b", {.module = "m1"}, reference)}));
  EXPECT_THAT(written, HasSubstr("\"${squall_generic_resource.a.value}\""));
  EXPECT_THAT(written, HasSubstr("\"${module.m0.a_value}\""));
  EXPECT_THAT(written, HasSubstr("\"${var.a_value}\""));
}

// Shows: what is in a module that another module calls is declared there; values pass through each
// module on their way, and no further.
TEST(WorldConfiguration, ModulesMayBeNested) {
  const Json reference = to_json(Reference{id("a"), "Value"});
  const auto files = render(configuration_of(
      forma_of({declared("a", {.module = "m0/m1"}), declared("b", {.module = "m0/m0"}, reference),
                declared("c", {.module = "m0"}, reference), declared("d", {}, reference)}),
      {}, mapping()));
  const Json m0 = *parse_json(files.at("modules/m0/main.tf.json"));
  EXPECT_EQ(m0.at("module"), *parse_json(R"({
      "m1": {"source": "../../modules/m0.m1"},
      "m0": {"source": "../../modules/m0.m0", "a_value": "${module.m1.a_value}"}})"));
  EXPECT_EQ(m0.at_pointer("/resource/squall_generic_resource/c/value"),
            Json("${module.m1.a_value}"));
  EXPECT_EQ(m0.at_pointer("/output/a_value/value"), Json("${module.m1.a_value}"));
  EXPECT_EQ(m0.as_object().count("variable"), 0U);
  EXPECT_THAT(files.at("modules/m0.m1/main.tf.json"),
              HasSubstr("\"${squall_generic_resource.a.value}\""));
  EXPECT_THAT(files.at("modules/m0.m0/main.tf.json"), HasSubstr("\"${var.a_value}\""));
  EXPECT_THAT(files.at("main.tf.json"), HasSubstr("\"${module.m0.a_value}\""));
}

// Shows: a resource may have a module of its own, which is called with count or for_each; its
// block has neither. One instance of it is meant by what refers to it.
TEST(WorldConfiguration, ModulesMayBeRepeated) {
  const Json reference = to_json(Reference{id("a"), "Value"});
  const auto files = render(configuration_of(
      forma_of({declared("a", {.module = "m0", .repetition = squall::Repetition::kModuleCount}),
                declared("b", {.repetition = squall::Repetition::kModuleForEach}, reference)}),
      {}, mapping()));
  EXPECT_EQ(parse_json(files.at("main.tf.json"))->at("module"), *parse_json(R"({
      "m0": {"source": "./modules/m0"},
      "b": {"source": "./modules/b", "a_value": "${module.m0.a_value}",
            "for_each": "${toset([\"only\"])}"}})"));
  const Json m0 = *parse_json(files.at("modules/m0/main.tf.json"));
  EXPECT_EQ(m0.at_pointer("/module/a/count"), Json(1));
  EXPECT_EQ(m0.at_pointer("/output/a_value/value"), Json("${module.a[0].a_value}"));
  EXPECT_EQ(parse_json(files.at("modules/m0.a/main.tf.json"))
                ->at_pointer("/resource/squall_generic_resource/a"),
            *parse_json(R"({"name": "a", "value": "a"})"));
}

// Shows: a module of several has an instance for each, which is given its row; one `import` block
// with for_each imports all of them, and a data source of one finds it in its own instance.
TEST(WorldConfiguration, OneModuleDeclaresSeveral) {
  const Placement keyed{.repetition = squall::Repetition::kModuleForEach, .group = {"a", "b"}};
  DeclaredResource a = declared("a", keyed);
  DeclaredResource b = declared("b", keyed);
  a.import_id = "id-1";
  b.import_id = "id-2";
  Forma forma = forma_of({a, b});
  forma.outputs = {{.name = "o", .value = {id("b"), "Value"}},
                   {.name = "p", .value = {id("b"), "Value"}, .by_data_source = true}};
  auto files = render(configuration_of(forma, {}, mapping()));
  const Json root = *parse_json(files.at("main.tf.json"));
  EXPECT_EQ(root.at("module"), *parse_json(R"({"a--b": {
      "source": "./modules/a--b", "row": "${each.value}",
      "for_each": {"a": {"name": "a", "value": "a"}, "b": {"name": "b", "value": "a"}}}})"));
  EXPECT_EQ(root.at("import"), *parse_json(R"([{
      "to": "module.a--b[each.key].squall_generic_resource.a--b", "id": "${each.value}",
      "for_each": {"a": "id-1", "b": "id-2"}}])"));
  EXPECT_EQ(root.at("output"), *parse_json(R"({
      "o": {"value": "${module.a--b[\"b\"].a--b_value}"},
      "p": {"value": "${module.a--b[\"b\"].a--b_value_found}"}})"));
  const Json module = *parse_json(files.at("modules/a--b/main.tf.json"));
  EXPECT_EQ(module.at_pointer("/resource/squall_generic_resource/a--b"),
            *parse_json(R"({"name": "${var.row.name}", "value": "${var.row.value}"})"));
  EXPECT_EQ(module.at_pointer("/data/squall_generic_resource/a--b/id"),
            Json("${squall_generic_resource.a--b.id}"));
  const Placement counted{.repetition = squall::Repetition::kModuleCount, .group = {"a", "b"}};
  files = render(
      configuration_of(forma_of({declared("a", counted), declared("b", counted)}), {}, mapping()));
  EXPECT_EQ(parse_json(files.at("main.tf.json"))->at_pointer("/module/a--b"), *parse_json(R"({
      "source": "./modules/a--b", "row": "${local.a--b[count.index]}", "count": 2})"));
}

// Shows: a WriteOnly value is handed down through every module to where it is wanted.
TEST(WorldConfiguration, HandsWriteOnlyDown) {
  DeclaredResource secret =
      declared("a", {.module = "m0/m1", .repetition = squall::Repetition::kModuleCount});
  secret.identity.type = "Test::Network::Secret";
  secret.properties = JsonObject{{"Name", "a"}, {"Password", "hidden-1"}};
  const auto files = render(configuration_of(forma_of({secret}), {}, mapping()));
  for (const char* path : {"main.tf.json", "modules/m0/main.tf.json", "modules/m0.m1/main.tf.json",
                           "modules/m0.m1.a/main.tf.json"}) {
    EXPECT_THAT(files.at(path), Not(HasSubstr("hidden-1")));
    EXPECT_EQ(parse_json(files.at(path))->at_pointer("/variable/a_password/ephemeral"), Json(true));
  }
  EXPECT_EQ(parse_json(files.at("modules/m0.m1/main.tf.json"))->at_pointer("/module/a/a_password"),
            Json("${var.a_password}"));
}

// A configuration that needs no provider, and the same on a real command line.
class RealModulesTest : public RealCliTest {
 protected:
  void apply(const Forma& forma, const Placed& placed = {}) {
    configure(plain_configuration(configuration_of(forma, placed, mapping()), mapping()));
    last = succeed(command::apply());
  }
  // By address: what the state says that it depends on.
  std::map<std::string, std::vector<std::string>> there() {
    std::map<std::string, std::vector<std::string>> out;
    const State now = state();
    for (const StateResource& resource : now.resources)
      for (const StateInstance& instance : resource.instances)
        out[resource.address(instance)] = instance.dependencies;
    return out;
  }
  CliRun last;
};

// Shows: with a real command line, resources are found where their addresses say, nested and in
// repeated modules, and what its state says that something depends on is their block; what only
// moves is moved.
TEST_F(RealModulesTest, AreWhereTheirAddressesSay) {
  const Placement counted{.module = "m0", .repetition = squall::Repetition::kModuleCount};
  const Placement keyed{.module = "m0/m1", .repetition = squall::Repetition::kModuleForEach};
  Placement several = keyed;
  several.group = {"x", "y"};
  const auto all = [&](Placement of_b, Placement of_group) {
    const auto reference_to = [](const char* label) { return to_json(Reference{id(label), "Id"}); };
    return forma_of({declared("x", of_group), declared("y", of_group),
                     declared("a", counted, reference_to("y")),
                     declared("b", std::move(of_b), reference_to("a"))});
  };
  apply(all(keyed, several));
  const auto first = there();
  ASSERT_EQ(first.size(), 4U);
  for (const char* label : {"x", "y"})
    EXPECT_TRUE(first.contains(plain_address(address_of(id(label), several)))) << label;
  EXPECT_THAT(first.at(plain_address(address_of(id("a"), counted))),
              ::testing::ElementsAre("module.m0.module.m1.module.x--y.terraform_data.x--y"));
  EXPECT_THAT(first.at(plain_address(address_of(id("b"), keyed))),
              ::testing::ElementsAre("module.m0.module.a.terraform_data.a",
                                     "module.m0.module.m1.module.x--y.terraform_data.x--y"));
  Placement apart = several;
  apart.repetition = squall::Repetition::kCount;
  apply(all({}, apart),
        {{id("x"), several}, {id("y"), several}, {id("a"), counted}, {id("b"), keyed}});
  EXPECT_EQ(last.changes().size(), 3U);  // one stays
  for (const event::Change& change : last.changes()) EXPECT_EQ(change.action, Action::kMove);
  EXPECT_EQ(there().size(), 4U);
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
