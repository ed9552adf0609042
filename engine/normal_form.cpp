#include "engine/normal_form.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace squall::engine {

namespace {

// What is left out, and how much order is kept.
struct Form {
  bool for_comparison = false;  // collections sorted, JSON texts parsed
  bool as_read = false;         // only what a read gives back
};

class Normaliser {
 public:
  Normaliser(const Schema& schema, HintPath& path, Form form)
      : schema_(schema), path_(path), form_(form) {}

  // in_array: below an array, where no member is dropped.
  Json value(const Json& in, bool in_array) {
    if (is_reference(in)) return in;
    if (const JsonObject* object = in.if_object()) return members(*object, in_array);
    if (const JsonArray* array = in.if_array()) return elements(*array);
    if (form_.for_comparison && in.is_string() && schema_.hint(path_.text()).format == "json") {
      const Result<Json> parsed = parse_json(in.get_string());
      if (parsed) return *parsed;
    }
    return in;
  }

  JsonObject members(const JsonObject& in, bool in_array) {
    JsonObject out;
    out.reserve(in.size());
    const bool top = path_.top();
    for (const auto& entry : in) {
      const std::string_view key = entry.key();
      if (form_.as_read && top && !schema_.is_field(key)) continue;
      const HintPath::Scope scope(path_, key);
      if (form_.as_read && schema_.hint(path_.text()).write_only) continue;
      Json kept = value(entry.value(), in_array);
      if (!in_array && says_nothing(kept)) continue;
      out.emplace(key, std::move(kept));
    }
    return out;
  }

 private:
  JsonArray elements(const JsonArray& in) {
    const UpdateMethod method = schema_.hint(path_.text()).update_method;
    if (method == UpdateMethod::kArray || method == UpdateMethod::kAtomic) {
      JsonArray out;
      out.reserve(in.size());
      for (const Json& element : in) out.push_back(value(element, true));
      return out;
    }
    return unordered(in, method == UpdateMethod::kSet);
  }

  JsonArray unordered(const JsonArray& in, bool is_set) {
    // The text decides what is equal; the value is what is kept.
    std::vector<std::pair<std::string, Json>> kept;
    std::set<std::string, std::less<>> seen;
    for (const Json& element : in) {
      std::string key;
      if (is_set || form_.for_comparison) key = comparison_key(schema_, path_, element);
      if (is_set && !seen.insert(key).second) continue;
      kept.emplace_back(std::move(key), value(element, true));
    }
    if (form_.for_comparison) {
      std::sort(kept.begin(), kept.end(),
                [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    JsonArray out;
    out.reserve(kept.size());
    for (auto& [key, element] : kept) out.push_back(std::move(element));
    return out;
  }

  const Schema& schema_;
  HintPath& path_;
  const Form form_;
};

JsonObject formed(const Schema& schema, const JsonObject& document, Form form) {
  HintPath path;
  Normaliser normaliser(schema, path, form);
  return normaliser.members(document, false);
}

bool holds_scalars(const JsonObject& object) {
  return std::none_of(object.begin(), object.end(),
                      [](const auto& entry) { return entry.value().is_structured(); });
}

// Is it plain to see that a Set holds nothing twice? Many elements are sooner sorted than compared
// with each other.
bool is_plainly_a_set(const JsonArray& array, const FieldHint& hint) {
  constexpr size_t kFew = 8;
  if (array.size() <= 1) return true;
  if (array.size() > kFew || !hint.format.empty()) return false;
  for (const Json* element = array.begin(); element != array.end(); ++element) {
    if (element->is_structured()) return false;
    const auto is_again = [&](const Json& earlier) { return same(earlier, *element); };
    if (std::any_of(array.begin(), element, is_again)) return false;
  }
  return true;
}

// Does the object say something in every member, and no Set anything twice? A collection of which
// that is not plain to see gets a "no".
bool is_normal(const Schema& schema, HintPath& path, const JsonObject& object) {
  return std::all_of(object.begin(), object.end(), [&](const auto& entry) {
    const Json& value = entry.value();
    if (says_nothing(value)) return false;
    if (!value.is_structured() || is_reference(value)) return true;
    const HintPath::Scope scope(path, entry.key());
    if (const JsonObject* inner = value.if_object()) return is_normal(schema, path, *inner);
    const JsonArray& array = value.get_array();
    const FieldHint& hint = schema.hint(path.text());
    if (hint.update_method == UpdateMethod::kSet && !is_plainly_a_set(array, hint)) return false;
    return std::all_of(array.begin(), array.end(), [](const Json& element) {
      const JsonObject* members = element.if_object();
      return members == nullptr ? !element.is_array() : holds_scalars(*members);
    });
  });
}

}  // namespace

bool is_reference(const Json& value) {
  const JsonObject* object = value.if_object();
  if (object == nullptr) return false;
  const Json* mark = object->if_contains("$res");
  return mark != nullptr && mark->is_bool() && mark->get_bool();
}

bool holds_reference(const Json& value) {
  if (is_reference(value)) return true;
  if (const JsonObject* object = value.if_object()) return holds_reference(*object);
  if (const JsonArray* array = value.if_array()) {
    return std::any_of(array->begin(), array->end(),
                       [](const Json& element) { return holds_reference(element); });
  }
  return false;
}

bool holds_reference(const JsonObject& object) {
  return std::any_of(object.begin(), object.end(),
                     [](const auto& entry) { return holds_reference(entry.value()); });
}

bool says_nothing(const Json& value) {
  if (value.is_null()) return true;
  if (const JsonArray* array = value.if_array()) return array->empty();
  if (const JsonObject* object = value.if_object()) return object->empty();
  return false;
}

Document normal_form(const Schema& schema, const Document& document) {
  HintPath path;
  if (is_normal(schema, path, *document)) return document;
  return formed(schema, *document, {});
}

Json normal_form_at(const Schema& schema, HintPath& path, const Json& value) {
  return Normaliser(schema, path, {}).value(value, false);
}

bool equal(const Schema& schema, const JsonObject& a, const JsonObject& b) {
  if (&a == &b) return true;
  // Member by member: most are the same as they stand, and the first that differs decides.
  HintPath path;
  const auto normal = [&](const Json* member) {
    if (member == nullptr) return Json();
    Json out = Normaliser(schema, path, {.for_comparison = true}).value(*member, false);
    return says_nothing(out) ? Json() : out;
  };
  const auto equal_member = [&](std::string_view key, const Json* in_a, const Json* in_b) {
    if (in_a != nullptr && in_b != nullptr && same(*in_a, *in_b)) return true;
    const HintPath::Scope scope(path, key);
    return same(normal(in_a), normal(in_b));
  };
  MemberSearch search_a(a);
  MemberSearch search_b(b);
  return std::all_of(a.begin(), a.end(),
                     [&](const auto& entry) {
                       const Json* in_b = search_b.find(entry.key());
                       return equal_member(entry.key(), &entry.value(), in_b);
                     }) &&
         std::all_of(b.begin(), b.end(), [&](const auto& entry) {
           return search_a.find(entry.key()) != nullptr ||
                  equal_member(entry.key(), nullptr, &entry.value());
         });
}

bool equal_at(const Schema& schema, HintPath& path, const Json& a, const Json& b) {
  if (same(a, b)) return true;
  const bool plain = !a.is_structured() && !b.is_structured();
  if (plain && schema.hint(path.text()).format.empty()) return false;
  Normaliser normaliser(schema, path, {.for_comparison = true});
  return same(normaliser.value(a, false), normaliser.value(b, false));
}

bool equal_as_read(const Schema& schema, const JsonObject& a, const JsonObject& b) {
  if (&a == &b || same(a, b)) return true;
  // One has what a read shows beside the fields; the fields are mostly the same as they stand.
  MemberSearch search_a(a);
  MemberSearch search_b(b);
  const bool has_same_fields =
      std::all_of(schema.fields.begin(), schema.fields.end(), [&](const std::string& field) {
        const Json* in_a = search_a.find(field);
        const Json* in_b = search_b.find(field);
        if (in_a == nullptr || in_b == nullptr) return in_a == in_b;
        return same(*in_a, *in_b);
      });
  if (has_same_fields) return true;
  const Form form{.for_comparison = true, .as_read = true};
  return same(formed(schema, a, form), formed(schema, b, form));
}

std::string comparison_key(const Schema& schema, HintPath& path, const Json& value) {
  Normaliser normaliser(schema, path, {.for_comparison = true});
  return canonical(normaliser.value(value, true));
}

}  // namespace squall::engine
