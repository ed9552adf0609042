#include "spec/masked.h"

#include <string>

#include "documents/forma.h"
#include "spec/normalise.h"

namespace squall::spec {

namespace {

Json masked_value(const Json& value, const Schema& schema, const std::string& path);

JsonObject masked_members(const JsonObject& object, const Schema& schema, const std::string& path) {
  JsonObject out;
  for (const auto& entry : object) {
    const std::string here = member_path(path, entry.key());
    out.emplace(entry.key(), masked_value(entry.value(), schema, here));
  }
  return out;
}

Json masked_value(const Json& value, const Schema& schema, const std::string& path) {
  if (is_reference(value)) {
    JsonObject out = value.get_object();
    if (Json* shown = out.if_contains("$value")) *shown = masked_value(*shown, schema, path);
    return out;
  }
  if (schema.hint(path).opaque) {
    if (is_empty(value)) return value;
    return JsonObject{{"$opaque", true}};
  }
  if (const JsonObject* object = value.if_object()) return masked_members(*object, schema, path);
  if (const JsonArray* array = value.if_array()) {
    JsonArray out;
    for (const Json& element : *array) out.push_back(masked_value(element, schema, path));
    return out;
  }
  return value;
}

}  // namespace

JsonObject masked(const JsonObject& document, const Schema& schema) {
  return masked_members(document, schema, "");
}

}  // namespace squall::spec
