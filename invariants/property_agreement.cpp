// property-agreement: the inventory, the cloud and the prediction say the same of every resource.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/masked.h"
#include "spec/normalise.h"
#include "spec/plan_and_apply.h"

namespace squall::invariants {

namespace property_agreement {
namespace {

// The cloud is as predicted, or all three differ.
constexpr std::string_view kInventoryFromCloud = "inventory-differs-from-cloud";
// The inventory and the cloud agree with each other, not with what was asked for.
constexpr std::string_view kInventoryFromPrediction = "inventory-differs-from-prediction";
// The inventory is as predicted.
constexpr std::string_view kCloudFromPrediction = "cloud-differs-from-prediction";
constexpr std::string_view kUnsettledFlagWrong = "unsettled-flag-wrong";
// Shown as unsettled after the sync that settles everything.
constexpr std::string_view kStillUnsettled = "still-unsettled";
constexpr std::array kKinds = {kInventoryFromCloud, kInventoryFromPrediction, kCloudFromPrediction,
                               kUnsettledFlagWrong, kStillUnsettled};

bool has_opaque(const Schema& schema) {
  return std::ranges::any_of(schema.hints, [](const auto& hint) { return hint.second.opaque; });
}

// same_fields(), with a cheap answer where the documents are equal as they stand: nearly always.
bool agree(const JsonObject& a, const JsonObject& b, const Schema& schema) {
  bool equal = true;
  MemberSearch search_a(a);
  MemberSearch search_b(b);
  for (const std::string& field : schema.fields) {
    const Json* in_a = search_a.find(field);
    const Json* in_b = search_b.find(field);
    if (in_a == nullptr && in_b == nullptr) continue;
    if (in_a != nullptr && in_b != nullptr && same(*in_a, *in_b)) continue;
    equal = false;
    break;
  }
  return equal || spec::same_fields(a, b, schema);
}

// The documents that were found to agree, by their addresses: shown, in the cloud, predicted. From
// one checkpoint to the next most are the same, and the record keeps them all.
using Agreed = std::set<std::array<const JsonObject*, 3>>;

struct Place {
  const suite::CaseRecord& record;
  const suite::Checkpoint& checkpoint;
  const Objects& objects;
  const Excuses& excuses;
  Agreed& agreed;
  Findings& findings;

  std::vector<cloud::CallId> effects(const ResourceIdentity& identity) const {
    return effects_on(record, identity.type, identity.label, checkpoint.log_end);
  }
};

void check_flag(const Place& at, const InventoryRow& row, const spec::BelievedRow* believed) {
  if (!at.record.traits.unsettled_visible) return;
  const auto name = [&] { return short_name(row.identity); };
  if (row.unsettled && at.excuses.all_settled(at.checkpoint)) {
    at.findings.add(kStillUnsettled, at.checkpoint.operation, row.identity,
                    {"a resource is still unsettled after the sync that settles everything",
                     fmt::format("{} settled ({})", name(), at.checkpoint.where),
                     fmt::format("the inventory shows {} as unsettled", name())});
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
       fmt::format("{} {} ({})", name(), row.unsettled ? "settled" : "unsettled",
                   at.checkpoint.where),
       fmt::format("the inventory shows {} as {}", name(),
                   row.unsettled ? "unsettled" : "settled")},
      has_call ? std::vector<cloud::CallId>{excuse->second.call} : std::vector<cloud::CallId>{});
}

// What the three say of one resource, opaque values as the inventory shows them unless they are
// what differs.
struct Documents {
  const JsonObject* shown;
  const JsonObject* there;
  const JsonObject* predicted;
};

void add_difference(const Place& at, std::string_view kind, const InventoryRow& row,
                    const Documents& documents, const Schema& schema) {
  if (!at.findings.is_news(kind, row.identity)) return;
  const std::vector<cloud::CallId> calls = at.effects(row.identity);
  std::string headline = "the inventory shows properties that the cloud does not have";
  if (kind == kCloudFromPrediction)
    headline = "the cloud has properties that were neither asked for nor are shown";
  if (kind == kInventoryFromPrediction)
    headline = "a resource has properties other than those that were asked for";
  const std::array<const JsonObject*, 3> all = {documents.shown, documents.there,
                                                documents.predicted};
  const std::string name = short_name(row.identity);
  at.findings.add(
      kind, at.checkpoint.operation, row.identity,
      {headline + after_fault(at.record, calls),
       fmt::format("{} with {} ({})", name, differing_fields(*documents.predicted, all, schema),
                   at.checkpoint.where),
       fmt::format("{}: inventory {}; cloud, {}: {}", name,
                   differing_fields(*documents.shown, all, schema), row.native_id,
                   differing_fields(*documents.there, all, schema))},
      calls);
}

// Do they agree?
bool judge(const Place& at, const InventoryRow& row, const Documents& documents,
           const Schema& schema) {
  const bool shown_is_there = agree(*documents.shown, *documents.there, schema);
  const bool shown_is_predicted = agree(*documents.shown, *documents.predicted, schema);
  if (shown_is_there && shown_is_predicted) return true;
  std::string_view kind = kInventoryFromCloud;
  if (shown_is_there) kind = kInventoryFromPrediction;
  if (shown_is_predicted) kind = kCloudFromPrediction;
  add_difference(at, kind, row, documents, schema);
  return false;
}

// docs/terraform.md §3: absent and null are one there, wherever they stand.
Document held_by(const suite::CaseRecord& record, const cloud::CloudObject& object) {
  if (record.traits.dialect == Dialect::kPlanAndApply)
    return spec::without_nulls(object.properties);
  return object.properties;
}

bool judge_properties(const Place& at, const InventoryRow& row, const cloud::CloudObject& object,
                      const spec::BelievedRow& believed, const Schema& schema) {
  const Document shown = with_values(row.properties);
  const Document held = held_by(at.record, object);
  if (!has_opaque(schema)) return judge(at, row, {&*shown, &*held, &*believed.actual}, schema);
  const JsonObject there = spec::masked(held, schema);
  const JsonObject predicted = spec::masked(believed.actual, schema);
  const bool as_shown = judge(at, row, {&*shown, &there, &predicted}, schema);
  // What the inventory hides, only the cloud and the prediction can say.
  if (agree(held, believed.actual, schema)) return as_shown;
  add_difference(at, kCloudFromPrediction, row, {&*believed.actual, &*held, &*believed.actual},
                 schema);
  return false;
}

// REQUIRES: the row is believed and nothing excuses it.
void check_properties(const Place& at, const InventoryRow& row, const cloud::CloudObject& object,
                      const spec::BelievedRow& believed) {
  const Agreed::value_type documents = {&*row.properties, &*object.properties, &*believed.actual};
  if (at.agreed.contains(documents)) return;
  const Schema* schema = find_schema(at.record.schemas, row.identity.type);
  if (schema == nullptr) return;
  if (judge_properties(at, row, object, believed, *schema)) at.agreed.insert(documents);
}

void check_row(const Place& at, const InventoryRow& row) {
  // What discovery found is nobody's prediction.
  if (!row.managed) return;
  const spec::BelievedRow* believed = spec::find_row(at.checkpoint.belief, row.identity);
  check_flag(at, row, believed);
  if (believed == nullptr || at.excuses.excuses(at.checkpoint, row.identity)) return;
  const cloud::CloudObject* object = at.objects.with_id(row.native_id);
  if (object != nullptr) check_properties(at, row, *object, *believed);
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kPropertyAgreement, out);
  const Excuses excuses(record);
  Agreed agreed;
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    const Objects objects(checkpoint.cloud);
    const Place at{record, checkpoint, objects, excuses, agreed, findings};
    for (const InventoryRow& row : checkpoint.inventory) check_row(at, row);
  }
}

}  // namespace
}  // namespace property_agreement

constinit const Invariant kPropertyAgreement = {
    .id = "property-agreement",
    .summary = "Inventory, cloud and prediction agree on every resource and its properties.",
    .promise = "docs/rules.md §2, §3 and §7: what a row keeps, and what the cloud must hold",
    .kinds = property_agreement::kKinds,
    .check = property_agreement::check,
};

}  // namespace squall::invariants
