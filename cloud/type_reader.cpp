#include "cloud/type_reader.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <utility>

namespace squall::cloud {

namespace {

using Path = std::string;

std::string place(const toml::source_region& region) {
  return fmt::format("{}:{}", region.begin.line, region.begin.column);
}

// Complaints name the place of the node they are about.
std::unexpected<Error> wrong(const toml::node& node, std::string_view what) {
  return fail(fmt::format("{}: {}", place(node.source()), what));
}

Result<void> only(const toml::table& table, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    return wrong(value, fmt::format("there is no key \"{}\" here; known are {}", key.str(),
                                    fmt::join(known, ", ")));
  }
  return {};
}

Result<std::string> text_or(const toml::table& table, std::string_view key,
                            std::string_view otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::string(otherwise);
  const auto* text = node->as_string();
  if (text == nullptr || text->get().empty()) {
    return wrong(*node, fmt::format("\"{}\" must be a text that is not empty", key));
  }
  return text->get();
}

Result<std::string> text(const toml::table& table, std::string_view key) {
  if (!table.contains(key)) return wrong(table, fmt::format("\"{}\" is missing", key));
  return text_or(table, key, "");
}

Result<std::optional<bool>> flag(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_boolean();
  if (value == nullptr) return wrong(*node, fmt::format("\"{}\" must be true or false", key));
  return value->get();
}

Result<bool> flag_or(const toml::table& table, std::string_view key, bool otherwise) {
  TRY(const std::optional<bool> value, flag(table, key));
  return value.value_or(otherwise);
}

// The tables of an array of tables; none where the key is missing.
Result<std::vector<const toml::table*>> tables(const toml::table& table, std::string_view key) {
  std::vector<const toml::table*> out;
  const toml::node* node = table.get(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr) return wrong(*node, fmt::format("\"{}\" must be an array of tables", key));
  for (const toml::node& element : *array) {
    if (!element.is_table()) return wrong(element, "must be a table");
    out.push_back(element.as_table());
  }
  return out;
}

Result<std::vector<std::string>> texts(const toml::table& table, std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = table.get(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr) return wrong(*node, fmt::format("\"{}\" must be an array of texts", key));
  for (const toml::node& element : *array) {
    const auto* word = element.as_string();
    if (word == nullptr || word->get().empty()) return wrong(element, "must be a text");
    out.push_back(word->get());
  }
  return out;
}

Result<Json> json_of(const toml::node& node) {
  if (const auto* word = node.as_string()) return Json(word->get());
  if (const auto* number = node.as_integer()) return Json(number->get());
  if (const auto* number = node.as_floating_point()) return Json(number->get());
  if (const auto* yes = node.as_boolean()) return Json(yes->get());
  if (const toml::array* array = node.as_array()) {
    JsonArray out;
    for (const toml::node& element : *array) {
      TRY(Json value, json_of(element));
      out.push_back(std::move(value));
    }
    return Json(std::move(out));
  }
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong(node, "must be a text, number, boolean, array or table");
  JsonObject out;
  for (const auto& [key, member] : *table) {
    TRY(out[key.str()], json_of(member));
  }
  return Json(std::move(out));
}

bool is_type_name(std::string_view name) {
  size_t parts = 1;
  size_t start = 0;
  for (size_t at = name.find("::"); at != std::string_view::npos; at = name.find("::", start)) {
    if (at == start) return false;
    start = at + 2;
    ++parts;
  }
  return parts == 3 && start < name.size();
}

// The hints that are true or false.
struct HintFlag {
  std::string_view key;
  bool FieldHint::* member;
};
constexpr std::array<HintFlag, 7> kHintFlags = {{
    {"create_only", &FieldHint::create_only},
    {"write_only", &FieldHint::write_only},
    {"required", &FieldHint::required},
    {"required_on_create", &FieldHint::required_on_create},
    {"required_on_update", &FieldHint::required_on_update},
    {"has_provider_default", &FieldHint::has_provider_default},
    {"opaque", &FieldHint::opaque},
}};

Result<FieldHint> read_hint(const toml::table& field) {
  FieldHint hint;
  for (const HintFlag& each : kHintFlags) {
    TRY(hint.*each.member, flag_or(field, each.key, false));
  }
  TRY(const std::string edge, text_or(field, "edge", to_string(EdgeKind::kDefault)));
  const Result<EdgeKind> kind = parse_edge_kind(edge);
  if (!kind) return wrong(field, kind.error().message);
  hint.edge = *kind;
  TRY(const std::string method, text_or(field, "update_method", "Set"));
  const Result<UpdateMethod> update = parse_update_method(method);
  if (!update) return wrong(field, update.error().message);
  hint.update_method = *update;
  TRY(hint.index_field, text_or(field, "index_field", ""));
  TRY(hint.format, text_or(field, "format", ""));
  if ((hint.update_method == UpdateMethod::kEntitySet) == hint.index_field.empty()) {
    return wrong(field, "an EntitySet has an index_field, and nothing else has one");
  }
  return hint;
}

bool is_reference(FieldKind kind) {
  return kind == FieldKind::kReference || kind == FieldKind::kReferences;
}

Result<FieldShape> read_shape(const toml::table& field, const FieldHint& hint) {
  FieldShape shape;
  TRY(shape.path, text(field, "path"));
  TRY(const std::string word, text(field, "kind"));
  const Result<FieldKind> kind = parse_field_kind(word);
  if (!kind) return wrong(*field.get("kind"), kind.error().message);
  shape.kind = *kind;
  TRY(const std::optional<bool> optional, flag(field, "optional"));
  const bool required = hint.required || hint.required_on_create;
  if (required && optional.value_or(false)) {
    return wrong(field, fmt::format("\"{}\" is both required and optional", shape.path));
  }
  shape.optional = optional.value_or(!required);
  if (is_reference(shape.kind) != field.contains("refers_to")) {
    return wrong(field, fmt::format("\"{}\" is of the kind {}: references name the type they refer "
                                    "to (refers_to), and nothing else does",
                                    shape.path, word));
  }
  if (!is_reference(shape.kind) && field.contains("property")) {
    return wrong(field, fmt::format("\"{}\" is no reference and names no property", shape.path));
  }
  TRY(shape.refers_to, text_or(field, "refers_to", ""));
  TRY(shape.property, text_or(field, "property", "Name"));
  return shape;
}

// The shape that `path` is a member of, or nullptr: the longest one that is an object.
const FieldShape* owner_of(const ResourceType& type, std::string_view path) {
  const FieldShape* owner = nullptr;
  for (const FieldShape& shape : type.shapes) {
    const bool holds_members =
        shape.kind == FieldKind::kObject || shape.kind == FieldKind::kObjects;
    if (!holds_members || path.size() <= shape.path.size() + 1 || !path.starts_with(shape.path) ||
        path[shape.path.size()] != '.') {
      continue;
    }
    if (owner == nullptr || owner->path.size() < shape.path.size()) owner = &shape;
  }
  return owner;
}

Result<void> add_normalisation(const toml::table& field, const FieldShape& shape,
                               ResourceType& type) {
  TRY(const bool lower_case, flag_or(field, "lower_case", false));
  TRY(const bool sorted, flag_or(field, "sorted", false));
  const bool is_texts = shape.kind == FieldKind::kTexts;
  if (lower_case && !is_texts && shape.kind != FieldKind::kText) {
    return wrong(field, "only a text or texts can be kept in lower case");
  }
  if (sorted && !is_texts) return wrong(field, "only texts can be kept sorted");
  if (lower_case) type.lower_case.push_back(shape.path);
  if (sorted) type.sorted.push_back(shape.path);
  return {};
}

Result<void> read_field(const toml::table& field, ResourceType& type) {
  TRY_VOID(only(
      field, {"path", "kind", "refers_to", "property", "optional", "create_only", "write_only",
              "required", "required_on_create", "required_on_update", "has_provider_default",
              "opaque", "edge", "update_method", "index_field", "format", "lower_case", "sorted"}));
  TRY(FieldHint hint, read_hint(field));
  TRY(FieldShape shape, read_shape(field, hint));
  const bool is_known =
      std::ranges::find(type.shapes, shape.path, &FieldShape::path) != type.shapes.end();
  if (is_known || shape.path == "Name") {
    return wrong(field, fmt::format("\"{}\" is there already{}", shape.path,
                                    is_known ? "" : ": every type has it"));
  }
  if (owner_of(type, shape.path) == nullptr) {
    type.schema.fields.push_back(shape.path);
  } else if (hint.required || hint.required_on_create) {
    return wrong(field, fmt::format("\"{}\" is a member of a field; only fields can be required: "
                                    "say optional = false",
                                    shape.path));
  }
  TRY_VOID(add_normalisation(field, shape, type));
  if (hint != FieldHint()) type.schema.hints[shape.path] = std::move(hint);
  type.shapes.push_back(std::move(shape));
  return {};
}

// What can be said of a type's fields once all are known.
Result<void> check_field_rules(const toml::table& table, const ResourceType& type) {
  for (const auto& [path, hint] : type.schema.hints) {
    if (hint.index_field.empty()) continue;
    const Path key = path + "." + hint.index_field;
    const auto found = std::ranges::find(type.shapes, key, &FieldShape::path);
    if (found != type.shapes.end() && found->kind == FieldKind::kText && !found->optional) continue;
    return wrong(table, fmt::format("the EntitySet \"{}\" needs the field \"{}\", a text with "
                                    "optional = false",
                                    path, key));
  }
  for (const std::string& property : type.computed) {
    if (!type.schema.is_field(property) && property != type.schema.identifier) continue;
    return wrong(table,
                 fmt::format("\"{}\" is computed, so it is no field and no identifier", property));
  }
  if (type.schema.is_field(type.schema.identifier)) {
    return wrong(table, fmt::format("\"{}\" holds the native id, so it is no field",
                                    type.schema.identifier));
  }
  for (const auto& entry : type.defaults) {
    if (type.schema.hint(entry.key()).has_provider_default) continue;
    return wrong(table, fmt::format("\"{}\" has a default, so its field must say "
                                    "has_provider_default",
                                    std::string_view(entry.key())));
  }
  return {};
}

Result<void> read_parent(const toml::table& table, Schema& schema) {
  TRY(schema.parent, text_or(table, "parent", ""));
  TRY(const std::vector<const toml::table*> mappings, tables(table, "parent_mappings"));
  if (schema.parent.empty() != mappings.empty()) {
    return wrong(table, "parent and parent_mappings go together");
  }
  for (const toml::table* each : mappings) {
    TRY_VOID(only(*each, {"parent", "child"}));
    ParentMapping mapping;
    TRY(mapping.parent_property, text(*each, "parent"));
    TRY(mapping.child_property, text(*each, "child"));
    schema.parent_mappings.push_back(std::move(mapping));
  }
  return {};
}

Result<void> read_properties(const toml::table& table, ResourceType& type) {
  Schema& schema = type.schema;
  TRY(schema.type, text(table, "name"));
  if (!is_type_name(schema.type)) {
    return wrong(*table.get("name"),
                 fmt::format("\"{}\" is no name of a type, as in NS::Service::Kind", schema.type));
  }
  TRY(schema.identifier, text_or(table, "identifier", ""));
  TRY(schema.discoverable, flag_or(table, "discoverable", false));
  TRY(schema.extractable, flag_or(table, "extractable", true));
  TRY(schema.portable, flag_or(table, "portable", true));
  TRY(type.updatable, flag_or(table, "updatable", true));
  TRY(type.id_is_name, flag_or(table, "id_is_name", false));
  TRY(type.computed, texts(table, "computed"));
  if (const toml::node* defaults = table.get("defaults")) {
    if (!defaults->is_table()) return wrong(*defaults, "\"defaults\" must be a table");
    TRY(Json values, json_of(*defaults));
    type.defaults = std::move(values.as_object());
  }
  return read_parent(table, schema);
}

Result<ResourceType> read_type(const toml::table& table) {
  TRY_VOID(
      only(table, {"name", "identifier", "discoverable", "extractable", "portable", "parent",
                   "parent_mappings", "computed", "defaults", "updatable", "id_is_name", "field"}));
  ResourceType type;
  TRY_VOID(read_properties(table, type));
  FieldHint name;
  name.create_only = name.required = true;
  type.schema.fields.emplace_back("Name");
  type.schema.hints["Name"] = name;
  TRY(const std::vector<const toml::table*> fields, tables(table, "field"));
  for (const toml::table* field : fields) TRY_VOID(read_field(*field, type));
  TRY_VOID(check_field_rules(table, type));
  return type;
}

bool has_property(const ResourceType& type, std::string_view property) {
  return type.schema.is_field(property) || property == type.schema.identifier ||
         std::ranges::find(type.computed, property) != type.computed.end();
}

// Does everything that names another type name one that is there, and a property it has?
Result<void> check_links(const toml::table& table, const ResourceType& type,
                         const std::vector<ResourceType>& all) {
  for (const FieldShape& shape : type.shapes) {
    if (!is_reference(shape.kind)) continue;
    const ResourceType* producer = find_type(all, shape.refers_to);
    if (producer != nullptr && has_property(*producer, shape.property)) continue;
    return wrong(table, fmt::format("\"{}\" of {} refers to the property \"{}\" of {}, and there "
                                    "is no such {}",
                                    shape.path, type.schema.type, shape.property, shape.refers_to,
                                    producer == nullptr ? "type" : "property"));
  }
  if (type.schema.parent.empty()) return {};
  const ResourceType* parent = find_type(all, type.schema.parent);
  if (parent == nullptr) {
    return wrong(table, fmt::format("the parent of {} is {}, and there is no such type",
                                    type.schema.type, type.schema.parent));
  }
  for (const ParentMapping& mapping : type.schema.parent_mappings) {
    if (has_property(*parent, mapping.parent_property) &&
        type.schema.is_field(mapping.child_property)) {
      continue;
    }
    return wrong(table,
                 fmt::format("{} is mapped to its parent by \"{}\" and \"{}\", and one of "
                             "them is missing",
                             type.schema.type, mapping.parent_property, mapping.child_property));
  }
  return {};
}

Result<std::vector<ResourceType>> read_document(const toml::table& document,
                                                const std::vector<ResourceType>& known) {
  TRY_VOID(only(document, {"type"}));
  TRY(const std::vector<const toml::table*> entries, tables(document, "type"));
  std::vector<ResourceType> types;
  std::vector<ResourceType> all = known;
  for (const toml::table* entry : entries) {
    TRY(ResourceType type, read_type(*entry));
    if (find_type(all, type.schema.type) != nullptr) {
      return wrong(*entry, fmt::format("there is a type {} already", type.schema.type));
    }
    all.push_back(type);
    types.push_back(std::move(type));
  }
  for (size_t i = 0; i < types.size(); ++i) TRY_VOID(check_links(*entries[i], types[i], all));
  return types;
}

}  // namespace

Result<std::vector<ResourceType>> read_types(const std::string& toml_text, std::string_view origin,
                                             const std::vector<ResourceType>& known) {
  const auto refused = [origin](std::string_view why) {
    return fail(fmt::format("cannot load resource types from {}:{}", origin, why));
  };
  // The library throws; nothing leaves this function.
  toml::table document;
  try {
    document = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    return refused(fmt::format("{}: {}", place(error.source()), error.description()));
  }
  Result<std::vector<ResourceType>> types = read_document(document, known);
  if (!types) return refused(types.error().message);
  return types;
}

}  // namespace squall::cloud
