// model-agreement: the inventory has the rows that must be there and no other, each of the right
// type, target and references, under the id it always had.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/resolve.h"

namespace squall::invariants {

namespace model_agreement {
namespace {

// Believed, and not shown. Where the cloud has the object it is no-orphan's.
constexpr std::string_view kRowMissing = "row-missing";
// Shown, and not believed. Where the cloud has no such object it is no-phantom's.
constexpr std::string_view kRowUnexpected = "row-unexpected";
constexpr std::string_view kNotManaged = "not-managed";
constexpr std::string_view kWrongType = "wrong-type";
constexpr std::string_view kWrongTarget = "wrong-target";
constexpr std::string_view kWrongReference = "wrong-reference";
constexpr std::string_view kKsuidShared = "ksuid-shared";
constexpr std::string_view kKsuidChanged = "ksuid-changed";
constexpr std::array kKinds = {kRowMissing,  kRowUnexpected,  kNotManaged,  kWrongType,
                               kWrongTarget, kWrongReference, kKsuidShared, kKsuidChanged};

// Rows that were found to show the right references, by the addresses of what is shown and what was
// declared: from one checkpoint to the next most are the same, and the record keeps them all.
using Agreed = std::set<std::pair<const JsonObject*, const JsonObject*>>;

struct Place {
  const suite::CaseRecord& record;
  const suite::Checkpoint& checkpoint;
  const Objects& objects;
  const Excuses& excuses;
  Agreed& agreed;
  Findings& findings;

  void add(std::string_view kind, const ResourceIdentity& identity, std::string headline,
           const std::string& expected, std::string actual) const {
    if (!findings.is_news(kind, identity)) return;
    findings.add(kind, checkpoint.operation, identity,
                 {std::move(headline), fmt::format("{} ({})", expected, checkpoint.where),
                  std::move(actual)},
                 effects_on(record, identity.type, identity.label, checkpoint.log_end));
  }
};

void check_missing(const Place& at) {
  for (const auto& [identity, believed] : at.checkpoint.belief) {
    if (row_of(at.checkpoint.inventory, identity) != nullptr ||
        at.excuses.excuses(at.checkpoint, identity))
      continue;
    if (!at.objects.named(identity.type, identity.label).empty()) continue;
    at.add(kRowMissing, identity,
           "a resource that was made, and not deleted, is in neither inventory nor cloud",
           fmt::format("a row for {}", short_name(identity)), "there is none");
  }
}

using References = std::set<Reference>;

References references_in(const JsonObject& document) {
  References out;
  for_each_reference(document, [&](const Reference& reference) { out.insert(reference); });
  return out;
}

std::string words(const References& references) {
  std::vector<std::string> parts;
  for (const Reference& reference : references)
    parts.push_back(short_name(reference.producer) + "." + reference.property);
  return in_a_row(parts);
}

// A row shows no reference that was not declared, and those declared for whole fields that it has.
// Inside collections a reference is shown only while its element is as declared.
void check_references(const Place& at, const InventoryRow& row, const spec::BelievedRow& believed) {
  if (!at.record.traits.references_visible) return;
  const Agreed::value_type documents = {&*row.properties, &*believed.declared};
  if (at.agreed.contains(documents)) return;
  if (at.findings.is_explained(row.identity, at.checkpoint.operation)) return;
  const Schema* schema = find_schema(at.record.schemas, row.identity.type);
  if (schema == nullptr) return;
  if (!spec::has_reference(row.properties) && !spec::has_reference(believed.declared)) return;
  const References shown = references_in(row.properties);
  const References declared = references_in(believed.declared);
  bool right = std::ranges::includes(declared, shown);
  for (const auto& entry : believed.declared) {
    const Json* value = row.properties.if_contains(entry.key());
    const std::optional<Reference> reference = as_reference(entry.value());
    // How an opaque one is shown is not said.
    if (!reference || value == nullptr || schema->hint(entry.key()).opaque) continue;
    right = right && as_reference(*value) == reference;
  }
  if (right) at.agreed.insert(documents);
  if (right) return;
  at.add(kWrongReference, row.identity,
         "the inventory shows other references than those that were declared",
         fmt::format("{} with references to {}", short_name(row.identity), words(declared)),
         fmt::format("references to {}", words(shown)));
}

void check_believed(const Place& at, const InventoryRow& row, const spec::BelievedRow& believed,
                    const cloud::CloudObject* object) {
  const auto name = [&] { return short_name(row.identity); };
  if (!row.managed)
    at.add(kNotManaged, row.identity, "a resource is shown as if nobody had asked for it",
           fmt::format("{} managed", name()), "it is not");
  if (object != nullptr && object->type != row.identity.type)
    at.add(kWrongType, row.identity, "the inventory shows an object of another type",
           fmt::format("an object of type {} for {}", row.identity.type, name()),
           fmt::format("{} is a {}", object->native_id, object->type));
  if (row.target != believed.target)
    at.add(kWrongTarget, row.identity, "the inventory shows a resource in another target",
           fmt::format("{} in target \"{}\"", name(), believed.target),
           fmt::format("target \"{}\"", row.target));
  check_references(at, row, believed);
}

void check_row(const Place& at, const InventoryRow& row) {
  if (at.excuses.excuses(at.checkpoint, row.identity)) return;
  const spec::BelievedRow* believed = spec::find_row(at.checkpoint.belief, row.identity);
  // What discovery found is nobody's prediction.
  if (believed == nullptr && !row.managed) return;
  const cloud::CloudObject* object = at.objects.with_id(row.native_id);
  const bool phantom = object == nullptr && !row.native_id.empty();
  if (phantom) return;
  if (believed != nullptr) return check_believed(at, row, *believed, object);
  at.add(kRowUnexpected, row.identity,
         "the inventory shows a resource that should be gone, or never was asked for",
         fmt::format("no row for {}", short_name(row.identity)),
         fmt::format("the inventory shows it as {}",
                     row.native_id.empty() ? "without native id" : row.native_id));
}

bool shares_ksuids(const std::vector<InventoryRow>& inventory) {
  std::vector<std::string_view> ksuids;
  ksuids.reserve(inventory.size());
  for (const InventoryRow& row : inventory)
    if (!row.ksuid.empty()) ksuids.emplace_back(row.ksuid);
  return has_twice(std::move(ksuids));
}

void check_shared(const Place& at) {
  if (!shares_ksuids(at.checkpoint.inventory)) return;
  std::map<std::string_view, const InventoryRow*> rows;
  for (const InventoryRow& row : at.checkpoint.inventory) {
    if (row.ksuid.empty()) continue;
    const auto [first, is_new] = rows.emplace(row.ksuid, &row);
    if (is_new || first->second->identity == row.identity) continue;
    at.add(kKsuidShared, row.identity, "two resources have one id",
           fmt::format("an id of its own for {}", short_name(row.identity)),
           fmt::format("{} has {} too", short_name(first->second->identity), row.ksuid));
  }
}

// May the row have gone and come back between two positions of the log? What a replacement deletes
// does not go.
bool may_be_new(const suite::CaseRecord& record, const ResourceIdentity& identity, uint64_t after,
                uint64_t until) {
  const bool deleted = std::ranges::any_of(record.claims, [&](const suite::Claim& claim) {
    if (claim.view.key() != UpdateKey{identity, UpdateOperation::kDelete}) return false;
    const suite::CommandHistory* command = find_command(record, claim.command);
    // A row without an object goes without a call: then the log is no longer than before.
    return claim.log_end >= after && claim.log_end <= until &&
           (command == nullptr || !is_replaced(command->last, identity));
  });
  if (deleted) return true;
  return std::ranges::any_of(record.calls, [&](const cloud::Call& call) {
    if (call.resource_name != identity.label || call.request->type != identity.type) return false;
    if (!heard(call) || *call.answered_sequence <= after || *call.answered_sequence > until)
      return false;
    const bool none = call.request->kind == CallKind::kSettle && call.answer->native_id.empty();
    const bool gone = none || heard_not_found(call) || had_effect(call, cloud::Effect::kDeleted);
    const suite::CommandHistory* command = find_command(record, call.request->caller);
    return gone && (command == nullptr || !is_replaced(command->last, identity));
  });
}

void check_constant(const Place& at, const suite::Checkpoint& before) {
  for (const InventoryRow& row : at.checkpoint.inventory) {
    const InventoryRow* earlier = row_of(before.inventory, row.identity);
    if (earlier == nullptr || earlier->ksuid == row.ksuid) continue;
    if (may_be_new(at.record, row.identity, before.log_end, at.checkpoint.log_end)) continue;
    if (at.findings.is_explained(row.identity, at.checkpoint.operation)) continue;
    at.add(kKsuidChanged, row.identity, "a resource has another id than before",
           fmt::format("{} with id {}", short_name(row.identity), earlier->ksuid), row.ksuid);
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kModelAgreement, out);
  const Excuses excuses(record);
  Agreed agreed;
  const suite::Checkpoint* before = nullptr;
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    const Objects objects(checkpoint.cloud);
    const Place at{record, checkpoint, objects, excuses, agreed, findings};
    for (const InventoryRow& row : checkpoint.inventory) check_row(at, row);
    check_missing(at);
    check_shared(at);
    if (before != nullptr) check_constant(at, *before);
    before = &checkpoint;
  }
}

}  // namespace
}  // namespace model_agreement

constinit const Invariant kModelAgreement = {
    .id = "model-agreement",
    .summary = "The inventory has the rows that must be there, no other, and each as what it is.",
    .promise =
        "docs/rules.md §3, §4, §7 and §8: which rows there are, what they keep, and when "
        "they go",
    .kinds = model_agreement::kKinds,
    .check = model_agreement::check,
};

}  // namespace squall::invariants
