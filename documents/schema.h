// What a resource type is made of: its fields and the hints that steer planning. engine.md §1.
#pragma once

#include <boost/container/flat_map.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "documents/json.h"

namespace squall {

// How a collection is compared and patched. kSet is the default for arrays.
enum class UpdateMethod { kSet, kEntitySet, kArray, kAtomic };

// Which way a delete goes along a reference (engine.md §4).
enum class EdgeKind { kDefault, kAttachesTo, kRuntimeDependency };

struct FieldHint {
  bool create_only = false;           // a change means replace
  bool write_only = false;            // never read back, never drift
  bool required = false;              // 400 at submit when absent
  bool required_on_create = false;    // 400 at submit when absent and the resource is new
  bool required_on_update = false;    // always sent along with an update
  bool has_provider_default = false;  // absent in desired: ignore the actual value
  bool opaque = false;                // secret
  EdgeKind edge = EdgeKind::kDefault;
  UpdateMethod update_method = UpdateMethod::kSet;
  std::string index_field;  // the key of an EntitySet's elements
  std::string format;       // "json": compare parsed

  friend bool operator==(const FieldHint&, const FieldHint&) = default;
};

struct ParentMapping {
  std::string parent_property;
  std::string child_property;
  friend bool operator==(const ParentMapping&, const ParentMapping&) = default;
};

struct Schema {
  std::string type;                 // NS::Service::Kind
  std::string identifier;           // the property that holds the native id, if any
  std::vector<std::string> fields;  // the writable properties, top level; others are read-only
  // By path: "Name", or "Settings.Level" for a member of a nested object. Absent: no hint.
  boost::container::flat_map<std::string, FieldHint, std::less<>> hints;
  bool discoverable = false;
  bool extractable = true;
  bool portable = true;
  std::string parent;  // the parent's type, for children that are listed per parent
  std::vector<ParentMapping> parent_mappings;

  // The hint at `path`; a default one where nothing is said.
  const FieldHint& hint(std::string_view path) const;
  bool is_field(std::string_view name) const;

  friend bool operator==(const Schema&, const Schema&) = default;
};

std::string_view to_string(UpdateMethod method);                  // "Set", "EntitySet", …
std::string_view to_string(EdgeKind kind);                        // "default", "attachesTo", …
Result<UpdateMethod> parse_update_method(std::string_view text);  // "" is "Set"
Result<EdgeKind> parse_edge_kind(std::string_view text);

// The schema as JSON: Type and the members of engine.md §1, hints without their defaults.
Json to_json(const Schema& schema);
// Reads it back. The error names the path of what is wrong.
Result<Schema> parse_schema(const Json& document);

// Splits "NS::Service::Kind"; the namespace is what rate limits are counted by.
std::string_view namespace_of(std::string_view type);

}  // namespace squall
