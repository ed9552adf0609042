#include "cloud/integrity.h"

#include <fmt/format.h>

#include <algorithm>

#include "cloud/paths.h"

namespace squall::cloud {

namespace {

bool ties(const Schema& schema, const FieldShape& shape) {
  return !shape.refers_to.empty() && is_create_only(schema, shape.path);
}

// Is there a live object of the type with this value?
bool exists(const CloudState& state, const FieldShape& shape, const Json& value) {
  const Schema* producer = state.schema(shape.refers_to);
  if (producer == nullptr) return false;
  const auto objects = state.live(*producer);
  return std::ranges::any_of(objects, [&](const ObjectRecord* object) {
    const Json* property = object->properties()->if_contains(shape.property);
    return property != nullptr && same(*property, value);
  });
}

bool refers(const ObjectRecord& object, const FieldShape& shape, const Json& value) {
  bool found = false;
  visit_values(*object.properties(), shape.path,
               [&](const Json& each) { found = found || same(each, value); });
  return found;
}

}  // namespace

std::string missing_parent(const CloudState& state, const Schema& schema,
                           const JsonObject& properties) {
  std::string missing;
  for (const FieldShape& shape : state.resource_type(schema).shapes) {
    if (!ties(schema, shape)) continue;
    visit_values(properties, shape.path, [&](const Json& value) {
      if (!missing.empty() || value.is_null() || exists(state, shape, value)) return;
      missing = fmt::format("\"{}\" is {}, and there is no {} with that {}", shape.path,
                            canonical(value), shape.refers_to, shape.property);
    });
  }
  return missing;
}

const ObjectRecord* child_of(const CloudState& state, const ObjectRecord& parent) {
  for (const Schema& schema : state.types()) {
    for (const FieldShape& shape : state.resource_type(schema).shapes) {
      if (shape.refers_to != parent.schema->type || !ties(schema, shape)) continue;
      if (edge_at(schema, shape.path) == EdgeKind::kAttachesTo) continue;
      const Json* value = parent.properties()->if_contains(shape.property);
      if (value == nullptr) continue;
      for (const ObjectRecord* object : state.live(schema)) {
        if (object != &parent && refers(*object, shape, *value)) return object;
      }
    }
  }
  return nullptr;
}

const ObjectRecord* bearer_of(const CloudState& state, const Schema& schema,
                              const std::string& name) {
  for (const ObjectRecord* object : state.live(schema)) {
    if (object->name == name) return object;
  }
  return nullptr;
}

}  // namespace squall::cloud
