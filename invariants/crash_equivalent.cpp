// crash-equivalent: where a crash is all that befell a single command, everything ends as it does
// without the crash.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <ranges>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/normalise.h"

namespace squall::invariants {

namespace {

constexpr std::string_view kOtherInventory = "other-inventory";
constexpr std::string_view kOtherCloud = "other-cloud";
constexpr std::array kKinds = {kOtherInventory, kOtherCloud};

// Texts with the name of an object instead of its native id: ids depend on who came first.
class WithoutIds {
 public:
  explicit WithoutIds(const suite::Checkpoint& checkpoint) {
    for (const cloud::CloudObject& object : checkpoint.cloud)
      add(object.native_id, object.type, object.name);
    for (const InventoryRow& row : checkpoint.inventory)
      add(row.native_id, row.identity.type, row.identity.label);
  }

  JsonObject operator()(const JsonObject& document) const {
    JsonObject out;
    for (const auto& entry : document) out[entry.key()] = (*this)(entry.value());
    return out;
  }

 private:
  // An id that is the name is the same everywhere.
  void add(const NativeId& id, const std::string& type, const std::string& name) {
    if (!id.empty() && id != name) names_.emplace_back(id, "<" + type + " " + name + ">");
  }
  Json operator()(const Json& value) const {
    if (value.is_object()) return (*this)(value.get_object());
    if (value.is_string()) return Json(replaced(std::string(value.get_string())));
    if (!value.is_array()) return value;
    JsonArray out;
    for (const Json& element : value.get_array()) out.push_back((*this)(element));
    return out;
  }
  std::string replaced(std::string text) const {
    for (const auto& [id, name] : names_) {
      for (size_t at = text.find(id); at != std::string::npos; at = text.find(id, at)) {
        const size_t end = at + id.size();
        const bool is_whole = end == text.size() || std::isalnum(text[end]) == 0;
        if (is_whole) text.replace(at, id.size(), name);
        at += is_whole ? name.size() : id.size();
      }
    }
    return text;
  }

  std::vector<std::pair<std::string, std::string>> names_;
};

using Documents = std::map<ResourceIdentity, JsonObject>;

Documents inventory_of(const suite::Checkpoint& checkpoint) {
  const WithoutIds without_ids(checkpoint);
  Documents out;
  for (const InventoryRow& row : checkpoint.inventory)
    if (row.managed) out[row.identity] = without_ids(with_values(row.properties));
  return out;
}

Documents cloud_of(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint) {
  const WithoutIds without_ids(checkpoint);
  Documents out;
  for (const cloud::CloudObject& object : checkpoint.cloud)
    out[identity_of(record, object.type, object.name)] = without_ids(object.properties);
  return out;
}

void compare(const suite::CaseRecord& record, const suite::Checkpoint& with_crash,
             const Documents& found, const Documents& expected, std::string_view kind,
             Findings& findings) {
  const bool is_cloud = kind == kOtherCloud;
  const std::string where = is_cloud ? "the cloud" : "the inventory";
  const auto add = [&](const ResourceIdentity& identity, std::string without, std::string with) {
    if (findings.is_explained(identity, with_crash.operation)) return;
    findings.add(kind, with_crash.operation, identity,
                 {"a crash has changed what became of a command",
                  fmt::format("{} as without the crash: {}", short_name(identity), without),
                  fmt::format("{} has {}", where, with)},
                 effects_on(record, identity.type, identity.label, with_crash.log_end));
  };
  for (const auto& [identity, document] : expected) {
    const auto other = found.find(identity);
    if (other == found.end()) {
      add(identity, "there", "none");
      continue;
    }
    const Schema* schema = find_schema(record.schemas, identity.type);
    if (schema == nullptr || spec::same_fields(document, other->second, *schema)) continue;
    const std::array<const JsonObject*, 2> both = {&document, &other->second};
    add(identity, differing_fields(document, both, *schema),
        differing_fields(other->second, both, *schema));
  }
  for (const auto& [identity, document] : found)
    if (!expected.contains(identity)) add(identity, "not there", "it");
}

// A limit of the cloud hits other calls where the calls come at other times, and without tokens
// nothing tells a create that was applied from one that was not.
bool can_be_told(const suite::CaseRecord& record) {
  const cloud::Behaviours& behaviours = record.test_case.world.behaviours;
  return behaviours.create_tokens && behaviours.rate_per_second == 0 && behaviours.quota == 0;
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  if (!record.without_crash || record.crashes.empty() || !can_be_told(record)) return;
  const size_t epilogue = record.test_case.operations.size();
  const auto last = std::ranges::find_if(
      record.checkpoints | std::views::reverse,
      [&](const suite::Checkpoint& checkpoint) { return checkpoint.operation < epilogue; });
  if (last == record.checkpoints.rend()) return;
  Findings findings(kCrashEquivalent, out);
  const suite::Checkpoint& without = *record.without_crash;
  compare(record, *last, cloud_of(record, *last), cloud_of(record, without), kOtherCloud, findings);
  compare(record, *last, inventory_of(*last), inventory_of(without), kOtherInventory, findings);
}

}  // namespace

constinit const Invariant kCrashEquivalent = {
    .id = "crash-equivalent",
    .summary = "Where a crash is all that befell a command, it ends as without the crash.",
    .promise = "docs/rules.md §7, \"Recovery\": what was begun is carried to the same end",
    .kinds = kKinds,
    .check = check,
};

}  // namespace squall::invariants
