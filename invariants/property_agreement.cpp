// property-agreement: the inventory, the cloud and the prediction say the same of every resource.
#include <fmt/format.h>

#include <array>
#include <map>
#include <set>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/normalise.h"

namespace squall::invariants {

namespace {

// The cloud is as predicted, or all three differ.
constexpr std::string_view kInventoryFromCloud = "inventory-differs-from-cloud";
// The inventory and the cloud agree with each other, not with what was asked for.
constexpr std::string_view kInventoryFromPrediction = "inventory-differs-from-prediction";
// The inventory is as predicted.
constexpr std::string_view kCloudFromPrediction = "cloud-differs-from-prediction";
// Believed, and not shown. Where the cloud has the object it is no-orphan's.
constexpr std::string_view kRowMissing = "row-missing";
// Shown, and not believed. Where the cloud has no such object it is no-phantom's.
constexpr std::string_view kRowUnexpected = "row-unexpected";
constexpr std::string_view kUnsettledFlagWrong = "unsettled-flag-wrong";
// Shown as unsettled after the sync that settles everything.
constexpr std::string_view kStillUnsettled = "still-unsettled";
constexpr std::array kKinds = {kInventoryFromCloud, kInventoryFromPrediction, kCloudFromPrediction,
                               kRowMissing,         kRowUnexpected,           kUnsettledFlagWrong,
                               kStillUnsettled};

Json with_values(const Json& value);

JsonObject with_values(const JsonObject& properties) {
  JsonObject out;
  for (const auto& entry : properties) out[entry.key()] = with_values(entry.value());
  return out;
}

// A shown property with every reference replaced by the value it was resolved to.
Json with_values(const Json& value) {
  if (value.is_array()) {
    JsonArray out;
    for (const Json& element : value.get_array()) out.push_back(with_values(element));
    return out;
  }
  if (!value.is_object()) return value;
  if (!as_reference(value)) return with_values(value.get_object());
  const Json* resolved = member(value, "$value");
  return resolved == nullptr ? Json() : *resolved;
}

// same_fields(), with a cheap answer where the documents are equal as they stand: nearly always.
bool agree(const JsonObject& a, const JsonObject& b, const Schema& schema) {
  bool equal = true;
  for (const std::string& field : schema.fields) {
    const Json* in_a = a.if_contains(field);
    const Json* in_b = b.if_contains(field);
    if (in_a == nullptr && in_b == nullptr) continue;
    if (in_a != nullptr && in_b != nullptr && same(*in_a, *in_b)) continue;
    equal = false;
    break;
  }
  return equal || spec::same_fields(a, b, schema);
}

struct Place {
  const suite::CaseRecord& record;
  const suite::Checkpoint& checkpoint;
  const Objects& objects;
  const Excuses& excuses;
  Findings& findings;

  std::vector<cloud::CallId> effects(const ResourceIdentity& identity) const {
    return effects_on(record, identity.type, identity.label, checkpoint.log_end);
  }
};

void check_flag(const Place& at, const InventoryRow& row, const spec::BelievedRow* believed) {
  if (!at.record.traits.unsettled_visible) return;
  const std::string name = short_name(row.identity);
  if (row.unsettled && at.excuses.all_settled(at.checkpoint)) {
    at.findings.add(kStillUnsettled, at.checkpoint.operation, row.identity,
                    {"a resource is still unsettled after the sync that settles everything",
                     fmt::format("{} settled ({})", name, at.checkpoint.where),
                     fmt::format("the inventory shows {} as unsettled", name)});
    return;
  }
  if (believed == nullptr || row.unsettled == believed->unsettled.has_value()) return;
  if (!at.findings.is_news(kUnsettledFlagWrong, row.identity)) return;
  const auto excuse = at.checkpoint.excuses.find(row.identity);
  const bool has_call = excuse != at.checkpoint.excuses.end() && excuse->second.call != 0;
  at.findings.add(
      kUnsettledFlagWrong, at.checkpoint.operation, row.identity,
      {row.unsettled ? "a resource is shown as unsettled although no call of it is open"
                     : "a resource is shown as settled although a call of it is open",
       fmt::format("{} {} ({})", name, row.unsettled ? "settled" : "unsettled",
                   at.checkpoint.where),
       fmt::format("the inventory shows {} as {}", name, row.unsettled ? "unsettled" : "settled")},
      has_call ? std::vector<cloud::CallId>{excuse->second.call} : std::vector<cloud::CallId>{});
}

void add_difference(const Place& at, std::string_view kind, const InventoryRow& row,
                    const cloud::CloudObject& object, const JsonObject& shown,
                    const spec::BelievedRow& believed, const Schema& schema) {
  if (!at.findings.is_news(kind, row.identity)) return;
  const std::vector<cloud::CallId> calls = at.effects(row.identity);
  std::string headline = "the inventory shows properties that the cloud does not have";
  if (kind == kCloudFromPrediction)
    headline = "the cloud has properties that were neither asked for nor are shown";
  if (kind == kInventoryFromPrediction)
    headline = "a resource has properties other than those that were asked for";
  const std::array<const JsonObject*, 3> all = {&shown, &object.properties, &believed.actual};
  const std::string name = short_name(row.identity);
  at.findings.add(
      kind, at.checkpoint.operation, row.identity,
      {headline + after_fault(at.record, calls),
       fmt::format("{} with {} ({})", name, differing_fields(believed.actual, all, schema),
                   at.checkpoint.where),
       fmt::format("{}: inventory {}; cloud, {}: {}", name, differing_fields(shown, all, schema),
                   object.native_id, differing_fields(object.properties, all, schema))},
      calls);
}

// REQUIRES: the row is believed and nothing excuses it.
void check_properties(const Place& at, const InventoryRow& row, const cloud::CloudObject& object,
                      const spec::BelievedRow& believed) {
  const Schema* schema = find_schema(at.record.schemas, row.identity.type);
  if (schema == nullptr) return;
  const JsonObject shown = with_values(row.properties);
  const bool shown_is_there = agree(shown, object.properties, *schema);
  const bool shown_is_predicted = agree(shown, believed.actual, *schema);
  if (shown_is_there && shown_is_predicted) return;
  std::string_view kind = kInventoryFromCloud;
  if (shown_is_there) kind = kInventoryFromPrediction;
  if (shown_is_predicted) kind = kCloudFromPrediction;
  add_difference(at, kind, row, object, shown, believed, *schema);
}

void check_row(const Place& at, const InventoryRow& row) {
  // What discovery found is nobody's prediction.
  if (!row.managed) return;
  const auto found = at.checkpoint.belief.find(row.identity);
  const spec::BelievedRow* believed =
      found == at.checkpoint.belief.end() ? nullptr : &found->second;
  check_flag(at, row, believed);
  if (at.excuses.excuses(at.checkpoint, row.identity)) return;
  const cloud::CloudObject* object = at.objects.with_id(row.native_id);
  const bool phantom = object == nullptr && !row.native_id.empty();
  if (phantom) return;
  if (believed == nullptr) {
    at.findings.add(
        kRowUnexpected, at.checkpoint.operation, row.identity,
        {"the inventory shows a resource that should be gone, or never was asked for",
         fmt::format("no row for {} ({})", short_name(row.identity), at.checkpoint.where),
         fmt::format("the inventory shows it as {}",
                     row.native_id.empty() ? "without native id" : row.native_id)},
        at.effects(row.identity));
    return;
  }
  if (object != nullptr) check_properties(at, row, *object, *believed);
}

void check_missing(const Place& at) {
  std::set<ResourceIdentity> shown;
  for (const InventoryRow& row : at.checkpoint.inventory) shown.insert(row.identity);
  for (const auto& [identity, believed] : at.checkpoint.belief) {
    if (shown.contains(identity) || at.excuses.excuses(at.checkpoint, identity)) continue;
    if (!at.objects.named(identity.type, identity.label).empty()) continue;
    at.findings.add(kRowMissing, at.checkpoint.operation, identity,
                    {"a resource that was made, and not deleted, is in neither inventory nor cloud",
                     fmt::format("a row for {} ({})", short_name(identity), at.checkpoint.where),
                     "there is none"},
                    at.effects(identity));
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kPropertyAgreement, out);
  const Excuses excuses(record);
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    const Objects objects(checkpoint.cloud);
    const Place at{record, checkpoint, objects, excuses, findings};
    for (const InventoryRow& row : checkpoint.inventory) check_row(at, row);
    check_missing(at);
  }
}

}  // namespace

constinit const Invariant kPropertyAgreement = {
    .id = "property-agreement",
    .summary = "Inventory, cloud and prediction agree on every resource and its properties.",
    .promise = "rules.md §2, §3 and §7; outcomes.md, \"Unsettled identities\"",
    .kinds = kKinds,
    .check = check,
};

}  // namespace squall::invariants
