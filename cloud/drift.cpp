#include "cloud/drift.h"

#include <fmt/format.h>

#include <utility>

#include "cloud/verdict.h"
#include "documents/patch.h"

namespace squall::cloud {

Result<Change> put(CloudState& state, const std::string& type, const std::string& target,
                   const JsonObject& properties, Instant now) {
  const Schema* schema = state.schema(type);
  if (schema == nullptr) {
    return fail(fmt::format("cannot put an object: this cloud knows no type \"{}\"", type));
  }
  const Result<void> fields = check_fields(*schema, properties);
  if (!fields) return fail(fmt::format("cannot put an object: {}", fields.error().message));
  const std::string name = name_in(properties);
  const bool id_is_name = state.resource_type(*schema).id_is_name;
  if (id_is_name && (name.empty() || state.find_alive(name) != nullptr)) {
    return fail(fmt::format("cannot put an object: its Name \"{}\" is its native id, and is {}",
                            name, name.empty() ? "no text" : "taken"));
  }
  return last_change(Effect::kCreated, state.create(*schema, target, properties, false, now));
}

Result<Change> patch(CloudState& state, const NativeId& id, const JsonArray& patch, Instant now) {
  const ObjectRecord* object = state.find_alive(id);
  if (object == nullptr)
    return fail(fmt::format("cannot patch \"{}\": there is no such object", id));
  const JsonObject& before = *object->properties();
  Result<Json> after = patched(before, patch);
  if (!after) return fail(fmt::format("cannot patch \"{}\": {}", id, after.error().message));
  if (!after->is_object()) return fail(fmt::format("cannot patch \"{}\": no object is left", id));
  auto next = std::make_shared<JsonObject>(std::move(after->get_object()));
  const Schema& schema = *object->schema;
  JsonObject writable;
  for (const auto& entry : *next) {
    // Read-only properties may drift as well, but none appears, and the id stays what it is.
    const Json* was = before.if_contains(entry.key());
    if (!schema.is_field(entry.key()) && was != nullptr) continue;
    writable.insert(entry);
  }
  const Result<void> fields = check_fields(schema, writable);
  if (!fields) return fail(fmt::format("cannot patch \"{}\": {}", id, fields.error().message));
  if (state.resource_type(schema).id_is_name && name_in(*next) != id) {
    return fail(
        fmt::format("cannot patch \"{}\": its Name is its native id and cannot change", id));
  }
  const Json* was_id = before.if_contains(schema.identifier);
  const Json* is_id = next->if_contains(schema.identifier);
  if (was_id != nullptr && (is_id == nullptr || *was_id != *is_id)) {
    return fail(fmt::format("cannot patch \"{}\": \"{}\" is its native id and cannot change", id,
                            schema.identifier));
  }
  if (same(before, *next)) return unchanged(object);
  return last_change(Effect::kUpdated, state.update(id, std::move(next), now));
}

Result<Change> remove(CloudState& state, const NativeId& id, Instant now) {
  if (state.find_alive(id) == nullptr) {
    return fail(fmt::format("cannot remove \"{}\": there is no such object", id));
  }
  return last_change(Effect::kDeleted, state.remove(id, now));
}

}  // namespace squall::cloud
