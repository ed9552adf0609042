// no-duplicate: one cloud object per identity, and one row per object and identity.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace no_duplicate {
namespace {

constexpr std::string_view kTwoObjects = "two-objects";
constexpr std::string_view kOneObjectTwoRows = "one-object-two-rows";
constexpr std::string_view kOneIdentityTwoRows = "one-identity-two-rows";
constexpr std::array kKinds = {kTwoObjects, kOneObjectTwoRows, kOneIdentityTwoRows};

using SlotsByName = std::map<Objects::Name, size_t>;

SlotsByName slots_by_name(const suite::CaseRecord& record) {
  SlotsByName out;
  for (const suite::Slot& slot : record.test_case.world.slots) ++out[{slot.type, slot.label}];
  return out;
}

std::string known_to_inventory(const suite::Checkpoint& checkpoint,
                               const ResourceIdentity& identity) {
  std::vector<std::string> ids;
  for (const InventoryRow& row : checkpoint.inventory) {
    if (row.identity.label != identity.label || row.identity.type != identity.type) continue;
    ids.push_back(row.native_id.empty() ? "a row without native id" : row.native_id);
  }
  return in_a_row(ids);
}

void check_objects(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint,
                   const SlotsByName& slots, Findings& findings) {
  std::vector<Objects::Name> names;
  names.reserve(checkpoint.cloud.size());
  for (const cloud::CloudObject& object : checkpoint.cloud)
    if (object.made_by_engine) names.emplace_back(object.type, object.name);
  if (!has_twice(std::move(names))) return;
  const Objects objects(checkpoint.cloud);
  for (const auto& [name, same_name] : objects.by_name()) {
    // A scenario written by hand may give one label to slots of several stacks.
    const auto allowed = slots.find(name);
    const size_t most = allowed == slots.end() ? 1 : std::max<size_t>(1, allowed->second);
    if (same_name.size() <= most) continue;
    const ResourceIdentity identity = identity_of(record, name.first, name.second);
    if (!findings.is_news(kTwoObjects, identity)) continue;
    std::vector<std::string> ids;
    for (const cloud::CloudObject* object : same_name) ids.push_back(object->native_id);
    const std::vector<cloud::CallId> calls =
        effects_on(record, identity.type, identity.label, checkpoint.log_end);
    findings.add(
        kTwoObjects, checkpoint.operation, identity,
        {"several cloud objects for one resource" + after_fault(record, calls),
         fmt::format("one cloud object for {} ({})", short_name(identity), checkpoint.where),
         fmt::format("{}; the inventory knows {}", in_a_row(ids),
                     known_to_inventory(checkpoint, identity))},
        calls);
  }
}

// Is an identity or an object there twice?
bool has_double(const std::vector<InventoryRow>& inventory) {
  std::vector<ResourceIdentity> identities;
  std::vector<std::string_view> ids;
  identities.reserve(inventory.size());
  ids.reserve(inventory.size());
  for (const InventoryRow& row : inventory) {
    identities.push_back(row.identity);
    if (!row.native_id.empty()) ids.emplace_back(row.native_id);
  }
  return has_twice(std::move(identities)) || has_twice(std::move(ids));
}

void check_rows(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint,
                Findings& findings) {
  if (!has_double(checkpoint.inventory)) return;
  std::map<std::string_view, const InventoryRow*> by_id;
  std::map<ResourceIdentity, const InventoryRow*> by_identity;
  for (const InventoryRow& row : checkpoint.inventory) {
    const auto [same_identity, first_of_identity] = by_identity.emplace(row.identity, &row);
    if (!first_of_identity) {
      const InventoryRow& other = *same_identity->second;
      findings.add(kOneIdentityTwoRows, checkpoint.operation, row.identity,
                   {"the inventory shows one resource twice",
                    fmt::format("one row for {} ({})", short_name(row.identity), checkpoint.where),
                    fmt::format("rows {} ({}) and {} ({})", other.ksuid, other.native_id, row.ksuid,
                                row.native_id)},
                   effects_on(record, row.identity.type, row.identity.label, checkpoint.log_end));
      continue;
    }
    if (row.native_id.empty()) continue;
    const auto [same_object, first_of_object] = by_id.emplace(row.native_id, &row);
    if (first_of_object) continue;
    findings.add(kOneObjectTwoRows, checkpoint.operation, row.identity,
                 {"the inventory shows one cloud object as two resources",
                  fmt::format("one row for {} ({})", row.native_id, checkpoint.where),
                  fmt::format("{} and {} both have it", short_name(same_object->second->identity),
                              short_name(row.identity))},
                 effects_on(record, row.identity.type, row.identity.label, checkpoint.log_end));
  }
}

// Nobody is excused here: an unsettled identity may have an object too few or too many properties,
// never two objects.
void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kNoDuplicate, out);
  const SlotsByName slots = slots_by_name(record);
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    check_objects(record, checkpoint, slots, findings);
    check_rows(record, checkpoint, findings);
  }
}

}  // namespace
}  // namespace no_duplicate

constinit const Invariant kNoDuplicate = {
    .id = "no-duplicate",
    .summary = "One cloud object per resource, and one inventory row per object and resource.",
    .promise = "docs/rules.md §7: the same token again, or Settle first: never a second object",
    .kinds = no_duplicate::kKinds,
    .check = no_duplicate::check,
};

}  // namespace squall::invariants
