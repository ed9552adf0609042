#include "engine/validation.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/normal_form.h"
#include "engine/references.h"

namespace squall::engine {

namespace {

using Verdict = std::optional<Rejection>;

Rejection rejection(RejectionType type, std::string message) { return {type, std::move(message)}; }

Rejection invalid(std::string message) {
  return rejection(RejectionType::kInvalidForma, std::move(message));
}

// Every EntitySet of a document: elements are told apart by their key, so each has one of its own.
class EntityKeys {
 public:
  explicit EntityKeys(const Schema& schema) : schema_(schema) {}

  // What is wrong, or nullopt.
  std::optional<std::string> check(const JsonObject& members) {
    for (const auto& entry : members) {
      const HintPath::Scope scope(path_, entry.key());
      if (std::optional<std::string> wrong = value(entry.value())) return wrong;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> value(const Json& in) {
    if (is_reference(in)) return std::nullopt;
    if (const JsonObject* object = in.if_object()) return check(*object);
    const JsonArray* array = in.if_array();
    if (array == nullptr) return std::nullopt;
    const FieldHint& hint = schema_.hint(path_.text());
    if (hint.update_method == UpdateMethod::kEntitySet) {
      if (std::optional<std::string> wrong = keys(*array, hint.index_field)) return wrong;
    }
    for (const Json& element : *array) {
      if (std::optional<std::string> wrong = value(element)) return wrong;
    }
    return std::nullopt;
  }

  std::optional<std::string> keys(const JsonArray& elements, const std::string& index_field) {
    std::set<std::string> seen;
    for (const Json& element : elements) {
      const Json* key = is_reference(element) ? nullptr : member(element, index_field);
      if (key == nullptr || key->is_null()) {
        return path_.text() + " has an element without its key " + index_field;
      }
      const HintPath::Scope scope(path_, index_field);
      if (!seen.insert(comparison_key(schema_, path_, *key)).second) {
        return path_.text() + " is " + canonical(*key) + " in two elements";
      }
    }
    return std::nullopt;
  }

  const Schema& schema_;
  HintPath path_;
};

// A secret may only go where it stays one.
Verdict check_secrets(const DeclaredResource& resource, const Schemas& schemas) {
  Verdict wrong;
  const auto visit = [&](const Place& place, const Reference& reference) {
    const Schema* producer = schemas.find(reference.producer.type);
    if (place.opaque || wrong || producer == nullptr) return;
    if (!producer->hint(reference.property).opaque) return;
    wrong = invalid("resource " + to_string(resource.identity) + " refers to the secret " +
                    reference.property + " of " + to_string(reference.producer) +
                    " in a field that is not opaque");
  };
  for_each_placed_reference(schemas.of(resource.identity.type), resource.properties, visit);
  return wrong;
}

Verdict check_resource(const DeclaredResource& resource, const Schemas& schemas, bool apply) {
  const auto name = [&] { return "resource " + to_string(resource.identity); };
  if (resource.identity.label.empty() || resource.identity.stack.empty() ||
      resource.identity.type.empty()) {
    return invalid(name() + " needs a label, a stack and a type");
  }
  const Schema* schema = schemas.find(resource.identity.type);
  if (schema == nullptr) {
    return invalid(name() + ": the provider has no such type");
  }
  if (!apply) return std::nullopt;
  for (const auto& entry : resource.properties) {
    if (schema->is_field(entry.key())) continue;
    return invalid(name() + ": " + std::string(entry.key()) +
                   " is no writable property of its type");
  }
  const std::optional<std::string> wrong_key = EntityKeys(*schema).check(resource.properties);
  if (wrong_key) return invalid(name() + ": " + *wrong_key);
  return check_secrets(resource, schemas);
}

Verdict check_form(const Forma& forma, const Schemas& schemas, bool apply) {
  for (const DeclaredStack& stack : forma.stacks) {
    if (stack.label.empty()) return invalid("a stack of the forma has an empty label");
  }
  for (const Target& target : forma.targets) {
    if (apply && target.label.empty()) return invalid("a target of the forma has an empty label");
  }
  std::set<ResourceIdentity> seen;
  for (const DeclaredResource& resource : forma.resources) {
    if (Verdict wrong = check_resource(resource, schemas, apply)) return wrong;
    if (!seen.insert(resource.identity).second) {
      return invalid("resource " + to_string(resource.identity) + " is in the forma twice");
    }
  }
  return std::nullopt;
}

Verdict check_targets(const State& state, const Forma& forma) {
  std::map<std::string, const Target*> declared;
  for (const Target& target : forma.targets) {
    const Target* known = state.target(target.label);
    if (known == nullptr) known = declared.try_emplace(target.label, &target).first->second;
    if (known->name_space != target.name_space) {
      return rejection(RejectionType::kTargetAlreadyExists,
                       "target " + target.label + " exists with namespace " + known->name_space +
                           ", not " + target.name_space + ": use another label");
    }
  }
  for (const DeclaredResource& resource : forma.resources) {
    if (declared.contains(resource.target) || state.target(resource.target) != nullptr) continue;
    return rejection(RejectionType::kTargetReferenceNotFound,
                     "resource " + to_string(resource.identity) + ": target \"" + resource.target +
                         "\" is neither in the forma nor known");
  }
  return std::nullopt;
}

// Is the member at `path` ("Settings.Level") absent or null? Where an object on the way is absent,
// nothing is asked of its members. `explicitly_null` tells the two kinds of absence apart.
struct Missing {
  bool missing = false;
  bool explicitly_null = false;
};
Missing is_missing(const JsonObject& object, std::string_view path);

Missing is_missing(const Json& value, std::string_view path) {
  static const JsonObject kNoMembers;
  return is_missing(value.is_object() ? value.get_object() : kNoMembers, path);
}

Missing is_missing(const JsonObject& object, std::string_view path) {
  const size_t dot = path.find('.');
  const Json* found = object.if_contains(path.substr(0, dot));
  if (dot == std::string_view::npos) {
    return {found == nullptr || found->is_null(), found != nullptr && found->is_null()};
  }
  if (found == nullptr || found->is_null() || is_reference(*found)) return {};
  const std::string_view rest = path.substr(dot + 1);
  const JsonArray* elements = found->if_array();
  if (elements == nullptr) return is_missing(*found, rest);
  for (const Json& element : *elements) {
    const Missing in_element = is_missing(element, rest);
    if (in_element.missing) return in_element;
  }
  return {};
}

Verdict check_required(const State& state, const Schemas& schemas, const CommandRequest& request) {
  for (const DeclaredResource& resource : request.forma.resources) {
    const RowEntry* row = state.row(resource.identity);
    const bool exists = row != nullptr;
    const bool made = exists && !row->row->native_id.empty();
    for (const auto& [path, hint] : schemas.of(resource.identity.type).hints) {
      const bool asked = hint.required || (hint.required_on_create && !exists);
      if (!asked) continue;
      const Missing found = is_missing(*resource.properties, path);
      if (!found.missing) continue;
      // A patch leaves alone what it does not name; a null would take the value away.
      if (request.mode == Mode::kPatch && made && !found.explicitly_null) continue;
      return rejection(RejectionType::kRequiredFieldMissingOnCreate,
                       "resource " + to_string(resource.identity) + " needs " + path);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> validate(const State& state, const Schemas& schemas,
                                  const CommandRequest& request) {
  const bool apply = request.kind == CommandKind::kApply;
  if (Verdict wrong = check_form(request.forma, schemas, apply)) return wrong;
  if (!apply) return std::nullopt;
  if (Verdict wrong = check_targets(state, request.forma)) return wrong;
  return check_required(state, schemas, request);
}

std::vector<std::string> named_stacks(const Forma& forma) {
  std::set<std::string> stacks;
  for (const DeclaredStack& stack : forma.stacks) stacks.insert(stack.label);
  for (const DeclaredResource& resource : forma.resources) stacks.insert(resource.identity.stack);
  return {stacks.begin(), stacks.end()};
}

}  // namespace squall::engine
