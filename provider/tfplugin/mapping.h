// How the cloud's resource types show in Terraform's configuration language, and how values go from
// one to the other. The table, in words, stands in docs/terraform-mapping.md.
//
// A mapping is made once and never changes: any thread may read it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "documents/provider_call.h"
#include "documents/resource_type.h"
#include "provider/tfplugin/cty.h"
#include "provider/tfplugin/schema.h"

namespace squall::tfplugin {

// One property of the cloud and the attribute (or block) that stands for it.
struct FieldMapping {
  enum class Form {
    kText,
    kNumber,
    kBoolean,
    kDynamic,       // nothing is known of what it holds
    kTextSet,       // set(string)
    kTextList,      // list(string)
    kObject,        // a single nested attribute
    kObjectSet,     // a set of nested attributes
    kObjectList,    // a list of nested attributes
    kObjectBlocks,  // a set of nested blocks
  };
  std::string attribute;  // "cidr_block"
  std::string property;   // "CidrBlock"; of a member: its name in the object
  std::string path;       // "Settings.Zone", as in Schema::hints
  Form form = Form::kText;
  FieldHint hint;
  bool required = false;
  bool read_only = false;      // computed by the cloud
  bool may_be_filled = false;  // has a provider default: computed where it is left out
  bool lower_case = false;     // a cloud that normalises keeps it so
  bool sorted = false;
  std::vector<FieldMapping> members;
  // WriteOnly: the attribute whose change says that the value is to be sent again; else "".
  std::string version_attribute;

  bool is_collection_of_objects() const {
    return form == Form::kObjectSet || form == Form::kObjectList || form == Form::kObjectBlocks;
  }
};

struct TypeMapping {
  ResourceType type;
  std::string name;                  // "squall_network_subnet"
  std::vector<FieldMapping> fields;  // also the read-only ones, but for the identifier
  Block resource;
  Block data;
  Type resource_value = Type::object({});
  Type data_value = Type::object({});
};

class Mapping {
 public:
  // An error where two types, or two properties of one, would have the same name in Terraform, or a
  // WriteOnly member stands in a collection, which Terraform does not allow.
  static Result<Mapping> of(const std::vector<ResourceType>& types);

  const std::map<std::string, TypeMapping, std::less<>>& types() const { return types_; }
  const TypeMapping* find(std::string_view name) const;  // nullptr: no such type

 private:
  std::map<std::string, TypeMapping, std::less<>> types_;
};

// "CidrBlock" → "cidr_block", "team.name" → "team_name".
std::string attribute_name(std::string_view property);
// "Test::Network::Subnet" → "squall_network_subnet", "Acme::Web::Site" → "squall_acme_web_site".
std::string type_name(std::string_view type);

// Attributes that every resource has beside its fields.
inline constexpr std::string_view kIdAttribute = "id";
// Of data sources: the native id of the parent among whose children a name is looked for.
inline constexpr std::string_view kParentAttribute = "parent";

// --- Values.

// What the cloud is to hold for a planned value: properties that are null are left out. WriteOnly
// values are taken from `config`. Nothing unknown may be in it. Errors name the attribute.
Result<JsonObject> properties_of(const TypeMapping& mapping, const Value& planned,
                                 const Value& config);

// The value of a state for what the cloud answered. `before` is the value that was planned, or the
// state before: what the cloud does not know is taken from there (WriteOnly versions), and, where
// `normalises`, spellings that the cloud holds for equal. Errors name the property.
Result<Value> state_of(const TypeMapping& mapping, const NativeId& id, const JsonObject& properties,
                       const Value& before, bool normalises);
// The same for a data source.
Result<Value> data_of(const TypeMapping& mapping, const NativeId& id, const JsonObject& properties,
                      const Value& config);

// Attributes of `planned` that a cloud which normalises holds for equal to those before get their
// spelling of before.
void keep_spelling(const TypeMapping& mapping, const Value& before, Value& planned);

// A state of which nothing but the id is known.
Value bare_state(const TypeMapping& mapping, std::string_view id);

// The JSON patch that turns what `prior` says into what `planned` says; WriteOnly values from
// `config` where their version changed. Empty: nothing to do.
Result<JsonArray> patch_of(const TypeMapping& mapping, const Value& prior, const Value& planned,
                           const Value& config);

}  // namespace squall::tfplugin
