#include "engines/terraform/configuration.h"

#include "engines/processes/helpers_test.h"

namespace squall::terraform {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

Json main_of(const Configuration& configuration) {
  return *parse_json(render(configuration).at("main.tf.json"));
}

// Shows: a literal text stays what it is, an expression is one, wherever it stands.
TEST(ConfigurationTest, TellsLiteralsFromExpressions) {
  Configuration configuration;
  configuration.root.resources.push_back(
      {.type = "t",
       .name = "n",
       .arguments = {{"literal", "${not} %{one} $ {"},
                     {"expression", Expression{"t.m.id"}},
                     {"list", Value::List{1, Expression{"var.x"}, true}},
                     {"object", Value::Object{{"${k}", Expression{"each.key"}}}},
                     {"json", Json(JsonObject{{"a", JsonArray{"${"}}})}}});
  EXPECT_EQ(main_of(configuration), *parse_json(R"({"resource": {"t": {"n": {
      "literal": "$${not} %%{one} $ {", "expression": "${t.m.id}", "list": [1, "${var.x}", true],
      "object": {"$${k}": "${each.key}"}, "json": {"a": ["$${"]}}}}})"));
}

// Shows: every meta-argument of a resource comes out as the language wants it.
TEST(ConfigurationTest, RendersMetaArguments) {
  Configuration configuration;
  configuration.root.resources.push_back(
      {.type = "t",
       .name = "n",
       .arguments = {},
       .repetition = {.count = 2, .for_each = {}},
       .depends_on = {"t.a"},
       .lifecycle = {.create_before_destroy = true,
                     .prevent_destroy = false,
                     .ignore_changes = {"x"},
                     .replace_triggered_by = {"t.a.id"},
                     .preconditions = {{"t.a.id != \"\"", "Empty."}},
                     .postconditions = {{"self.x == 1", "Not one."}}},
       .provisioners = {{.command = "true"},
                        {.command = "false", .when_destroyed = true, .continue_on_failure = true}},
       .provider = "sim.b"});
  EXPECT_EQ(main_of(configuration), *parse_json(R"({"resource": {"t": {"n": {
      "count": 2, "depends_on": ["t.a"], "provider": "sim.b",
      "lifecycle": {"create_before_destroy": true, "prevent_destroy": false,
        "ignore_changes": ["x"], "replace_triggered_by": ["t.a.id"],
        "precondition": [{"condition": "${t.a.id != \"\"}", "error_message": "Empty."}],
        "postcondition": [{"condition": "${self.x == 1}", "error_message": "Not one."}]},
      "provisioner": [{"local-exec": {"command": "true"}},
        {"local-exec": {"command": "false", "when": "destroy", "on_failure": "continue"}}]}}}})"));
}

// Shows: settings, providers with aliases, and every kind of block.
TEST(ConfigurationTest, RendersBlocks) {
  Configuration configuration;
  configuration.providers = {
      {.name = "sim", .source = "h/acme/sim", .alias = "", .arguments = {{"run", "1"}}},
      {.name = "sim", .source = "h/acme/sim", .alias = "b", .arguments = {}}};
  configuration.backend = {.type = "http", .arguments = {}};
  ModuleConfig& root = configuration.root;
  root.variables = {{.name = "v",
                     .type = "number",
                     .default_value = 1,
                     .sensitive = true,
                     .validations = {{"var.v > 0", "Positive."}}}};
  root.locals = {{"l", 1}};
  root.data_sources.push_back({.type = "d", .name = "n", .arguments = {{"a", 1}}});
  root.outputs = {{.name = "o", .value = Expression{"local.l"}, .sensitive = true}};
  root.moved = {{"t.a", "t.b"}};
  root.removed = {{.from = "t.c"}};
  root.imports = {
      {.to = "t.d[each.key]", .id = Expression{"each.value"}, .for_each = set_of({"x", "$"})}};
  EXPECT_EQ(main_of(configuration), *parse_json(R"({
      "terraform": {"required_providers": {"sim": {"source": "h/acme/sim"}},
                    "backend": {"http": {}}},
      "provider": {"sim": [{"run": "1"}, {"alias": "b"}]},
      "variable": {"v": {"type": "number", "default": 1, "sensitive": true,
        "validation": [{"condition": "${var.v > 0}", "error_message": "Positive."}]}},
      "locals": {"l": 1}, "data": {"d": {"n": {"a": 1}}},
      "output": {"o": {"value": "${local.l}", "sensitive": true}},
      "moved": [{"from": "t.a", "to": "t.b"}],
      "removed": [{"from": "t.c", "lifecycle": {"destroy": false}}],
      "import": [{"to": "t.d[each.key]", "id": "${each.value}",
                  "for_each": "${toset([\"x\", \"$\"])}"}]})"));
}

// Shows: modules are directories, called by relative paths from wherever; one that calls itself
// does not hang the writer.
TEST(ConfigurationTest, RendersModules) {
  Configuration configuration;
  configuration.root.calls = {{.name = "a", .module = "outer", .inputs = {{"x", 1}}}};
  configuration.modules["outer"].calls = {{.name = "b", .module = "inner"},
                                          {.name = "c", .module = "outer"}};
  configuration.modules["inner"];
  const auto files = render(configuration);
  EXPECT_THAT(files,
              ElementsAre(Key(".terraform/modules/modules.json"), Key("main.tf.json"),
                          Key("modules/inner/main.tf.json"), Key("modules/outer/main.tf.json")));
  EXPECT_THAT(files.at("main.tf.json"), HasSubstr("./modules/outer"));
  EXPECT_THAT(files.at("modules/outer/main.tf.json"), HasSubstr("../../modules/inner"));
  EXPECT_THAT(files.at(".terraform/modules/modules.json"), HasSubstr("\"a.b\""));
}

// Shows: the directory holds these files and no other configuration; state and the rest stay.
TEST(ConfigurationTest, ReplacesWhatWasThere) {
  const std::string directory = processes::make_temporary_directory();
  Configuration configuration;
  configuration.root.calls = {{.name = "a", .module = "m"}};
  configuration.modules["m"];
  ASSERT_TRUE(write_configuration(configuration, directory));
  processes::write_file(directory + "/terraform.tfstate", "");
  processes::write_file(directory + "/other.tf.json", "{}");
  EXPECT_EQ(processes::read_file(directory + "/main.tf.json"),
            render(configuration).at("main.tf.json"));
  EXPECT_TRUE(fs::exists(directory + "/modules/m/main.tf.json"));

  ASSERT_TRUE(write_configuration(Configuration(), directory));
  EXPECT_FALSE(fs::exists(directory + "/modules/m/main.tf.json"));
  EXPECT_FALSE(fs::exists(directory + "/other.tf.json"));
  EXPECT_TRUE(fs::exists(directory + "/terraform.tfstate"));
  fs::remove_all(directory);
}

}  // namespace
}  // namespace squall::terraform
