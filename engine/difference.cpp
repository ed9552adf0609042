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
// change down as an operation.
class Comparison {
 public:
  Comparison(const Schema& schema, Mode mode, bool with_write_only, Difference& out)
      : schema_(schema), mode_(mode), with_write_only_(with_write_only), out_(out) {}

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
      pointer_ += escape_pointer_token(token);
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
    if (hint().write_only && !with_write_only_) return;
    Json* have = after.if_contains(key);
    const bool present = have != nullptr && !says_nothing(*have);
    if (want.is_null()) {
      if (present) remove(after, key);
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
    if (hint().create_only && !holds_reference(want)) out_.create_only.push_back(path_.text());
    const bool both_objects = have.is_object() && want.is_object();
    const bool both_arrays = have.is_array() && want.is_array();
    const bool whole = is_reference(want) || is_reference(have) || (!both_objects && !both_arrays);
    if (whole || hint().update_method == UpdateMethod::kAtomic) {
      replace(have, want);
    } else if (both_objects) {
      object(have.get_object(), want.get_object());
    } else {
      collection(have.get_array(), want.get_array());
    }
  }

  void replace(Json& have, const Json& want) {
    Json value = normal_form_at(schema_, path_, want);
    if (says_nothing(value)) return;  // {"A":null} says as little as {}
    operation("replace", &value);
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
    if (have.size() != want.size()) {
      Json value = normal_form_at(schema_, path_, want);
      operation("replace", &value);
      have = std::move(value.get_array());
      return;
    }
    for (size_t i = 0; i < have.size(); ++i) {
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
    if (mode_ == Mode::kReconcile) remove_elements(have, extras);
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
    for (const Json& element : want) {
      const std::optional<std::string> key = key_of(element);
      SQUALL_CHECK(key.has_value());  // admission refuses elements without one
      const auto found = known.find(*key);
      if (found == known.end()) {
        added.push_back(&element);
        continue;
      }
      kept.insert(found->second);
      const Step step(pointer_, std::to_string(found->second));
      object(have[found->second].get_object(), element.get_object());
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
      if (of_member.has_provider_default) continue;
      if (of_member.write_only && !with_write_only_) continue;
      undeclared.emplace_back(entry.key());
    }
    for (const std::string& key : undeclared) {
      const Step step(pointer_, key);
      remove(after, key);
    }
  }

  const Schema& schema_;
  const Mode mode_;
  const bool with_write_only_;
  Difference& out_;
  HintPath path_;
  std::string pointer_;
};

// RequiredOnUpdate: sent along with a change, never a reason for one.
void send_along(const Schema& schema, const JsonObject& desired, Difference& out) {
  for (const auto& entry : desired) {
    if (!schema.hint(entry.key()).required_on_update) continue;
    const Json* value = out.after.if_contains(entry.key());
    if (value == nullptr) continue;
    out.patch.push_back(JsonObject{
        {"op", "add"}, {"path", "/" + escape_pointer_token(entry.key())}, {"value", *value}});
  }
}

}  // namespace

Difference difference(const Schema& schema, const JsonObject& actual, const JsonObject& desired,
                      Mode mode) {
  Difference out;
  out.after = actual;
  Comparison(schema, mode, false, out).object(out.after, desired);
  if (!out.empty()) send_along(schema, desired, out);
  return out;
}

JsonObject declared_after(const Schema& schema, const JsonObject& before, const JsonObject& desired,
                          Mode mode) {
  if (mode == Mode::kReconcile) return normal_form(schema, desired);
  Difference out;
  out.after = before;
  Comparison(schema, mode, true, out).object(out.after, desired);
  return normal_form(schema, out.after);
}

}  // namespace squall::engine
