// A resource type as the catalogue knows it: its schema, what its fields may hold (so that a
// generator can fill them), and what the cloud makes of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/schema.h"

namespace squall {

enum class FieldKind {
  kText,
  kNumber,
  kBoolean,
  kTexts,       // an array of texts: Set, Array or Atomic by its hint
  kObject,      // its members have shapes of their own, by their paths
  kObjects,     // an array of objects; members by "Path.Member"
  kReference,   // a text that names another resource's property
  kReferences,  // an array of them
};
std::string_view to_string(FieldKind kind);  // "text", "texts", "reference", …
Result<FieldKind> parse_field_kind(std::string_view text);

// What a field holds. A reference inside a nested object is the shape of its member.
struct FieldShape {
  std::string path;  // as in Schema::hints: "Rules", "Settings.Level", "Rules.Source"
  FieldKind kind = FieldKind::kText;
  bool optional = true;           // may be left out
  std::string refers_to;          // reference(s): the producer's type,
  std::string property = "Name";  // and which of its properties
  friend bool operator==(const FieldShape&, const FieldShape&) = default;
};

struct ResourceType {
  Schema schema;
  // Every writable field but Name, and every member of the nested ones; parents before members.
  std::vector<FieldShape> shapes;
  // What the cloud makes up when an object is created, per read-only property: a text that is new
  // each time. (The schema's identifier needs no mention.)
  std::vector<std::string> computed;
  // Values the cloud fills in where a field with HasProviderDefault is absent.
  JsonObject defaults;
  // Where Behaviours::normalises: texts kept in lower case, arrays kept sorted; by path.
  std::vector<std::string> lower_case;
  std::vector<std::string> sorted;
  bool updatable = true;    // false: every update is NotUpdatable
  bool id_is_name = false;  // the native id is the property Name
  friend bool operator==(const ResourceType&, const ResourceType&) = default;
};

const ResourceType* find_type(const std::vector<ResourceType>& types, std::string_view type);
std::vector<Schema> schemas_of(const std::vector<ResourceType>& types);

}  // namespace squall
