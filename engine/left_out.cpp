#include "engine/left_out.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/normal_form.h"

namespace squall::engine {

namespace {

class Completion {
 public:
  Completion(const Schema& schema, const IsMadeAnew& is_made_anew)
      : schema_(schema), is_made_anew_(is_made_anew) {}

  bool members(JsonObject& desired, const JsonObject& declared) {
    bool added = false;
    for (const auto& entry : declared) {
      if (!follows(entry.value())) continue;
      const HintPath::Scope scope(path_, entry.key());
      Json* said = desired.if_contains(entry.key());
      const bool left_out = said == nullptr || (!said->is_null() && says_nothing(*said));
      if (left_out) {
        desired[entry.key()] = entry.value();
        added = true;
      } else {
        added = parts(*said, entry.value()) || added;
      }
    }
    return added;
  }

 private:
  bool parts(Json& desired, const Json& declared) {
    const FieldHint& hint = schema_.hint(path_.text());
    if (hint.opaque || hint.update_method == UpdateMethod::kAtomic) return false;
    if (is_object(desired) && is_object(declared)) {
      return members(desired.get_object(), declared.get_object());
    }
    const bool by_key = hint.update_method == UpdateMethod::kEntitySet;
    if (!by_key || !desired.is_array() || !declared.is_array()) return false;
    return elements(desired.get_array(), declared.get_array(), hint.index_field);
  }

  bool elements(JsonArray& desired, const JsonArray& declared, const std::string& index_field) {
    bool added = false;
    for (const Json& element : declared) {
      if (!follows(element) || !is_object(element)) continue;
      const std::string key = key_of(element, index_field);
      const auto said = std::find_if(desired.begin(), desired.end(), [&](const Json& other) {
        return is_object(other) && key_of(other, index_field) == key;
      });
      if (said == desired.end()) {
        desired.push_back(element);
        added = true;
      } else {
        added = members(said->get_object(), element.get_object()) || added;
      }
    }
    return added;
  }

  std::string key_of(const Json& element, const std::string& index_field) {
    const HintPath::Scope scope(path_, index_field);
    const Json* key = member(element, index_field);
    return key == nullptr ? std::string() : comparison_key(schema_, path_, *key);
  }

  static bool is_object(const Json& value) { return value.is_object() && !is_reference(value); }

  bool follows(const Json& value) const {
    if (const JsonObject* object = value.if_object()) {
      if (const std::optional<Reference> reference = as_reference(value)) {
        return is_made_anew_(reference->producer);
      }
      return std::any_of(object->begin(), object->end(),
                         [this](const auto& entry) { return follows(entry.value()); });
    }
    const JsonArray* array = value.if_array();
    return array != nullptr && std::any_of(array->begin(), array->end(),
                                           [this](const Json& each) { return follows(each); });
  }

  const Schema& schema_;
  const IsMadeAnew& is_made_anew_;
  HintPath path_;
};

}  // namespace

std::optional<JsonObject> with_left_out(const Schema& schema, const JsonObject& declared,
                                        const JsonObject& desired, const IsMadeAnew& is_made_anew) {
  JsonObject out = desired;
  if (!Completion(schema, is_made_anew).members(out, declared)) return std::nullopt;
  return out;
}

}  // namespace squall::engine
