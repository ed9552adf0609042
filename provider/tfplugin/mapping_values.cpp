// Values, from Terraform to the cloud and back.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "documents/patch.h"
#include "documents/reader.h"
#include "provider/tfplugin/mapping.h"

namespace squall::tfplugin {

namespace {

using Form = FieldMapping::Form;

// --- To the cloud.

Result<Json> json_of(const Value& value) {
  if (value.is_null()) return Json(nullptr);
  if (value.is_unknown()) return fail("it is not known yet");
  if (const bool* yes = value.if_bool()) return Json(*yes);
  if (const Number* number = value.if_number()) return number->to_json();
  if (const std::string* text = value.if_string()) return Json(*text);
  if (const Value::Dynamic* dynamic = value.if_dynamic()) return json_of(*dynamic->value);
  if (const Value::List* list = value.if_list()) {
    JsonArray out;
    for (const Value& each : *list) {
      TRY(Json element, json_of(each));
      out.push_back(std::move(element));
    }
    return Json(std::move(out));
  }
  JsonObject out;
  for (const auto& [key, each] : *value.if_map()) {
    TRY(out[key], json_of(each));
  }
  return Json(std::move(out));
}

Result<JsonObject> object_of(const std::vector<FieldMapping>& fields, const Value& value,
                             const Value& config);

// What the cloud keeps nothing of: null, and no blocks at all.
bool is_absent(const FieldMapping& field, const Value& value) {
  if (value.is_null()) return true;
  const Value::List* list = value.if_list();
  return field.form == Form::kObjectBlocks && list != nullptr && list->empty();
}

// REQUIRES: not absent.
Result<Json> json_of_field(const FieldMapping& field, const Value& value, const Value& config) {
  Result<Json> out;
  if (value.is_unknown()) {
    out = fail("it is not known yet");
  } else if (field.form == Form::kObject) {
    TRY(JsonObject object, object_of(field.members, value, config));
    return Json(std::move(object));
  } else if (field.is_collection_of_objects()) {
    JsonArray array;
    for (const Value& element : *value.if_list()) {
      TRY(JsonObject object, object_of(field.members, element, Value()));
      array.push_back(std::move(object));
    }
    return Json(std::move(array));
  } else {
    out = json_of(value);
  }
  if (!out) return fail(fmt::format("the attribute {}: {}", field.attribute, out.error().message));
  return out;
}

Result<JsonObject> object_of(const std::vector<FieldMapping>& fields, const Value& value,
                             const Value& config) {
  JsonObject out;
  for (const FieldMapping& field : fields) {
    if (field.read_only) continue;
    const Value& own_config = config.at(field.attribute);
    const Value& own = field.hint.write_only ? own_config : value.at(field.attribute);
    if (is_absent(field, own)) continue;
    TRY(out[field.property], json_of_field(field, own, own_config));
  }
  return out;
}

// --- From the cloud.

std::unexpected<Error> unlike(const FieldMapping& field, const Json& json, std::string_view want) {
  return fail(fmt::format("the cloud's property {} is {}, where the schema has {}", field.path,
                          kind_in_words(json), want));
}

Result<Value> number_of(const FieldMapping& field, const Json& json) {
  if (!json.is_number()) return unlike(field, json, "a number");
  TRY(Number number, Number::from_json(json));
  return Value(std::move(number));
}

Result<Value> texts_of(const FieldMapping& field, const Json& json) {
  const JsonArray* array = json.if_array();
  if (array == nullptr) return unlike(field, json, "an array");
  Value::List out;
  for (const Json& element : *array) {
    if (!element.is_string()) return unlike(field, element, "texts");
    out.emplace_back(std::string(element.get_string()));
  }
  return field.form == Form::kTextSet ? Value::set(std::move(out)) : Value(std::move(out));
}

// With the type that its JSON has.
Result<std::pair<Type, Value>> guessed(const Json& json) {
  if (json.is_null()) return std::pair(Type::dynamic(), Value());
  if (json.is_bool()) return std::pair(Type::boolean(), Value(json.get_bool()));
  if (json.is_string()) return std::pair(Type::string(), Value(std::string(json.get_string())));
  if (json.is_number()) {
    TRY(Number number, Number::from_json(json));
    return std::pair(Type::number(), Value(std::move(number)));
  }
  if (const JsonArray* array = json.if_array()) {
    std::vector<Type> types;
    Value::List values;
    for (const Json& element : *array) {
      TRY(auto each, guessed(element));
      types.push_back(std::move(each.first));
      values.push_back(std::move(each.second));
    }
    return std::pair(Type::tuple(std::move(types)), Value(std::move(values)));
  }
  std::map<std::string, Type> types;
  Value::Map values;
  for (const auto& entry : json.get_object()) {
    TRY(auto each, guessed(entry.value()));
    types.emplace(entry.key(), std::move(each.first));
    values.emplace(entry.key(), std::move(each.second));
  }
  return std::pair(Type::object(std::move(types)), Value(std::move(values)));
}

// normalises: what the cloud holds for equal to `before` is told as it was before.
Result<Value> value_of(const FieldMapping& field, const Json* json, const Value& before,
                       bool normalises);

Result<Value::Map> attributes_of(const std::vector<FieldMapping>& fields,
                                 const JsonObject& properties, const Value& before,
                                 bool normalises) {
  Value::Map out;
  for (const FieldMapping& field : fields) {
    const Json* json = properties.if_contains(field.property);
    if (field.hint.write_only) json = nullptr;
    TRY(out[field.attribute], value_of(field, json, before.at(field.attribute), normalises));
  }
  return out;
}

Result<Value> objects_of(const FieldMapping& field, const Json& json) {
  const JsonArray* array = json.if_array();
  if (array == nullptr) return unlike(field, json, "an array");
  Value::List out;
  for (const Json& element : *array) {
    if (!element.is_object()) return unlike(field, element, "objects");
    TRY(Value::Map object, attributes_of(field.members, element.get_object(), Value(), false));
    out.emplace_back(std::move(object));
  }
  return field.form == Form::kObjectList ? Value(std::move(out)) : Value::set(std::move(out));
}

Result<Value> told_value(const FieldMapping& field, const Json& json, const Value& before,
                         bool normalises) {
  switch (field.form) {
    case Form::kText:
      if (!json.is_string()) return unlike(field, json, "a text");
      return Value(std::string(json.get_string()));
    case Form::kNumber:
      return number_of(field, json);
    case Form::kBoolean:
      if (!json.is_bool()) return unlike(field, json, "true or false");
      return Value(json.get_bool());
    case Form::kDynamic: {
      TRY(auto both, guessed(json));
      return Value::dynamic(std::move(both.first), std::move(both.second));
    }
    case Form::kTextSet:
    case Form::kTextList:
      return texts_of(field, json);
    case Form::kObject: {
      if (!json.is_object()) return unlike(field, json, "an object");
      TRY(Value::Map object, attributes_of(field.members, json.get_object(), before, normalises));
      return Value(std::move(object));
    }
    case Form::kObjectSet:
    case Form::kObjectList:
    case Form::kObjectBlocks:
      return objects_of(field, json);
  }
  return fail("a form that nobody knows");
}

// The value as a cloud that normalises keeps it.
Value normal_form(const FieldMapping& field, const Value& value) {
  if (const std::string* text = value.if_string()) {
    std::string out = *text;
    for (char& c : out) {
      if (field.lower_case && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
  }
  if (const Value::List* list = value.if_list()) {
    Value::List out;
    for (const Value& each : *list) out.push_back(normal_form(field, each));
    const bool ordered = field.form == Form::kTextList || field.form == Form::kObjectList;
    return field.sorted || !ordered ? Value::set(std::move(out)) : Value(std::move(out));
  }
  if (const Value::Map* map = value.if_map()) {
    Value::Map out = *map;
    for (const FieldMapping& member : field.members) {
      out[member.attribute] = normal_form(member, value.at(member.attribute));
    }
    return out;
  }
  return value;
}

Result<Value> value_of(const FieldMapping& field, const Json* json, const Value& before,
                       bool normalises) {
  if (json == nullptr || json->is_null()) {
    return field.form == Form::kObjectBlocks ? Value(Value::List()) : Value();
  }
  TRY(Value told, told_value(field, *json, before, normalises));
  if (normalises && before.is_known() && normal_form(field, before) == normal_form(field, told)) {
    return before;
  }
  return told;
}

void keep_versions(const std::vector<FieldMapping>& fields, const Value& before, Value::Map& out) {
  for (const FieldMapping& field : fields) {
    if (!field.version_attribute.empty()) {
      out[field.version_attribute] = before.at(field.version_attribute);
    }
    keep_versions(field.members, before, out);
  }
}

// --- Patches.

class PatchWriter {
 public:
  PatchWriter(const Value& prior, const Value& planned) : prior_(prior), planned_(planned) {}

  struct Sides {
    const Value& prior;
    const Value& planned;
    const Value& config;
  };

  Result<void> add_all(const std::vector<FieldMapping>& fields, const Sides& sides,
                       const std::string& pointer) {
    for (const FieldMapping& field : fields) {
      if (field.read_only) continue;
      const std::string& name = field.attribute;
      TRY_VOID(add(field, {sides.prior.at(name), sides.planned.at(name), sides.config.at(name)},
                   pointer + "/" + escape_pointer_token(field.property)));
    }
    return {};
  }

  // What is to be sent along with every update.
  Result<void> add_required(const std::vector<FieldMapping>& fields, const Value& config) {
    if (patch_.empty()) return {};
    for (const FieldMapping& field : fields) {
      if (!field.hint.required_on_update || field.read_only) continue;
      const std::string pointer = "/" + escape_pointer_token(field.property);
      const bool is_sent = std::ranges::any_of(patch_, [&](const Json& operation) {
        const std::string path = text_of(operation, "path");
        return path == pointer || path.starts_with(pointer + "/");
      });
      const Value& own_config = config.at(field.attribute);
      const Value& wanted = field.hint.write_only ? own_config : planned_.at(field.attribute);
      if (is_sent || is_absent(field, wanted)) continue;
      TRY(Json json, json_of_field(field, wanted, own_config));
      patch_.push_back(JsonObject{{"op", "add"}, {"path", pointer}, {"value", std::move(json)}});
    }
    return {};
  }

  JsonArray take() { return std::move(patch_); }

 private:
  Result<void> add(const FieldMapping& field, const Sides& sides, const std::string& pointer) {
    if (field.hint.write_only) return add_write_only(field, sides.config, pointer);
    if (field.form == Form::kObject && sides.prior.is_known() && sides.planned.is_known()) {
      return add_all(field.members, sides, pointer);
    }
    if (sides.prior == sides.planned) return {};
    const bool was = !is_absent(field, sides.prior);
    if (is_absent(field, sides.planned)) {
      if (was) patch_.push_back(JsonObject{{"op", "remove"}, {"path", pointer}});
      return {};
    }
    TRY(Json json, json_of_field(field, sides.planned, sides.config));
    patch_.push_back(
        JsonObject{{"op", was ? "replace" : "add"}, {"path", pointer}, {"value", std::move(json)}});
    return {};
  }

  // Whether the cloud has one, nobody can see: "add" is good either way.
  Result<void> add_write_only(const FieldMapping& field, const Value& config,
                              const std::string& pointer) {
    const std::string& version = field.version_attribute;
    if (prior_.at(version) == planned_.at(version) || config.is_null()) return {};
    TRY(Json json, json_of_field(field, config, config));
    patch_.push_back(JsonObject{{"op", "add"}, {"path", pointer}, {"value", std::move(json)}});
    return {};
  }

  const Value& prior_;
  const Value& planned_;
  JsonArray patch_;
};

}  // namespace

Result<JsonObject> properties_of(const TypeMapping& mapping, const Value& planned,
                                 const Value& config) {
  return object_of(mapping.fields, planned, config);
}

Result<Value> state_of(const TypeMapping& mapping, const NativeId& id, const JsonObject& properties,
                       const Value& before, bool normalises) {
  TRY(Value::Map out, attributes_of(mapping.fields, properties, before, normalises));
  keep_versions(mapping.fields, before, out);
  out[std::string(kIdAttribute)] = Value(id);
  return Value(std::move(out));
}

Result<Value> data_of(const TypeMapping& mapping, const NativeId& id, const JsonObject& properties,
                      const Value& config) {
  TRY(Value::Map out, attributes_of(mapping.fields, properties, Value(), false));
  for (const FieldMapping& field : mapping.fields) {
    if (field.hint.write_only) out.erase(field.attribute);
  }
  out[std::string(kIdAttribute)] = Value(id);
  if (!mapping.type.schema.parent.empty()) {
    out[std::string(kParentAttribute)] = config.at(kParentAttribute);
  }
  return Value(std::move(out));
}

void keep_spelling(const TypeMapping& mapping, const Value& before, Value& planned) {
  Value::Map* map = planned.if_map();
  if (map == nullptr) return;
  for (const FieldMapping& field : mapping.fields) {
    const Value& was = before.at(field.attribute);
    Value& is = (*map)[field.attribute];
    if (was.is_known() && is.is_wholly_known() &&
        normal_form(field, was) == normal_form(field, is)) {
      is = was;
    }
  }
}

Value bare_state(const TypeMapping& mapping, std::string_view id) {
  Value::Map out;
  for (const Attribute& attribute : mapping.resource.attributes) out[attribute.name] = Value();
  for (const NestedBlock& block : mapping.resource.blocks) out[block.name] = Value(Value::List());
  out[std::string(kIdAttribute)] = Value(id);
  return out;
}

Result<JsonArray> patch_of(const TypeMapping& mapping, const Value& prior, const Value& planned,
                           const Value& config) {
  PatchWriter writer(prior, planned);
  TRY_VOID(writer.add_all(mapping.fields, {prior, planned, config}, ""));
  TRY_VOID(writer.add_required(mapping.fields, config));
  return writer.take();
}

}  // namespace squall::tfplugin
