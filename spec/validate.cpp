#include "spec/validate.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/normalise.h"
#include "spec/resolve.h"

namespace squall::spec {

namespace {

using Check = std::optional<Refused>;

Refused refused(RejectionType type, const ResourceIdentity& identity, const std::string& what) {
  return Refused{type, to_string(identity) + ": " + what};
}

Refused invalid(std::string reason) {
  return Refused{RejectionType::kInvalidForma, std::move(reason)};
}

Check check_labels(const Forma& forma, bool is_apply) {
  for (const DeclaredStack& stack : forma.stacks) {
    if (stack.label.empty()) return invalid("a stack has no label");
  }
  for (const Target& target : forma.targets) {
    if (is_apply && target.label.empty()) return invalid("a target has no label");
  }
  for (const DeclaredResource& resource : forma.resources) {
    const ResourceIdentity& identity = resource.identity;
    if (identity.label.empty() || identity.stack.empty() || identity.type.empty()) {
      return invalid("a resource lacks its label, stack or type: " + to_string(identity));
    }
  }
  return std::nullopt;
}

Check check_identities(const Forma& forma, const std::vector<Schema>& schemas) {
  std::set<ResourceIdentity> seen;
  for (const DeclaredResource& resource : forma.resources) {
    if (!seen.insert(resource.identity).second) {
      return invalid(to_string(resource.identity) + " comes twice");
    }
    if (find_schema(schemas, resource.identity.type) == nullptr) {
      return invalid(to_string(resource.identity) + ": unknown type");
    }
  }
  return std::nullopt;
}

// Does every element have the key, and none the key of another? null is as good as none.
bool has_good_keys(const JsonArray& elements, const std::string& index_field) {
  std::vector<const Json*> keys;
  for (const Json& element : elements) {
    const Json* key = member(element, index_field);
    if (key == nullptr || key->is_null()) return false;
    for (const Json* other : keys) {
      if (same(*key, *other)) return false;
    }
    keys.push_back(key);
  }
  return true;
}

// The path of an EntitySet whose keys are missing or repeated; "" where all are good.
std::string bad_entity_set(const Json& value, const Schema& schema, const std::string& path) {
  if (is_reference(value)) return "";
  if (const JsonObject* object = value.if_object()) {
    for (const auto& entry : *object) {
      std::string bad = bad_entity_set(entry.value(), schema, member_path(path, entry.key()));
      if (!bad.empty()) return bad;
    }
  }
  const JsonArray* array = value.if_array();
  if (array == nullptr) return "";
  const FieldHint& hint = schema.hint(path);
  const bool is_entity_set = hint.update_method == UpdateMethod::kEntitySet;
  if (is_entity_set && !has_good_keys(*array, hint.index_field)) return path;
  for (const Json& element : *array) {
    std::string bad = bad_entity_set(element, schema, path);
    if (!bad.empty()) return bad;
  }
  return "";
}

Check check_properties(const Forma& forma, const std::vector<Schema>& schemas) {
  for (const DeclaredResource& resource : forma.resources) {
    const Schema* schema = find_schema(schemas, resource.identity.type);
    SQUALL_CHECK(schema != nullptr);
    for (const auto& entry : resource.properties) {
      const std::string name(entry.key());
      if (!schema->is_field(name)) {
        return refused(RejectionType::kInvalidForma, resource.identity, name + " is no field");
      }
      const std::string bad = bad_entity_set(entry.value(), *schema, name);
      if (!bad.empty()) {
        return refused(RejectionType::kInvalidForma, resource.identity,
                       bad + ": an element without its key, or a key twice");
      }
    }
  }
  return std::nullopt;
}

// A secret is hidden only where it may stand: in an Opaque field.
Check check_opaque_references(const Forma& forma, const std::vector<Schema>& schemas) {
  for (const DeclaredResource& resource : forma.resources) {
    const Schema* schema = find_schema(schemas, resource.identity.type);
    SQUALL_CHECK(schema != nullptr);
    for (const auto& [path, reference] : references_in(resource.properties)) {
      const Schema* producer = find_schema(schemas, reference.producer.type);
      if (producer == nullptr || !producer->hint(reference.property).opaque) continue;
      const std::vector<const FieldHint*> hints = hints_along(*schema, path);
      if (std::any_of(hints.begin(), hints.end(), [](const auto* hint) { return hint->opaque; })) {
        continue;
      }
      return refused(RejectionType::kInvalidForma, resource.identity,
                     path + " is not Opaque, but " + reference.property + " of " +
                         to_string(reference.producer) + " is");
    }
  }
  return std::nullopt;
}

Check check_declared_targets(const Snapshot& snapshot, const Forma& forma) {
  std::map<std::string, std::string> namespaces;  // by label
  for (const auto& [label, target] : snapshot.targets) namespaces[label] = target.name_space;
  for (const Target& target : forma.targets) {
    const auto known = namespaces.emplace(target.label, target.name_space).first;
    if (known->second != target.name_space) {
      return Refused{RejectionType::kTargetAlreadyExists,
                     "target " + target.label + " is known with namespace " + known->second};
    }
  }
  return std::nullopt;
}

Check check_used_targets(const Snapshot& snapshot, const Forma& forma) {
  std::set<std::string> labels;
  for (const Target& target : forma.targets) labels.insert(target.label);
  for (const DeclaredResource& resource : forma.resources) {
    if (labels.contains(resource.target) || snapshot.targets.contains(resource.target)) continue;
    return refused(RejectionType::kTargetReferenceNotFound, resource.identity,
                   "target \"" + resource.target + "\" is neither declared nor known");
  }
  return std::nullopt;
}

// What may be missing: decided by whether the resource is there already.
struct Leniency {
  bool required_may_be_absent = false;
  bool is_new = false;

  bool lets_pass(const FieldHint& hint, const Json* value) const {
    if (value != nullptr && !value->is_null()) return true;
    if (hint.required && (value != nullptr || !required_may_be_absent)) return false;
    return !(hint.required_on_create && is_new);
  }
};

// The path of a required member that is missing; "" where all are there. A member of a nested
// object is required only where that object is given.
std::string missing_in(const JsonObject& object, const Schema& schema, const std::string& path,
                       const Leniency& leniency);

std::string missing_below(const Json& value, const Schema& schema, const std::string& path,
                          const Leniency& leniency) {
  if (is_reference(value)) return "";
  if (const JsonObject* object = value.if_object()) {
    return missing_in(*object, schema, path, leniency);
  }
  if (const JsonArray* array = value.if_array()) {
    for (const Json& element : *array) {
      std::string missing = missing_below(element, schema, path, leniency);
      if (!missing.empty()) return missing;
    }
  }
  return "";
}

std::string missing_in(const JsonObject& object, const Schema& schema, const std::string& path,
                       const Leniency& leniency) {
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& [hinted, hint] : schema.hints) {
    if (!hinted.starts_with(prefix) || (!hint.required && !hint.required_on_create)) continue;
    const std::string name = hinted.substr(prefix.size());
    const bool is_member = path.empty() ? schema.is_field(name) : !name.contains('.');
    if (is_member && !leniency.lets_pass(hint, object.if_contains(name))) return hinted;
  }
  for (const auto& entry : object) {
    std::string missing =
        missing_below(entry.value(), schema, member_path(path, entry.key()), leniency);
    if (!missing.empty()) return missing;
  }
  return "";
}

Check check_required(const Snapshot& snapshot, const CommandRequest& request) {
  for (const DeclaredResource& resource : request.forma.resources) {
    const Schema* schema = find_schema(*snapshot.schemas, resource.identity.type);
    SQUALL_CHECK(schema != nullptr);
    const BelievedRow* row = find_row(snapshot.rows, resource.identity);
    const bool exists = row != nullptr && !row->native_id.empty();
    const Leniency leniency = {.required_may_be_absent = request.mode == Mode::kPatch && exists,
                               .is_new = row == nullptr};
    const std::string missing = missing_in(resource.properties, *schema, "", leniency);
    if (!missing.empty()) {
      return refused(RejectionType::kRequiredFieldMissingOnCreate, resource.identity,
                     missing + " is required");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refused> validate(const Snapshot& snapshot, const CommandRequest& request) {
  SQUALL_CHECK(snapshot.schemas != nullptr);
  const bool is_apply = request.kind == CommandKind::kApply;
  if (Check failed = check_labels(request.forma, is_apply)) return failed;
  if (Check failed = check_identities(request.forma, *snapshot.schemas)) return failed;
  if (!is_apply) return std::nullopt;
  if (Check failed = check_properties(request.forma, *snapshot.schemas)) return failed;
  if (Check failed = check_opaque_references(request.forma, *snapshot.schemas)) return failed;
  if (Check failed = check_declared_targets(snapshot, request.forma)) return failed;
  if (Check failed = check_used_targets(snapshot, request.forma)) return failed;
  return check_required(snapshot, request);
}

}  // namespace squall::spec
