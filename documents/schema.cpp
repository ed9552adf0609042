#include "documents/schema.h"

#include <algorithm>
#include <utility>

#include "documents/enum_text.h"
#include "documents/reader.h"

namespace squall {

namespace {

constexpr EnumTable<UpdateMethod, 4> kUpdateMethods = {{
    {UpdateMethod::kSet, "Set"},
    {UpdateMethod::kEntitySet, "EntitySet"},
    {UpdateMethod::kArray, "Array"},
    {UpdateMethod::kAtomic, "Atomic"},
}};
static_assert(in_order(kUpdateMethods));

constexpr EnumTable<EdgeKind, 3> kEdgeKinds = {{
    {EdgeKind::kDefault, "default"},
    {EdgeKind::kAttachesTo, "attachesTo"},
    {EdgeKind::kRuntimeDependency, "runtimeDependency"},
}};
static_assert(in_order(kEdgeKinds));

// The yes-or-no members of a hint, by their names in the document.
struct HintFlag {
  std::string_view name;
  bool FieldHint::* member;
};
constexpr std::array<HintFlag, 7> kHintFlags = {{
    {"CreateOnly", &FieldHint::create_only},
    {"WriteOnly", &FieldHint::write_only},
    {"Required", &FieldHint::required},
    {"RequiredOnCreate", &FieldHint::required_on_create},
    {"RequiredOnUpdate", &FieldHint::required_on_update},
    {"HasProviderDefault", &FieldHint::has_provider_default},
    {"Opaque", &FieldHint::opaque},
}};

// Only what differs from a default hint is written.
Json to_json(const FieldHint& hint) {
  JsonObject out;
  for (const HintFlag& flag : kHintFlags) {
    if (hint.*flag.member) out[flag.name] = true;
  }
  if (hint.edge != EdgeKind::kDefault) out["EdgeKind"] = to_string(hint.edge);
  if (hint.update_method != UpdateMethod::kSet) {
    out["UpdateMethod"] = to_string(hint.update_method);
  }
  if (!hint.index_field.empty()) out["IndexField"] = hint.index_field;
  if (!hint.format.empty()) out["Format"] = hint.format;
  return out;
}

Result<FieldHint> parse_hint(const Reader& in) {
  FieldHint hint;
  for (const HintFlag& flag : kHintFlags) {
    TRY(hint.*flag.member, in.boolean_or(flag.name, false));
  }
  TRY(hint.edge, in.chosen_or("EdgeKind", parse_edge_kind, EdgeKind::kDefault));
  TRY(hint.update_method, in.chosen_or("UpdateMethod", parse_update_method, UpdateMethod::kSet));
  TRY(hint.index_field, in.text_or("IndexField", ""));
  TRY(hint.format, in.text_or("Format", ""));
  if (hint.update_method == UpdateMethod::kEntitySet && hint.index_field.empty()) {
    return in.wrong("is an EntitySet and must name its IndexField");
  }
  return hint;
}

}  // namespace

std::string_view to_string(UpdateMethod method) { return text_in(kUpdateMethods, method); }
std::string_view to_string(EdgeKind kind) { return text_in(kEdgeKinds, kind); }

Result<UpdateMethod> parse_update_method(std::string_view text) {
  if (text.empty()) return UpdateMethod::kSet;
  return value_in(kUpdateMethods, text, "update method");
}

Result<EdgeKind> parse_edge_kind(std::string_view text) {
  return value_in(kEdgeKinds, text, "edge kind");
}

const FieldHint& Schema::hint(std::string_view path) const {
  static const FieldHint kNone;
  // A type has few hints, whose lengths mostly differ: going through them takes a third of the time
  // of a search by order.
  const auto found = std::ranges::find_if(
      hints, [path](const auto& entry) { return std::string_view(entry.first) == path; });
  return found == hints.end() ? kNone : found->second;
}

bool Schema::is_field(std::string_view name) const {
  return std::find(fields.begin(), fields.end(), name) != fields.end();
}

std::string_view namespace_of(std::string_view type) { return type.substr(0, type.find("::")); }

Json to_json(const Schema& schema) {
  JsonArray fields;
  for (const std::string& field : schema.fields) fields.emplace_back(field);
  JsonObject hints;
  for (const auto& [path, hint] : schema.hints) hints[path] = to_json(hint);
  JsonArray mappings;
  for (const ParentMapping& mapping : schema.parent_mappings) {
    mappings.push_back(JsonObject{{"parentProperty", mapping.parent_property},
                                  {"childProperty", mapping.child_property}});
  }
  return JsonObject{{"Type", schema.type},
                    {"Identifier", schema.identifier},
                    {"Fields", std::move(fields)},
                    {"Hints", std::move(hints)},
                    {"Discoverable", schema.discoverable},
                    {"Extractable", schema.extractable},
                    {"Portable", schema.portable},
                    {"Parent", schema.parent},
                    {"ParentMappings", std::move(mappings)}};
}

Result<Schema> parse_schema(const Json& document) {
  const Reader in(document);
  Schema schema;
  TRY(schema.type, in.non_empty_text("Type"));
  TRY(schema.identifier, in.text_or("Identifier", ""));
  TRY(const std::vector<Reader> fields, in.elements("Fields"));
  for (const Reader& field : fields) {
    TRY(std::string name, field.non_empty_text());
    if (schema.is_field(name)) return field.wrong("names a field a second time");
    schema.fields.push_back(std::move(name));
  }
  TRY(const std::optional<Reader> hints, in.find("Hints"));
  if (hints) {
    TRY(const std::vector<Reader::Member> members, hints->members());
    for (const Reader::Member& entry : members) {
      TRY(schema.hints[entry.key], parse_hint(entry.value));
    }
  }
  TRY(schema.discoverable, in.boolean_or("Discoverable", false));
  TRY(schema.extractable, in.boolean_or("Extractable", true));
  TRY(schema.portable, in.boolean_or("Portable", true));
  TRY(schema.parent, in.text_or("Parent", ""));
  TRY(const std::vector<Reader> mappings, in.elements_or_none("ParentMappings"));
  for (const Reader& mapping : mappings) {
    ParentMapping parsed;
    TRY(parsed.parent_property, mapping.non_empty_text("parentProperty"));
    TRY(parsed.child_property, mapping.non_empty_text("childProperty"));
    schema.parent_mappings.push_back(std::move(parsed));
  }
  return schema;
}

}  // namespace squall
