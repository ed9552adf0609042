#include "spec/after.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "spec/normalise.h"
#include "spec/write_only.h"

namespace squall::spec {

namespace {

struct Merge {
  Mode mode;
  const Schema& schema;
};

// Where a value stands in its document.
struct Place {
  std::string path;
  bool inside_array = false;

  Place member(std::string_view key) const { return {member_path(path, key), inside_array}; }
  Place element() const { return {path, true}; }
};

bool equal(const Json& a, const Json& b, const Merge& merge, const Place& place) {
  if (same(a, b)) return true;  // as they stand, so in N as well
  const bool are_scalars = !a.is_structured() && !b.is_structured();
  if (are_scalars && merge.schema.hint(place.path).format.empty()) return false;
  return same(normalise_value(a, merge.schema, place.path, place.inside_array),
              normalise_value(b, merge.schema, place.path, place.inside_array));
}

Json sent(const Json& wanted, const Merge& merge, const Place& place) {
  return value_as_sent(wanted, merge.schema, place.path, place.inside_array);
}

// The whole of `wanted`, unless it says nothing new.
Json replaced(const Json& actual, const Json& wanted, const Merge& merge, const Place& place) {
  if (equal(actual, wanted, merge, place)) return actual;
  Json out = sent(wanted, merge, place);
  // Left empty by N, it says as little as {} does.
  if (is_empty(out) && !place.inside_array) return actual;
  return out;
}

JsonObject merge_members(const JsonObject& actual, const JsonObject& wanted, const Merge& merge,
                         const Place& place);

Json merge_set(const JsonArray& actual, const JsonArray& wanted, const Merge& merge,
               const Place& place) {
  const Place element = place.element();
  const auto holds = [&](const JsonArray& elements, const Json& sought) {
    return std::any_of(elements.begin(), elements.end(), [&](const Json& candidate) {
      return equal(candidate, sought, merge, element);
    });
  };
  JsonArray out;
  for (const Json& present : actual) {
    if (merge.mode == Mode::kPatch || holds(wanted, present)) out.push_back(present);
  }
  for (const Json& missing : wanted) {
    if (!holds(out, missing)) out.push_back(sent(missing, merge, element));
  }
  return out;
}

// An element that is as it is wanted, empty members included (N drops none inside an array), is
// left alone: merged, a null in it would count as "clear".
Json merge_element(const Json& actual, const Json& wanted, const Merge& merge,
                   const Place& element) {
  if (equal(actual, wanted, merge, element)) return actual;
  if (is_plain_object(actual) && is_plain_object(wanted)) {
    return merge_members(actual.get_object(), wanted.get_object(), merge, element);
  }
  return replaced(actual, wanted, merge, element);
}

Json merge_entity_set(const JsonArray& actual, const JsonArray& wanted, const Merge& merge,
                      const Place& place) {
  const Place element = place.element();
  const std::string& index_field = merge.schema.hint(place.path).index_field;
  const auto find = [&](const JsonArray& elements, const Json& sought) {
    const auto* found = std::find_if(elements.begin(), elements.end(), [&](const Json& candidate) {
      return same_key(candidate, sought, index_field);
    });
    return found == elements.end() ? nullptr : found;
  };
  JsonArray out;
  for (const Json& present : actual) {
    if (const Json* known = find(wanted, present)) {
      out.push_back(merge_element(present, *known, merge, element));
    } else if (merge.mode == Mode::kPatch) {
      out.push_back(present);
    }
  }
  for (const Json& missing : wanted) {
    if (find(actual, missing) == nullptr) out.push_back(sent(missing, merge, element));
  }
  return out;
}

Json merge_array(const JsonArray& actual, const JsonArray& wanted, const Merge& merge,
                 const Place& place) {
  if (actual.size() != wanted.size()) return sent(wanted, merge, place);
  const Place element = place.element();
  JsonArray out;
  for (size_t i = 0; i < actual.size(); ++i) {
    out.push_back(merge_element(actual[i], wanted[i], merge, element));
  }
  return out;
}

// Both are there, and `wanted` is neither null nor empty.
Json merge_value(const Json& actual, const Json& wanted, const Merge& merge, const Place& place) {
  const FieldHint& hint = merge.schema.hint(place.path);
  const UpdateMethod method = hint.update_method;
  // An Opaque value is sealed as a whole, and nobody looks into it.
  if (hint.opaque || method == UpdateMethod::kAtomic) return replaced(actual, wanted, merge, place);
  if (is_plain_object(actual) && is_plain_object(wanted)) {
    return merge_members(actual.get_object(), wanted.get_object(), merge, place);
  }
  if (!actual.is_array() || !wanted.is_array()) return replaced(actual, wanted, merge, place);
  switch (method) {
    case UpdateMethod::kSet:
      return merge_set(actual.get_array(), wanted.get_array(), merge, place);
    case UpdateMethod::kEntitySet:
      return merge_entity_set(actual.get_array(), wanted.get_array(), merge, place);
    default:
      return merge_array(actual.get_array(), wanted.get_array(), merge, place);
  }
}

// Absent in wanted means "not mine", save for an EntitySet, which is owned as a whole.
bool is_removed_when_absent(const Json& actual, const Merge& merge, std::string_view path) {
  if (merge.mode != Mode::kReconcile || !actual.is_array()) return false;
  const FieldHint& hint = merge.schema.hint(path);
  return hint.update_method == UpdateMethod::kEntitySet && !hint.has_provider_default &&
         !hint.write_only && !hint.opaque;
}

// Is a value wanted that is there already, and is it plain to see that it is?
bool is_left_alone(const Json* actual, const Json* wanted) {
  return actual != nullptr && wanted != nullptr && !wanted->is_structured() && !wanted->is_null() &&
         same(*actual, *wanted);
}

std::optional<Json> kept(const Json* actual) {
  return actual == nullptr ? std::nullopt : std::optional<Json>(*actual);
}

// What becomes of one member; nullopt: it is not there. At least one of the two is.
std::optional<Json> merge_member(const Json* actual, const Json* wanted, const Merge& merge,
                                 const Place& place) {
  if (wanted == nullptr) {
    if (is_removed_when_absent(*actual, merge, place.path)) return std::nullopt;
    return *actual;
  }
  if (wanted->is_null()) return std::nullopt;
  if (is_empty(*wanted)) {
    const bool clears = wanted->is_array() && merge.mode == Mode::kReconcile;
    return clears ? std::nullopt : kept(actual);
  }
  if (actual != nullptr) return merge_value(*actual, *wanted, merge, place);
  Json added = sent(*wanted, merge, place);
  if (is_empty(added)) return std::nullopt;
  return added;
}

JsonObject merge_members(const JsonObject& actual, const JsonObject& wanted, const Merge& merge,
                         const Place& place) {
  const auto takes_part = [&](std::string_view key) {
    return !place.path.empty() || merge.schema.is_field(key);
  };
  JsonObject out;
  out.reserve(actual.size() + wanted.size());
  const auto put = [&](std::string_view key, const Json* present, const Json* desired) {
    if (is_left_alone(present, desired)) {
      out.emplace(key, *present);
      return;
    }
    std::optional<Json> value = merge_member(present, desired, merge, place.member(key));
    if (value) out.emplace(key, *std::move(value));
  };
  for (const auto& entry : actual) {
    if (takes_part(entry.key())) {
      put(entry.key(), &entry.value(), wanted.if_contains(entry.key()));
    } else {
      out.emplace(entry.key(), entry.value());
    }
  }
  for (const auto& entry : wanted) {
    if (!takes_part(entry.key()) || actual.contains(entry.key())) continue;
    put(entry.key(), nullptr, &entry.value());
  }
  return out;
}

// Is after(actual, wanted) = actual, in N? Looks at one member after the other and makes a value
// only where it may be another one.
bool leaves_as_it_is(const JsonObject& actual, const JsonObject& wanted, const Merge& merge) {
  const auto is_left = [&](std::string_view key, const Json* present, const Json* desired) {
    if (desired == nullptr && !is_removed_when_absent(*present, merge, key)) return true;
    if (is_left_alone(present, desired)) return true;
    const Place place{std::string(key), false};
    const std::optional<Json> value = merge_member(present, desired, merge, place);
    return same_member(present, value ? &*value : nullptr, merge.schema, place.path);
  };
  return std::all_of(actual.begin(), actual.end(),
                     [&](const auto& entry) {
                       return !merge.schema.is_field(entry.key()) ||
                              is_left(entry.key(), &entry.value(), wanted.if_contains(entry.key()));
                     }) &&
         std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
           return !merge.schema.is_field(entry.key()) || actual.contains(entry.key()) ||
                  is_left(entry.key(), nullptr, &entry.value());
         });
}

}  // namespace

JsonObject after(const JsonObject& actual, const JsonObject& wanted, Mode mode,
                 const Schema& schema) {
  return merge_members(actual, wanted, Merge{mode, schema}, Place{});
}

bool difference_is_empty(const JsonObject& actual, const JsonObject& values,
                         const JsonObject& wanted, Mode mode, const Schema& schema) {
  const Merge merge{mode, schema};
  if (!has_write_only(schema)) return leaves_as_it_is(actual, wanted, merge);
  return leaves_as_it_is(with_write_only(actual, values, schema), wanted, merge);
}

Document declared_after(const JsonObject& before, const Document& desired, Mode mode,
                        const Schema& schema) {
  if (mode == Mode::kReconcile) return as_sent(desired, schema);
  return as_sent(after(before, desired, Mode::kPatch, schema), schema);
}

}  // namespace squall::spec
