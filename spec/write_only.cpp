#include "spec/write_only.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "documents/forma.h"
#include "spec/normalise.h"

namespace squall::spec {

namespace {

// The value at `path`: `present`, which holds nothing WriteOnly, with what `known` holds of it.
std::optional<Json> completed(const Json* present, const Json& known, const Schema& schema,
                              const std::string& path);

std::optional<Json> completed_object(const Json* present, const JsonObject& known,
                                     const Schema& schema, const std::string& path) {
  JsonObject out = present == nullptr ? JsonObject() : present->get_object();
  for (const auto& entry : known) {
    const Json* shown =
        present == nullptr ? nullptr : present->get_object().if_contains(entry.key());
    const std::string here = member_path(path, entry.key());
    std::optional<Json> value = completed(shown, entry.value(), schema, here);
    if (value) out.insert_or_assign(entry.key(), *std::move(value));
  }
  if (present == nullptr && out.empty()) return std::nullopt;
  return out;
}

std::optional<Json> completed(const Json* present, const Json& known, const Schema& schema,
                              const std::string& path) {
  if (schema.hint(path).write_only) return known;
  if (is_plain_object(known) && (present == nullptr || is_plain_object(*present))) {
    return completed_object(present, known.get_object(), schema, path);
  }
  if (present == nullptr) return std::nullopt;
  const JsonArray* elements = present->if_array();
  const JsonArray* among = known.if_array();
  if (elements == nullptr || among == nullptr) return *present;
  JsonArray out;
  for (size_t i = 0; i < elements->size(); ++i) {
    const Json& element = (*elements)[i];
    const Json* other = counterpart(*elements, i, *among, schema, path);
    out.push_back(other == nullptr ? element : *completed(&element, *other, schema, path));
  }
  return out;
}

}  // namespace

bool has_write_only(const Schema& schema) {
  return std::any_of(schema.hints.begin(), schema.hints.end(),
                     [](const auto& entry) { return entry.second.write_only; });
}

Json without_write_only(const Json& value, const Schema& schema, const std::string& path) {
  if (is_reference(value)) return value;
  if (const JsonObject* object = value.if_object()) {
    JsonObject out;
    for (const auto& entry : *object) {
      const std::string here = member_path(path, entry.key());
      if (schema.hint(here).write_only) continue;
      out.emplace(entry.key(), without_write_only(entry.value(), schema, here));
    }
    return out;
  }
  if (const JsonArray* array = value.if_array()) {
    JsonArray out;
    for (const Json& element : *array) out.push_back(without_write_only(element, schema, path));
    return out;
  }
  return value;
}

Document without_write_only(const Document& document, const Schema& schema) {
  if (!has_write_only(schema)) return document;
  return std::move(without_write_only(Json(*document), schema, "").get_object());
}

Document with_write_only(const Document& actual, const JsonObject& values, const Schema& schema) {
  if (!has_write_only(schema)) return actual;
  const Json shown = without_write_only(Json(*actual), schema, "");
  return std::move(completed_object(&shown, values, schema, "")->get_object());
}

bool same_key(const Json& a, const Json& b, const std::string& index_field) {
  const Json* left = member(a, index_field);
  const Json* right = member(b, index_field);
  return left != nullptr && right != nullptr && same(*left, *right);
}

const Json* counterpart(const JsonArray& elements, size_t index, const JsonArray& among,
                        const Schema& schema, const std::string& path) {
  const FieldHint& hint = schema.hint(path);
  const Json& element = elements[index];
  const auto stands_for = [&](const Json& other) {
    if (hint.update_method == UpdateMethod::kEntitySet) {
      return same_key(element, other, hint.index_field);
    }
    return same(normalise_value(without_write_only(element, schema, path), schema, path, true),
                normalise_value(without_write_only(other, schema, path), schema, path, true));
  };
  if (hint.update_method == UpdateMethod::kArray || hint.update_method == UpdateMethod::kAtomic) {
    return elements.size() == among.size() ? &among[index] : nullptr;
  }
  const auto* found = std::find_if(among.begin(), among.end(), stands_for);
  return found == among.end() ? nullptr : found;
}

}  // namespace squall::spec
