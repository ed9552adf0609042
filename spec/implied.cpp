#include "spec/implied.h"

#include <algorithm>
#include <string>

#include "spec/normalise.h"
#include "spec/resolve.h"
#include "spec/write_only.h"

namespace squall::spec {

namespace {

using IsMadeAnew = std::function<bool(const ResourceIdentity&)>;

bool refers_to_one(const Json& value, const IsMadeAnew& is_made_anew) {
  const std::vector<ResourceIdentity> producers = producers_in(value);
  return std::any_of(producers.begin(), producers.end(), is_made_anew);
}

JsonObject implied_members(const JsonObject& said, const JsonObject& declared,
                           const std::string& path, const Schema& schema,
                           const IsMadeAnew& is_made_anew);

JsonArray implied_elements(const JsonArray& said, const JsonArray& declared,
                           const std::string& path, const Schema& schema,
                           const IsMadeAnew& is_made_anew) {
  const std::string& key = schema.hint(path).index_field;
  JsonArray out;
  for (const Json& element : said) {
    const auto* before = std::find_if(declared.begin(), declared.end(), [&](const Json& other) {
      return same_key(element, other, key);
    });
    if (before == declared.end() || !is_plain_object(element) || !is_plain_object(*before)) {
      out.push_back(element);
    } else {
      out.push_back(
          implied_members(element.get_object(), before->get_object(), path, schema, is_made_anew));
    }
  }
  for (const Json& element : declared) {
    const bool is_said = std::any_of(
        said.begin(), said.end(), [&](const Json& other) { return same_key(element, other, key); });
    if (!is_said && refers_to_one(element, is_made_anew)) out.push_back(element);
  }
  return out;
}

// Both are there, and `said` says something.
Json implied_value(const Json& said, const Json& declared, const std::string& path,
                   const Schema& schema, const IsMadeAnew& is_made_anew) {
  const FieldHint& hint = schema.hint(path);
  if (hint.opaque || hint.update_method == UpdateMethod::kAtomic) return said;
  if (is_plain_object(said) && is_plain_object(declared)) {
    return implied_members(said.get_object(), declared.get_object(), path, schema, is_made_anew);
  }
  const bool by_key = hint.update_method == UpdateMethod::kEntitySet;
  if (!by_key || !said.is_array() || !declared.is_array()) return said;
  return implied_elements(said.get_array(), declared.get_array(), path, schema, is_made_anew);
}

JsonObject implied_members(const JsonObject& said, const JsonObject& declared,
                           const std::string& path, const Schema& schema,
                           const IsMadeAnew& is_made_anew) {
  JsonObject out = said;
  for (const auto& entry : declared) {
    if (!refers_to_one(entry.value(), is_made_anew)) continue;
    const Json* now = said.if_contains(entry.key());
    if (now != nullptr && now->is_null()) continue;  // cleared
    const bool left_out = now == nullptr || is_empty(*now);
    const std::string here = member_path(path, entry.key());
    out[entry.key()] =
        left_out ? entry.value() : implied_value(*now, entry.value(), here, schema, is_made_anew);
  }
  return out;
}

}  // namespace

JsonObject with_implied(const JsonObject& said, const JsonObject& declared, const Schema& schema,
                        const std::function<bool(const ResourceIdentity&)>& is_made_anew) {
  return implied_members(said, declared, "", schema, is_made_anew);
}

}  // namespace squall::spec
