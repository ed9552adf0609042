// A configuration as data, and its text: *.tf.json files. The same data gives the same files, byte
// for byte; what is a list here keeps its order, what is a map comes sorted.
//
// Rendering follows the JSON syntax of the configuration language (documented with Terraform and
// OpenTofu, "JSON Configuration Syntax"): a string is a template there, so a literal one is escaped
// and an expression is "${…}".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "documents/json.h"

namespace squall::terraform {

// An expression of the configuration language: terraform_data.a.id, var.x, toset(["a"]), each.key.
struct Expression {
  std::string text{};
};

// The value of an argument: a literal, an expression, or a list or object with either inside.
struct Value {
  using List = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;
  std::variant<Json, Expression, List, Object> is;

  Value() = default;
  Value(const Json& literal) : is(literal) {}
  Value(const char* literal) : is(Json(literal)) {}
  Value(const std::string& literal) : is(Json(literal)) {}
  Value(int64_t literal) : is(Json(literal)) {}
  Value(int literal) : is(Json(literal)) {}
  Value(bool literal) : is(Json(literal)) {}
  Value(Expression expression) : is(std::move(expression)) {}
  Value(List list) : is(std::move(list)) {}
  Value(Object object) : is(std::move(object)) {}
};
using Arguments = std::vector<std::pair<std::string, Value>>;

// for_each over a set of these keys; their values are the keys.
Value set_of(const std::vector<std::string>& keys);

struct Condition {
  std::string condition{};  // an expression; must refer to some other object
  std::string error_message{};
};

struct Lifecycle {
  std::optional<bool> create_before_destroy{};
  std::optional<bool> prevent_destroy{};
  bool ignore_all_changes = false;
  std::vector<std::string> ignore_changes{};        // attribute names or paths
  std::vector<std::string> replace_triggered_by{};  // references
  std::vector<Condition> preconditions{};
  std::vector<Condition> postconditions{};  // may refer to self
};

struct LocalExec {
  std::string command{};
  bool when_destroyed = false;
  bool continue_on_failure = false;
};

// count, for_each or neither.
struct Repetition {
  std::optional<Value> count{};
  std::optional<Value> for_each{};
};

struct ResourceConfig {
  std::string type{};
  std::string name{};
  Arguments arguments{};  // nested blocks too: an Object, or a List of them
  Repetition repetition{};
  std::vector<std::string> depends_on{};
  Lifecycle lifecycle{};
  std::vector<LocalExec> provisioners{};  // not for data sources
  std::string provider{};                 // "sim.alias"; empty: the type's
};

struct VariableConfig {
  std::string name{};
  std::string type{};  // "string", "list(number)"; empty: any
  std::optional<Value> default_value{};
  bool sensitive = false;
  bool ephemeral = false;  // in no plan and no state; Terraform from 1.10 on
  std::vector<Condition> validations{};
};

struct OutputConfig {
  std::string name{};
  Value value{};
  bool sensitive = false;
  std::vector<std::string> depends_on{};
  std::vector<Condition> preconditions{};
};

struct MovedConfig {
  std::string from{};
  std::string to{};
};

struct RemovedConfig {
  std::string from{};
  bool destroy = false;
  std::vector<LocalExec> provisioners{};  // when it is destroyed; Terraform from 1.9 on
};

struct ImportConfig {
  std::string to{};  // an address; with for_each it may use each.key
  Value id{};
  std::optional<Value> for_each{};
};

struct ModuleConfig;

struct ModuleCall {
  std::string name{};
  std::string module{};  // which of Configuration::modules
  Arguments inputs{};
  Repetition repetition{};
  std::vector<std::string> depends_on{};
};

// What a directory of files says; the root is one, each module is one.
struct ModuleConfig {
  std::vector<VariableConfig> variables{};
  Arguments locals{};
  std::vector<ResourceConfig> resources{};
  std::vector<ResourceConfig> data_sources{};
  std::vector<ModuleCall> calls{};
  std::vector<OutputConfig> outputs{};
  std::vector<MovedConfig> moved{};
  std::vector<RemovedConfig> removed{};
  std::vector<ImportConfig> imports{};  // only the root may have any
};

struct ProviderConfig {
  std::string name{};    // the local name: "sim"
  std::string source{};  // with an explicit host, so that both CLIs mean the same
  std::string alias{};   // empty: the default one
  Arguments arguments{};
};

struct BackendConfig {
  std::string type{};  // "http", "local"
  Arguments arguments{};
};

struct Configuration {
  std::vector<ProviderConfig> providers{};
  std::optional<BackendConfig> backend{};
  ModuleConfig root{};
  // Each in modules/NAME; a module calls others by these names too.
  std::map<std::string, ModuleConfig> modules{};
  // Values of variables of the root that must not stand in it: for the environment of each run.
  std::map<std::string, std::string> values{};
};

// Relative path → text. "main.tf.json" and "modules/NAME/main.tf.json"; where there are modules
// also
// ".terraform/modules/modules.json": the record of installed modules that `init` would write for
// local ones, so that no `init` is needed (a test compares the two).
std::map<std::string, std::string> render(const Configuration& configuration);

// Makes the directory hold exactly these files: writes them, and removes other *.tf.json files in
// it and in modules/. All else (state, plans) stays.
Result<void> write_configuration(const Configuration& configuration, const std::string& directory);

}  // namespace squall::terraform
