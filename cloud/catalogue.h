// The catalogue: which resource types a cloud has. Two families are built in, Test::Generic::*
// and Test::Network::* (cloud/catalogue/network.toml, which is the best example of the format);
// users write files of their own in TOML:
//
//   [[type]]
//   name = "Acme::Web::Site"          # NS::Service::Kind
//   identifier = "Id"                 # read-only property that holds the native id
//   discoverable = true               # also: extractable, portable (both true if not said)
//   parent = "Acme::Web::Account"     # children are listed per parent …
//   parent_mappings = [{ parent = "Id", child = "AccountId" }]   # … and found by these
//   computed = ["Url"]                # read-only properties made up when an object is created
//   defaults = { Size = "small" }     # filled in at creation where a field with
//                                     # has_provider_default is absent
//   updatable = false                 # every update is NotUpdatable
//   id_is_name = true                 # the native id is the Name
//     [[type.field]]
//     path = "Settings.Level"         # a member of the field Settings, which comes before it
//     kind = "text"                   # number, boolean, texts, object, objects, reference,
//                                     # references
//     refers_to = "Acme::Web::Zone"   # of references: the producer's type,
//     property = "Id"                 # and its property ("Name" if not said)
//     optional = false                # if not said: unless it is required (on create)
//     create_only = true              # and the other hints: write_only, required,
//                                     # required_on_create, required_on_update,
//                                     # has_provider_default, opaque, edge, update_method,
//                                     # index_field, format
//     lower_case = true               # where the cloud normalises: kept in lower case,
//     sorted = true                   # and arrays kept sorted
//
// Every type has the field Name, CreateOnly and Required, without saying so. A path whose part
// before a dot is no field declared before is one key with a dot in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/resource_type.h"

namespace squall::cloud {

// The types of Test::Generic::* and Test::Network::*, producers before consumers.
const std::vector<ResourceType>& built_in_types();

// Reads types from a catalogue file's text. origin: what the text is called in errors, which name
// the place (`types.toml:12:3`). Unknown keys are errors, and so are references to types that
// neither this text nor the built-in families have.
Result<std::vector<ResourceType>> load_types(const std::string& toml_text, std::string_view origin);

// Types and, at the same positions, their schemas: what one or many clouds share.
struct Catalogue {
  std::vector<ResourceType> types;
  std::vector<Schema> schemas;
};
std::shared_ptr<const Catalogue> catalogue_of(std::vector<ResourceType> types);
// For schemas that come without a catalogue entry: a child refers to its parent as its parent
// mappings say; nothing else is known.
std::shared_ptr<const Catalogue> catalogue_of(const std::vector<Schema>& schemas);

// cloud/catalogue/network.toml.
std::string_view network_toml();

}  // namespace squall::cloud
