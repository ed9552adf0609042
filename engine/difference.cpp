#include "engine/difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "documents/patch.h"
#include "engine/normal_form.h"

namespace squall::engine {

namespace {

// One walk over both documents that changes `after` (which starts as `actual`) and writes the same
// change down as an operation, unless nobody will read it.
class Comparison {
 public:
  Comparison(const Schema& schema, Mode mode, const PlantSet& plants, Difference& out,
             bool writes_patch = true)
      : schema_(schema), mode_(mode), plants_(plants), out_(out), writes_patch_(writes_patch) {}

  void object(JsonObject& after, const JsonObject& desired) {
    const bool top = path_.top();
    for (const auto& entry : desired) {
      if (top && !schema_.is_field(entry.key())) continue;
      member(after, entry.key(), entry.value());
    }
    if (mode_ == Mode::kReconcile) remove_undeclared_entity_sets(after, desired);
  }

 private:
  // One step down in the pointer of operations.
  class Step {
   public:
    Step(std::string& pointer, std::string_view token) : pointer_(pointer), size_(pointer.size()) {
      pointer_ += '/';
      append_pointer_token(pointer_, token);
    }
    ~Step() { pointer_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& pointer_;
    size_t size_;
  };

  const FieldHint& hint() const { return schema_.hint(path_.text()); }

  void operation(std::string_view name, const Json* value) {
    if (!writes_patch_) return;
    JsonObject op{{"op", name}, {"path", pointer_}};
    if (value != nullptr) op["value"] = *value;
    out_.patch.push_back(std::move(op));
  }

  void remove(JsonObject& after, std::string_view key) {
    operation("remove", nullptr);
    after.erase(key);
  }

  void member(JsonObject& after, std::string_view key, const Json& want) {
    const HintPath::Scope scope(path_, key);
    const Step step(pointer_, key);
    if (hint().write_only && plants_.has(Plant::kWriteOnlyChangeMissed)) return;
    Json* have = after.if_contains(key);
    const bool present = have != nullptr && !says_nothing(*have);
    if (want.is_null()) {
      if (present && !plants_.has(Plant::kNullDoesNotClear)) remove(after, key);
    } else if (says_nothing(want)) {
      if (present && want.is_array() && mode_ == Mode::kReconcile) remove(after, key);
    } else if (!present) {
      add(after, key, want);
    } else {
      change(*have, want);
    }
  }

  void add(JsonObject& after, std::string_view key, const Json& want) {
    Json value = normal_form_at(schema_, path_, want);
    if (says_nothing(value)) return;
    operation("add", &value);
    after[key] = std::move(value);
  }

  void change(Json& have, const Json& want) {
    if (equal_at(schema_, path_, have, want)) return;
    note_create_only(want);
    const bool both_objects = have.is_object() && want.is_object();
    const bool both_arrays = have.is_array() && want.is_array();
    const bool whole = is_reference(want) || is_reference(have) || (!both_objects && !both_arrays);
    // A sealed value has no parts.
    if (whole || hint().opaque || hint().update_method == UpdateMethod::kAtomic) {
      replace(have, want);
    } else if (both_objects) {
      object(have.get_object(), want.get_object());
    } else {
      collection(have.get_array(), want.get_array());
    }
  }

  // A value that is wanted away, or not known yet, replaces nothing.
  void note_create_only(const Json& want) {
    if (!hint().create_only || holds_reference(want)) return;
    if (says_nothing(normal_form_at(schema_, path_, want))) return;
    out_.create_only.push_back(path_.text());
  }

  void replace(Json& have, const Json& want) {
    Json value = normal_form_at(schema_, path_, want);
    if (says_nothing(value)) return;  // {"A":null} says as little as {}
    // Whether the cloud still holds a WriteOnly value nobody can see; "add" is right either way.
    operation(hint().write_only ? "add" : "replace", &value);
    have = std::move(value);
  }

  void collection(JsonArray& have, const JsonArray& want) {
    switch (hint().update_method) {
      case UpdateMethod::kSet:
        return set(have, want);
      case UpdateMethod::kEntitySet:
        return entity_set(have, want);
      case UpdateMethod::kArray:
        return array(have, want);
      case UpdateMethod::kAtomic:
        break;
    }
    SQUALL_CHECK(false);  // replaced whole
  }

  void array(JsonArray& have, const JsonArray& want) {
    if (have.size() != want.size() && !plants_.has(Plant::kArrayLengthIgnored)) {
      Json value = normal_form_at(schema_, path_, want);
      operation("replace", &value);
      have = std::move(value.get_array());
      return;
    }
    for (size_t i = 0; i < std::min(have.size(), want.size()); ++i) {
      const Step step(pointer_, std::to_string(i));
      element(have[i], want[i]);
    }
  }

  // Not change(): an array inside an array is no collection of its own, it is replaced.
  void element(Json& have, const Json& want) {
    if (equal_at(schema_, path_, have, want)) return;
    const bool recurse =
        have.is_object() && want.is_object() && !is_reference(have) && !is_reference(want);
    if (recurse) {
      object(have.get_object(), want.get_object());
      return;
    }
    operation("replace", &want);
    have = want;
  }

  void set(JsonArray& have, const JsonArray& want) {
    std::set<std::string, std::less<>> wanted;
    std::vector<const Json*> in_order;
    for (const Json& element : want) {
      if (wanted.insert(comparison_key(schema_, path_, element)).second) {
        in_order.push_back(&element);
      }
    }
    std::set<std::string, std::less<>> present;
    std::vector<size_t> extras;
    for (size_t i = 0; i < have.size(); ++i) {
      std::string key = comparison_key(schema_, path_, have[i]);
      if (!wanted.contains(key)) extras.push_back(i);
      present.insert(std::move(key));
    }
    if (mode_ == Mode::kReconcile || plants_.has(Plant::kPatchRemovesSetExtras)) {
      remove_elements(have, extras);
    }
    for (const Json* element : in_order) {
      if (!present.contains(comparison_key(schema_, path_, *element))) append(have, *element);
    }
  }

  void entity_set(JsonArray& have, const JsonArray& want) {
    std::map<std::string, size_t, std::less<>> known;  // by key, position in `have`
    for (size_t i = 0; i < have.size(); ++i) {
      if (std::optional<std::string> key = key_of(have[i])) known.emplace(std::move(*key), i);
    }
    std::set<size_t> kept;
    std::vector<const Json*> added;
    for (size_t at = 0; at < want.size(); ++at) {
      const Json& element = want[at];
      const std::optional<std::string> key = key_of(element);
      SQUALL_CHECK(key.has_value());  // admission refuses elements without one
      const auto found = known.find(*key);
      if (found == known.end()) {
        added.push_back(&element);
        continue;
      }
      size_t place = found->second;
      const bool misplaced = plants_.has(Plant::kEntitySetIndexIgnored) && at < have.size();
      if (misplaced && have[at].is_object()) place = at;
      kept.insert(place);
      if (same(have[place], element)) continue;
      const Step step(pointer_, std::to_string(place));
      object(have[place].get_object(), element.get_object());
    }
    if (mode_ == Mode::kReconcile) {
      std::vector<size_t> extras;
      for (size_t i = 0; i < have.size(); ++i) {
        if (!kept.contains(i)) extras.push_back(i);
      }
      remove_elements(have, extras);
    }
    for (const Json* element : added) append(have, *element);
  }

  std::optional<std::string> key_of(const Json& element) {
    const FieldHint& set_hint = hint();
    const Json* key = member_of(element, set_hint.index_field);
    if (key == nullptr || key->is_null()) return std::nullopt;
    const HintPath::Scope scope(path_, set_hint.index_field);
    return comparison_key(schema_, path_, *key);
  }

  static const Json* member_of(const Json& value, std::string_view key) {
    return is_reference(value) ? nullptr : squall::member(value, key);
  }

  // From the back, so that what is still to come keeps its position.
  void remove_elements(JsonArray& have, const std::vector<size_t>& positions) {
    for (size_t i = positions.size(); i-- > 0;) {
      const Step step(pointer_, std::to_string(positions[i]));
      operation("remove", nullptr);
    }
    size_t next = 0;
    JsonArray rest;
    for (size_t i = 0; i < have.size(); ++i) {
      if (next < positions.size() && positions[next] == i) {
        ++next;
      } else {
        rest.push_back(std::move(have[i]));
      }
    }
    have = std::move(rest);
  }

  void append(JsonArray& have, const Json& element) {
    const Step step(pointer_, "-");
    operation("add", &element);
    have.push_back(element);
  }

  void remove_undeclared_entity_sets(JsonObject& after, const JsonObject& desired) {
    std::vector<std::string> undeclared;
    for (const auto& entry : after) {
      if (desired.contains(entry.key()) || says_nothing(entry.value())) continue;
      if (path_.top() && !schema_.is_field(entry.key())) continue;
      const HintPath::Scope scope(path_, entry.key());
      const FieldHint& of_member = hint();
      if (of_member.update_method != UpdateMethod::kEntitySet || !entry.value().is_array())
        continue;
      if (of_member.has_provider_default || of_member.write_only) continue;
      undeclared.emplace_back(entry.key());
    }
    for (const std::string& key : undeclared) {
      const Step step(pointer_, key);
      remove(after, key);
    }
  }

  const Schema& schema_;
  const Mode mode_;
  const PlantSet& plants_;
  Difference& out_;
  const bool writes_patch_;
  HintPath path_;
  std::string pointer_;
};

// Puts the WriteOnly values that were sent last where reads leave them out.
class WriteOnlyOverlay {
 public:
  explicit WriteOnlyOverlay(const Schema& schema) : schema_(schema) {}

  void members(JsonObject& actual, const JsonObject& values) {
    for (const auto& entry : values) {
      const HintPath::Scope scope(path_, entry.key());
      if (schema_.hint(path_.text()).write_only) {
        actual.insert_or_assign(entry.key(), entry.value());
      } else if (Json* inside = actual.if_contains(entry.key())) {
        value(*inside, entry.value());
      }
    }
  }

 private:
  void value(Json& actual, const Json& values) {
    if (actual.is_object() && values.is_object()) {
      members(actual.get_object(), values.get_object());
    } else if (actual.is_array() && values.is_array()) {
      elements(actual.get_array(), values.get_array());
    }
  }

  void elements(JsonArray& actual, const JsonArray& values) {
    const FieldHint& hint = schema_.hint(path_.text());
    const bool in_order =
        hint.update_method == UpdateMethod::kArray && actual.size() == values.size();
    for (size_t i = 0; i < actual.size(); ++i) {
      if (in_order) value(actual[i], values[i]);
      if (hint.update_method != UpdateMethod::kEntitySet) continue;
      const Json* key = squall::member(actual[i], hint.index_field);
      for (const Json& candidate : values) {
        const Json* other = squall::member(candidate, hint.index_field);
        if (key != nullptr && other != nullptr && same(*key, *other)) value(actual[i], candidate);
      }
    }
  }

  const Schema& schema_;
  HintPath path_;
};

bool has_write_only(const Schema& schema) {
  return std::any_of(schema.hints.begin(), schema.hints.end(),
                     [](const auto& entry) { return entry.second.write_only; });
}

// The value at a hint's path, through objects only. A field's own name may hold dots.
const Json* value_at(const JsonObject& document, std::string_view path) {
  if (const Json* found = document.if_contains(path)) return found;
  const size_t dot = path.find('.');
  const Json* found = document.if_contains(path.substr(0, dot));
  if (found == nullptr || dot == std::string_view::npos) return found;
  return found->is_object() ? value_at(found->get_object(), path.substr(dot + 1)) : nullptr;
}

std::string pointer_to(std::string_view path) {
  std::string out;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('.', start), path.size());
    out += '/';
    append_pointer_token(out, path.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

bool changes(const JsonArray& patch, std::string_view pointer) {
  return std::any_of(patch.begin(), patch.end(), [pointer](const Json& operation) {
    const boost::json::string& at = operation.get_object().at("path").get_string();
    const std::string_view path(at.data(), at.size());
    const auto is_in = [](std::string_view inner, std::string_view outer) {
      return inner.starts_with(outer) &&
             (inner.size() == outer.size() || inner[outer.size()] == '/');
    };
    return is_in(path, pointer) || is_in(pointer, path);
  });
}

// RequiredOnUpdate: sent along with a change, never a reason for one.
void send_along(const Schema& schema, const JsonObject& desired, Difference& out) {
  for (const auto& [path, hint] : schema.hints) {
    if (!hint.required_on_update) continue;
    const Json* wanted = value_at(desired, path);
    const Json* value = value_at(out.after, path);
    if (wanted == nullptr || says_nothing(*wanted) || value == nullptr) continue;
    const std::string pointer =
        schema.is_field(path) ? "/" + escape_pointer_token(path) : pointer_to(path);
    if (changes(out.patch, pointer)) continue;
    out.patch.push_back(JsonObject{{"op", "add"}, {"path", pointer}, {"value", *value}});
  }
}

}  // namespace

Difference difference(const Schema& schema, const JsonObject& actual, const JsonObject& values,
                      const JsonObject& desired, Mode mode, const PlantSet& plants) {
  Difference out;
  out.after = actual;
  if (has_write_only(schema)) WriteOnlyOverlay(schema).members(out.after, values);
  Comparison(schema, mode, plants, out).object(out.after, desired);
  if (!out.empty()) send_along(schema, desired, out);
  return out;
}

Document declared_after(const Schema& schema, const JsonObject& before, const Document& desired,
                        Mode mode) {
  if (mode == Mode::kReconcile) return normal_form(schema, desired);
  Difference out;
  out.after = before;
  const PlantSet none;
  Comparison(schema, mode, none, out, /*writes_patch=*/false).object(out.after, desired);
  return normal_form(schema, std::move(out.after));
}

}  // namespace squall::engine
