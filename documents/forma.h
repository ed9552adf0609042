// The desired-state document, and what refers from one resource to another. engine.md §1.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/interned_text.h"
#include "documents/document.h"

namespace squall {

// What identifies a managed resource to its users.
struct ResourceIdentity {
  InternedText stack;
  InternedText label;
  InternedText type;
  friend bool operator==(const ResourceIdentity&, const ResourceIdentity&) = default;
  friend auto operator<=>(const ResourceIdentity&, const ResourceIdentity&) = default;
};

// "stack-0/vpc-1 (Test::Generic::Resource)".
std::string to_string(const ResourceIdentity& identity);

struct DeclaredStack {
  std::string label;
  std::string description;
  friend bool operator==(const DeclaredStack&, const DeclaredStack&) = default;
};

struct Target {
  std::string label;
  std::string name_space;  // the provider's namespace, the first part of a type
  Json config = JsonObject();
  bool discoverable = false;
  int64_t version = 1;
  friend bool operator==(const Target&, const Target&) = default;
};

// What must hold of a resource: that a property of it is just this.
struct Demand {
  std::string label;
  std::string property;
  Json value;
  friend bool operator==(const Demand&, const Demand&) = default;
};

// Where a configuration declares a resource, and how it is to be treated: for engines that plan and
// apply configurations (Terraform, OpenTofu). What it is called in its state follows from that; a
// resource that is placed elsewhere from one apply to the next is declared as moved. Engines
// without configurations take no notice.
enum class Repetition {
  kNone,           // declared once
  kCount,          // by a block with count
  kForEach,        // by a block with for_each
  kModuleCount,    // by a block of a module of its own, which is called with count
  kModuleForEach,  // … with for_each
};
bool is_counted(Repetition repetition);      // kCount, kModuleCount
bool repeats_module(Repetition repetition);  // kModuleCount, kModuleForEach
struct Placement {
  // The path of a child module: "m0"; "m0/m1", which m0 calls; empty: the root. A module of its own
  // is called from there.
  std::string module = {};
  Repetition repetition = Repetition::kNone;
  // Not empty: the labels of all that one block may declare, its own among them. With count the
  // first of them are there, each at its number; with for_each any, each under its label.
  std::vector<std::string> group = {};
  bool create_before_destroy = false;
  bool prevent_destroy = false;  // a plan that would destroy it is refused
  // Fields of which, once it is there, the configuration's word counts for nothing.
  std::vector<std::string> ignored = {};
  // Labels of resources in the same module: a plan that updates or replaces one of them replaces
  // this one.
  std::vector<std::string> triggered_by = {};
  // Before it is planned for; where the label is its own, once it is.
  std::vector<Demand> demands = {};
  bool provisioning_fails = false;  // what comes after its creation: it is there then, and tainted
  friend bool operator==(const Placement&, const Placement&) = default;
};
// What its block is called: by its label, or by those of its group.
std::string block_name(std::string_view label, const Placement& placement);
// The path of the module that its block stands in, be it one of its own.
std::string module_of(std::string_view label, const Placement& placement);
inline constexpr char kModuleStep = '/';  // between the steps of a path
// REQUIRES: none of the labels of resources is a step of one, which the caller must see to.
Result<std::string> parse_module_path(std::string_view text);
// Is it the same place, however what is there is treated?
bool is_same_place(const Placement& a, const Placement& b);
// What a state says that something depends on: the block that declares the resource. That is the
// resource itself where it is alone in it, wherever it is placed.
ResourceIdentity block_of(const ResourceIdentity& identity, const Placement& placement);
// Between the labels of a group in the name of its block, and before the module.
inline constexpr std::string_view kGroupSeparator = "--";
inline constexpr std::string_view kModuleSeparator = "@";
// "none", "count", "for_each", "module_count", "module_for_each".
std::string_view to_string(Repetition repetition);
Result<Repetition> parse_repetition(std::string_view text);

struct DeclaredResource {
  ResourceIdentity identity;
  InternedText target;
  // May hold references: {"$res":true,"$label":…,"$type":…,"$stack":…,"$property":…}.
  Document properties;
  Placement placement = {};
  NativeId import_id = {};  // of an object that is there already and is to be this resource
};

// A reference as a forma writes it.
struct Reference {
  ResourceIdentity producer;
  InternedText property;
  friend auto operator<=>(const Reference&, const Reference&) = default;
};

// A value that a configuration shows of a resource: for engines with configurations.
struct DeclaredOutput {
  std::string name;
  Reference value;
  bool is_sensitive = false;
  // Not empty: what is shown is this text, and after it the value as JSON.
  std::string prefix = {};
  bool by_data_source = false;  // as a data source finds it, that is told the resource's id
};

struct Forma {
  std::string description;
  std::vector<DeclaredStack> stacks;
  std::vector<Target> targets;
  std::vector<DeclaredResource> resources;
  // To be managed no more; their objects stay as they are. For engines with configurations.
  std::vector<ResourceIdentity> forgotten = {};
  std::vector<DeclaredOutput> outputs = {};
};

// Reads the JSON of engine.md §1 (PascalCase members: Stacks[].Label, Targets[].Label/Namespace/
// Config, Resources[].Label/Type/Stack/Target/Properties). The error names the path of what is
// wrong.
Result<Forma> parse_forma(const Json& document);
Json to_json(const Forma& forma);

// The reference a value is, if it is one ("$res": true and the four members as strings).
std::optional<Reference> as_reference(const Json& value);
// Is it one?
bool is_reference(const Json& value);
Json to_json(const Reference& reference);

// Calls visit(path, reference) for every reference in `properties`, depth first, members in their
// own order. path is a JSON pointer ("/Rules/0/Source").
void for_each_reference(const JsonObject& properties,
                        const std::function<void(const std::string&, const Reference&)>& visit);

// The same without the paths, which take longer to make than the references to find.
void for_each_reference(const JsonObject& properties,
                        const std::function<void(const Reference&)>& visit);
void for_each_reference(const Json& value, const std::function<void(const Reference&)>& visit);

// `properties` with every reference replaced by what resolve(reference) gives; a reference it
// gives nullopt for stays as it is.
JsonObject with_references_replaced(
    const JsonObject& properties,
    const std::function<std::optional<Json>(const Reference&)>& resolve);

}  // namespace squall
