#include "spec/normalise.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "documents/forma.h"
#include "spec/write_only.h"

namespace squall::spec {

namespace {

enum class Form { kCompared, kSent };

// Is a value in the form as it stands, whatever its path?
bool has_form(const Json& value, Form form) {
  return !value.is_structured() && !(form == Form::kCompared && value.is_string());
}

Json form_of(const Json& value, const Schema& schema, const std::string& path, bool inside_array,
             Form form);

JsonObject form_of(const JsonObject& object, const Schema& schema, const std::string& path,
                   bool inside_array, Form form) {
  JsonObject out;
  out.reserve(object.size());
  for (const auto& entry : object) {
    Json value =
        has_form(entry.value(), form)
            ? entry.value()
            : form_of(entry.value(), schema, member_path(path, entry.key()), inside_array, form);
    if (inside_array || !is_empty(value)) out.emplace(entry.key(), std::move(value));
  }
  return out;
}

// Keeps the first of equal elements, where equal means equal in the form of comparison.
JsonArray without_duplicates(const JsonArray& elements, const Schema& schema,
                             const std::string& path) {
  JsonArray out;
  std::vector<Json> seen;
  for (const Json& element : elements) {
    Json compared = normalise_value(element, schema, path, true);
    const bool known = std::any_of(seen.begin(), seen.end(),
                                   [&](const Json& earlier) { return same(earlier, compared); });
    if (known) continue;
    seen.push_back(std::move(compared));
    out.push_back(element);
  }
  return out;
}

JsonArray form_of(const JsonArray& array, const Schema& schema, const std::string& path,
                  Form form) {
  const UpdateMethod method = schema.hint(path).update_method;
  const bool is_set = method == UpdateMethod::kSet;
  JsonArray out;
  for (const Json& element : is_set ? without_duplicates(array, schema, path) : array) {
    out.push_back(form_of(element, schema, path, true, form));
  }
  if (form == Form::kCompared && (is_set || method == UpdateMethod::kEntitySet)) {
    // Any fixed order will do, and a digest is the same for the same values.
    std::vector<std::pair<uint64_t, const Json*>> order;
    for (const Json& element : out) order.emplace_back(digest(element), &element);
    std::sort(order.begin(), order.end());
    JsonArray sorted;
    for (const auto& [unused, element] : order) sorted.push_back(*element);
    return sorted;
  }
  return out;
}

Json form_of(const Json& value, const Schema& schema, const std::string& path, bool inside_array,
             Form form) {
  if (has_form(value, form)) return value;
  if (is_reference(value) || schema.hint(path).opaque) return value;
  if (const JsonObject* object = value.if_object()) {
    return form_of(*object, schema, path, inside_array, form);
  }
  if (const JsonArray* array = value.if_array()) return form_of(*array, schema, path, form);
  if (schema.hint(path).format == "json") {
    // A canonical text stays a text: {"a":1} and the text of it are of different types.
    if (const Result<Json> parsed = parse_json(value.get_string())) return Json(canonical(*parsed));
  }
  return value;
}

// Would the form that is sent be the same? "No" may also mean that a look is not enough to tell.
bool is_as_sent(const Json& value, const Schema& schema, const std::string& path);

bool members_are_as_sent(const JsonObject& object, const Schema& schema, const std::string& path,
                         bool inside_array) {
  return std::all_of(object.begin(), object.end(), [&](const auto& entry) {
    if (!inside_array && is_empty(entry.value())) return false;
    if (!entry.value().is_structured()) return true;
    // Inside an array nothing is dropped, however deep.
    return !inside_array && is_as_sent(entry.value(), schema, member_path(path, entry.key()));
  });
}

bool is_scalar(const Json& value) { return !value.is_structured(); }

// Is it plain to see that a Set holds nothing twice?
bool is_plainly_a_set(const JsonArray& array, const FieldHint& hint) {
  if (array.size() <= 1) return true;
  if (!hint.format.empty() || !std::all_of(array.begin(), array.end(), is_scalar)) return false;
  for (const Json* element = array.begin(); element != array.end(); ++element) {
    const auto is_again = [&](const Json& earlier) { return same(earlier, *element); };
    if (std::any_of(array.begin(), element, is_again)) return false;
  }
  return true;
}

bool is_as_sent(const Json& value, const Schema& schema, const std::string& path) {
  if (is_reference(value)) return true;
  const FieldHint& hint = schema.hint(path);
  if (hint.opaque) return true;
  if (const JsonObject* object = value.if_object()) {
    return members_are_as_sent(*object, schema, path, false);
  }
  const JsonArray& array = value.get_array();
  const bool has_no_duplicates =
      hint.update_method != UpdateMethod::kSet || is_plainly_a_set(array, hint);
  return has_no_duplicates && std::all_of(array.begin(), array.end(), [&](const Json& element) {
           const JsonObject* object = element.if_object();
           if (object != nullptr) return members_are_as_sent(*object, schema, path, true);
           return !element.is_array();
         });
}

// N of a member of a document; null where N drops it or it is not there.
Json normal_member(const Json* value, const Schema& schema, const std::string& path) {
  if (value == nullptr) return nullptr;
  Json out = normalise_value(*value, schema, path, false);
  if (is_empty(out)) return nullptr;
  return out;
}

// Dropped before N: what is left of an object may be empty, and of a Set's elements equal.
std::optional<Json> readable(const Json* value, const Schema& schema, const std::string& path) {
  if (value == nullptr) return std::nullopt;
  return without_write_only(*value, schema, path);
}

}  // namespace

bool is_empty(const Json& value) {
  if (const JsonArray* array = value.if_array()) return array->empty();
  if (const JsonObject* object = value.if_object()) return object->empty();
  return value.is_null();
}

bool is_plain_object(const Json& value) { return value.is_object() && !is_reference(value); }

std::vector<const FieldHint*> hints_along(const Schema& schema, std::string_view path) {
  std::vector<const FieldHint*> out;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    out.push_back(&schema.hint(path.substr(0, dot)));
  }
  out.push_back(&schema.hint(path));
  return out;
}

std::string member_path(const std::string& path, std::string_view member) {
  if (path.empty()) return std::string(member);
  std::string out = path;
  out.append(".").append(member);
  return out;
}

const Json* at_path(const JsonObject& document, std::string_view path) {
  // A key may hold dots itself, so every way to split the path is tried.
  if (const Json* whole = document.if_contains(path)) return whole;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const Json* outer = document.if_contains(path.substr(0, dot));
    const JsonObject* object = outer == nullptr ? nullptr : outer->if_object();
    if (object == nullptr) continue;
    if (const Json* inner = at_path(*object, path.substr(dot + 1))) return inner;
  }
  return nullptr;
}

Json normalise_value(const Json& value, const Schema& schema, const std::string& path,
                     bool inside_array) {
  return form_of(value, schema, path, inside_array, Form::kCompared);
}

Json value_as_sent(const Json& value, const Schema& schema, const std::string& path,
                   bool inside_array) {
  return form_of(value, schema, path, inside_array, Form::kSent);
}

JsonObject normalise(const JsonObject& document, const Schema& schema) {
  return form_of(document, schema, "", false, Form::kCompared);
}

Document as_sent(const Document& document, const Schema& schema) {
  if (members_are_as_sent(document, schema, "", false)) return document;
  return form_of(document, schema, "", false, Form::kSent);
}

bool same_member(const Json* a, const Json* b, const Schema& schema, const std::string& path) {
  // Most members are the same as they stand and need no normal form.
  if (a != nullptr && b != nullptr) {
    if (same(*a, *b)) return true;
    const bool are_scalars = !a->is_structured() && !b->is_structured();
    if (are_scalars && schema.hint(path).format.empty()) return false;
  }
  return same(normal_member(a, schema, path), normal_member(b, schema, path));
}

bool same_fields(const JsonObject& a, const JsonObject& b, const Schema& schema) {
  if (&a == &b) return true;
  MemberSearch search_a(a);
  MemberSearch search_b(b);
  return std::all_of(schema.fields.begin(), schema.fields.end(), [&](const std::string& field) {
    const Json* left = search_a.find(field);
    const Json* right = search_b.find(field);
    if (left == nullptr && right == nullptr) return true;
    if (left != nullptr && right != nullptr && same(*left, *right)) return true;
    if (schema.hint(field).write_only) return true;
    const std::optional<Json> readable_left = readable(left, schema, field);
    const std::optional<Json> readable_right = readable(right, schema, field);
    return same_member(readable_left ? &*readable_left : nullptr,
                       readable_right ? &*readable_right : nullptr, schema, field);
  });
}

bool same_declared(const JsonObject& a, const JsonObject& b, const Schema& schema) {
  if (&a == &b) return true;
  MemberSearch search_a(a);
  MemberSearch search_b(b);
  return std::all_of(a.begin(), a.end(),
                     [&](const auto& entry) {
                       const std::string key(entry.key());
                       return same_member(&entry.value(), search_b.find(key), schema, key);
                     }) &&
         std::all_of(b.begin(), b.end(), [&](const auto& entry) {
           const std::string key(entry.key());
           return search_a.find(key) != nullptr ||
                  same_member(nullptr, &entry.value(), schema, key);
         });
}

}  // namespace squall::spec
