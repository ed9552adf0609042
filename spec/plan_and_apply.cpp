#include "spec/plan_and_apply.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/normalise.h"
#include "spec/order.h"
#include "spec/resolve.h"
#include "spec/validate.h"

namespace squall::spec {

namespace {

using Check = std::optional<Refused>;
using Identities = std::set<ResourceIdentity>;

enum class Fate { kNothing, kCreate, kUpdate, kReplace };

struct Decision {
  Fate fate = Fate::kNothing;
  // What the object will hold, references resolved as far as they are known; the rest stand in it.
  JsonObject expected;
  bool is_known = true;  // nothing in `expected` is unknown
  JsonObject declared;   // what the configuration is taken to say
};

const Schema& schema_of(const Snapshot& snapshot, const ResourceIdentity& identity) {
  const Schema* schema = find_schema(*snapshot.schemas, identity.type);
  SQUALL_CHECK(schema != nullptr);
  return *schema;
}

bool contains(const std::vector<ResourceIdentity>& all, const ResourceIdentity& one) {
  return std::ranges::find(all, one) != all.end();
}

Json without_nulls_in(const Json& value) {
  if (const JsonArray* elements = value.if_array()) {
    JsonArray out;
    for (const Json& element : *elements) out.push_back(without_nulls_in(element));
    return out;
  }
  if (!is_plain_object(value)) return value;
  return without_nulls(value.get_object());
}

// Is a value of the configuration what is there? Absent and null are one; an empty collection is
// something else, but for an EntitySet, whose elements are blocks.
bool agree(const Schema& schema, const std::string& path, const Json* wanted, const Json* actual) {
  const auto form = [&](const Json* value) {
    if (value == nullptr) return Json();
    const bool is_blocks = schema.hint(path).update_method == UpdateMethod::kEntitySet;
    return is_blocks && is_empty(*value) ? Json() : normalise_value(*value, schema, path, false);
  };
  return same(form(wanted), form(actual));
}

// Does the field, or anything in it, differ in what is CreateOnly? Both sides may be absent.
bool differs_in_create_only(const Schema& schema, const std::string& path, const Json* wanted,
                            const Json* actual) {
  if (schema.hint(path).create_only) {
    return (wanted != nullptr && has_reference(*wanted)) || !agree(schema, path, wanted, actual);
  }
  const JsonObject* members = wanted == nullptr ? nullptr : wanted->if_object();
  if (members == nullptr || !is_plain_object(*wanted)) return false;
  const JsonObject* present = actual == nullptr ? nullptr : actual->if_object();
  return std::ranges::any_of(*members, [&](const auto& entry) {
    const Json* there = present == nullptr ? nullptr : present->if_contains(entry.key());
    return differs_in_create_only(schema, member_path(path, entry.key()), &entry.value(), there);
  });
}

class Planner {
 public:
  Planner(const Snapshot& snapshot, const CommandRequest& request)
      : snapshot_(snapshot), request_(request), scope_(scope_of(request)) {}

  Plan apply(const std::vector<size_t>& order);
  // After apply(): does the plan destroy what must not be?
  const Check& prevented() const { return prevented_; }
  // … does something that the configuration demands not hold?
  const Check& unmet() const { return unmet_; }
  Plan destroy();

 private:
  std::optional<Json> look_up(const Reference& reference) const;
  Decision decide(const DeclaredResource& resource) const;
  Decision compare(const DeclaredResource& resource, const BelievedRow* row,
                   JsonObject declared) const;
  bool is_triggered(const DeclaredResource& resource) const;
  Check unmet(const DeclaredResource& resource, const Decision& decision) const;
  JsonObject taken(const DeclaredResource& resource, const BelievedRow* row) const;
  // What creates before it destroys forces that on all it depends on.
  void spread_create_before_destroy(const std::vector<size_t>& order);
  // The fields of an object that is there already, as the configuration wants them.
  bool keeps_prior(const Schema& schema, const std::string& field, const JsonObject& wanted) const {
    return schema.hint(field).has_provider_default && is_absent(wanted, field);
  }
  static bool is_absent(const JsonObject& document, const std::string& field) {
    const Json* value = document.if_contains(field);
    return value == nullptr || is_empty(*value);
  }
  void add(const DeclaredResource& resource, const Decision& decision);
  void add_delete(const BelievedRow& row, bool is_half_of_replace);
  void leave_out();
  Identities dependencies(const ResourceIdentity& identity) const;
  void add_waits();
  bool waits_for_itself(const PlannedUpdate& update) const;
  // REQUIRES: so it was with all that it refers to.
  void declare(const DeclaredResource& resource);
  // Those named, and beyond what is unchanged also theirs.
  void collect_producers(const std::vector<ResourceIdentity>& named, Identities& out) const;

  const Snapshot& snapshot_;
  const CommandRequest& request_;
  const Identities scope_;
  Check prevented_;
  Check unmet_;
  std::map<ResourceIdentity, Decision> decisions_;
  std::map<ResourceIdentity, std::vector<ResourceIdentity>> declared_;  // and its producers
  std::map<ResourceIdentity, Identities> behind_;  // of what is declared: theirs too, and so on
  Identities unchanged_;  // needs nothing done: what comes after it comes after its producers too
  Identities creates_before_;
  Plan plan_;
};

// What a reference stands for at the end; nullopt: only the apply will tell.
std::optional<Json> Planner::look_up(const Reference& reference) const {
  const auto found = decisions_.find(reference.producer);
  SQUALL_CHECK(found != decisions_.end());  // a configuration refers to what it declares
  const Decision& producer = found->second;
  const Schema& schema = schema_of(snapshot_, reference.producer);
  const bool is_new = producer.fate == Fate::kCreate || producer.fate == Fate::kReplace;
  if (!schema.is_field(reference.property)) {
    if (is_new) return std::nullopt;
    return property_of(*find_row(snapshot_.rows, reference.producer), reference.property);
  }
  const Json* value = producer.expected.if_contains(reference.property.text());
  if (value == nullptr) {
    if (is_new && schema.hint(reference.property).has_provider_default) return std::nullopt;
    return Json(nullptr);
  }
  if (has_reference(*value)) return std::nullopt;
  return *value;
}

// What the configuration is taken to say: of what is ignored, that which is there.
JsonObject Planner::taken(const DeclaredResource& resource, const BelievedRow* row) const {
  JsonObject out = without_nulls(resource.properties);
  if (row == nullptr || row->native_id.empty()) return out;
  for (const std::string& field : resource.placement.ignored) {
    const Json* actual = row->actual.if_contains(field);
    if (actual != nullptr) {
      out[field] = *actual;
    } else {
      out.erase(field);
    }
  }
  return out;
}

// By something that is there, and is updated or replaced.
bool Planner::is_triggered(const DeclaredResource& resource) const {
  return std::ranges::any_of(decisions_, [&](const auto& entry) {
    const auto& [identity, decision] = entry;
    const bool changes = decision.fate == Fate::kUpdate || decision.fate == Fate::kReplace;
    return changes && std::ranges::find(resource.placement.triggered_by, identity.label.text()) !=
                          resource.placement.triggered_by.end();
  });
}

// What only the apply will tell, nobody can hold against the plan.
Check Planner::unmet(const DeclaredResource& resource, const Decision& decision) const {
  for (const Demand& demand : resource.placement.demands) {
    std::optional<Json> value;
    if (demand.label == resource.identity.label) {
      const Json* own = decision.expected.if_contains(demand.property);
      value = own == nullptr ? Json() : *own;
    } else {
      const auto other = std::ranges::find_if(
          decisions_, [&](const auto& each) { return each.first.label == demand.label; });
      if (other != decisions_.end()) value = look_up({other->first, demand.property});
    }
    if (!value || has_reference(*value) || same(*value, demand.value)) continue;
    return Refused{RejectionType::kConditionFailed,
                   to_string(resource.identity) + " demands something else of " + demand.label};
  }
  return std::nullopt;
}

// What is replaced is made by the configuration: nothing is ignored then.
Decision Planner::decide(const DeclaredResource& resource) const {
  const BelievedRow* row = find_row(snapshot_.rows, resource.identity);
  Decision out = compare(resource, row, taken(resource, row));
  if (out.fate != Fate::kReplace || resource.placement.ignored.empty()) return out;
  out = compare(resource, row, without_nulls(resource.properties));
  out.fate = Fate::kReplace;
  return out;
}

Decision Planner::compare(const DeclaredResource& resource, const BelievedRow* row,
                          JsonObject declared) const {
  const Schema& schema = schema_of(snapshot_, resource.identity);
  const Resolved wanted = resolve(declared, [&](const Reference& each) { return look_up(each); });
  Decision out;
  out.declared = std::move(declared);
  out.is_known = wanted.complete;
  const bool is_new = row == nullptr || row->native_id.empty();
  bool differs = false;
  bool replaces = (row != nullptr && row->is_tainted) || is_triggered(resource) ||
                  contains(request_.replaced, resource.identity);
  for (const std::string& field : schema.fields) {
    const Json* value = wanted.document.if_contains(field);
    const Json* actual = is_new ? nullptr : row->actual.if_contains(field);
    if (!is_new && keeps_prior(schema, field, wanted.document)) {
      if (actual != nullptr) out.expected[field] = *actual;
      continue;
    }
    if (value != nullptr && !is_empty(*value)) out.expected[field] = *value;
    if (is_new || schema.hint(field).write_only) continue;
    const bool is_unknown = value != nullptr && has_reference(*value);
    differs = differs || is_unknown || !agree(schema, field, value, actual);
    replaces = replaces || differs_in_create_only(schema, field, value, actual);
  }
  out.fate = is_new     ? Fate::kCreate
             : replaces ? Fate::kReplace
             : differs  ? Fate::kUpdate
                        : Fate::kNothing;
  return out;
}

void Planner::add_delete(const BelievedRow& row, bool is_half_of_replace) {
  PlannedUpdate out;
  out.identity = row.identity;
  out.operation = UpdateOperation::kDelete;
  out.is_half_of_replace = is_half_of_replace;
  out.references.assign(row.depends_on.begin(), row.depends_on.end());
  out.target = row.target;
  out.placement = row.placement;
  plan_.updates.push_back(std::move(out));
}

void Planner::add(const DeclaredResource& resource, const Decision& decision) {
  Placement placement = resource.placement;
  placement.create_before_destroy = creates_before_.contains(resource.identity);
  if (decision.fate == Fate::kReplace) {
    add_delete(snapshot_.rows.at(resource.identity), true);
    plan_.updates.back().placement = placement;
    plan_.updates.back().is_regardless =
        snapshot_.rows.at(resource.identity).is_tainted || is_triggered(resource);
  }
  PlannedUpdate out;
  out.identity = resource.identity;
  out.operation =
      decision.fate == Fate::kUpdate ? UpdateOperation::kUpdate : UpdateOperation::kCreate;
  out.is_half_of_replace = decision.fate == Fate::kReplace;
  out.declared = decision.declared;
  if (decision.is_known) out.values = decision.expected;
  out.references = producers_of(request_.forma, resource);
  out.desired = out.declared;
  out.asked = out.declared;
  out.target = resource.target;
  out.placement = std::move(placement);
  out.depends_on = behind_.at(resource.identity);
  plan_.updates.push_back(std::move(out));
}

void Planner::collect_producers(const std::vector<ResourceIdentity>& named, Identities& out) const {
  for (const ResourceIdentity& producer : named) {
    if (!out.insert(producer).second) continue;
    if (unchanged_.contains(producer)) collect_producers(declared_.at(producer), out);
  }
}

// All that the state and the configuration say it depends on, directly or not: a refresh takes the
// one into the other.
Identities Planner::dependencies(const ResourceIdentity& identity) const {
  Identities out;
  std::vector<ResourceIdentity> todo = {identity};
  const auto follow = [&](const auto& producers) {
    for (const ResourceIdentity& producer : producers)
      if (out.insert(producer).second) todo.push_back(producer);
  };
  while (!todo.empty()) {
    const ResourceIdentity next = todo.back();
    todo.pop_back();
    if (const auto declared = declared_.find(next); declared != declared_.end())
      follow(declared->second);
    if (const BelievedRow* row = find_row(snapshot_.rows, next)) follow(row->depends_on);
  }
  return out;
}

// docs/terraform.md §4. A delete that comes after its object's successor is made, only the deletes
// of others wait for.
void Planner::add_waits() {
  std::map<ResourceIdentity, UpdateKey> made;
  std::map<ResourceIdentity, UpdateKey> deleted;
  std::map<ResourceIdentity, std::set<UpdateKey>> dependents_deleted;
  std::set<UpdateKey> come_last;
  for (const PlannedUpdate& update : plan_.updates) {
    if (update.operation != UpdateOperation::kDelete) {
      made.emplace(update.identity, update.key());
      continue;
    }
    deleted.emplace(update.identity, update.key());
    if (update.placement.create_before_destroy && update.is_half_of_replace)
      come_last.insert(update.key());
    for (const ResourceIdentity& producer : dependencies(update.identity))
      dependents_deleted[producer].insert(update.key());
  }
  for (PlannedUpdate& update : plan_.updates) {
    std::set<UpdateKey> waits = dependents_deleted[update.identity];
    if (update.operation != UpdateOperation::kDelete) {
      for (const ResourceIdentity& gone : dependencies(update.identity))
        if (const auto found = deleted.find(gone); found != deleted.end())
          waits.insert(found->second);
      if (update.is_half_of_replace) waits.insert({update.identity, UpdateOperation::kDelete});
      std::erase_if(waits, [&](const UpdateKey& each) { return come_last.contains(each); });
      Identities producers;
      collect_producers(update.references, producers);
      for (const ResourceIdentity& producer : producers)
        if (const auto found = made.find(producer); found != made.end())
          waits.insert(found->second);
    }
    waits.erase(update.key());
    update.waits_for.assign(waits.begin(), waits.end());
  }
  for (const PlannedUpdate& update : plan_.updates)
    if (waits_for_itself(update)) plan_.circular.insert(update.key());
}

// By way of others. A state may say of two that each depends on the other: what they did, and what
// they are to depend on (docs/findings/terraform.md #7).
bool Planner::waits_for_itself(const PlannedUpdate& update) const {
  std::set<UpdateKey> seen;
  std::vector<UpdateKey> todo = update.waits_for;
  while (!todo.empty()) {
    const UpdateKey next = todo.back();
    todo.pop_back();
    if (next == update.key()) return true;
    if (!seen.insert(next).second) continue;
    const auto found = std::ranges::find(plan_.updates, next, &PlannedUpdate::key);
    if (found != plan_.updates.end())
      todo.insert(todo.end(), found->waits_for.begin(), found->waits_for.end());
  }
  return false;
}

void Planner::spread_create_before_destroy(const std::vector<size_t>& order) {
  for (auto index = order.rbegin(); index != order.rend(); ++index) {
    const DeclaredResource& resource = request_.forma.resources[*index];
    if (!scope_.contains(resource.identity)) continue;
    if (!resource.placement.create_before_destroy && !creates_before_.contains(resource.identity))
      continue;
    creates_before_.insert(resource.identity);
    for (const ResourceIdentity& producer : producers_of(request_.forma, resource))
      creates_before_.insert(producer);
  }
}

void Planner::declare(const DeclaredResource& resource) {
  const std::vector<ResourceIdentity> producers = producers_of(request_.forma, resource);
  Identities behind(producers.begin(), producers.end());
  for (const ResourceIdentity& producer : producers) {
    const Identities& theirs = behind_.at(producer);
    behind.insert(theirs.begin(), theirs.end());
  }
  behind_.emplace(resource.identity, std::move(behind));
  declared_.emplace(resource.identity, producers);
}

Plan Planner::apply(const std::vector<size_t>& order) {
  spread_create_before_destroy(order);
  plan_.named_stacks = named_stacks(request_.forma);
  const auto& resources = request_.forma.resources;
  for (const size_t index : order) {
    const DeclaredResource& resource = resources[index];
    declare(resource);
    if (!scope_.contains(resource.identity)) continue;
    Decision decision = decide(resource);
    if (decision.fate == Fate::kNothing) {
      unchanged_.insert(resource.identity);
      plan_.rewrites.push_back({resource.identity, true, resource.properties, decision.expected,
                                resource.placement, behind_.at(resource.identity)});
    } else {
      add(resource, decision);
    }
    if (decision.fate == Fate::kReplace && resource.placement.prevent_destroy && !prevented_)
      prevented_ = Refused{RejectionType::kDestroyPrevented,
                           to_string(resource.identity) + " would be destroyed"};
    if (!unmet_) unmet_ = unmet(resource, decision);
    decisions_.emplace(resource.identity, std::move(decision));
  }
  if (request_.targeted.empty()) leave_out();
  add_waits();
  return std::move(plan_);
}

// What the configuration neither declares nor forgets is deleted.
void Planner::leave_out() {
  const Identities forgotten(request_.forma.forgotten.begin(), request_.forma.forgotten.end());
  for (const auto& [identity, row] : snapshot_.rows) {
    if (declared_.contains(identity)) continue;
    if (forgotten.contains(identity)) {
      plan_.forgotten.push_back(identity);
      continue;
    }
    const bool is_in_state = std::ranges::any_of(
        plan_.named_stacks, [&](const std::string& stack) { return identity.stack == stack; });
    if (is_in_state) add_delete(row, false);
  }
}

Plan Planner::destroy() {
  Identities going;
  for (const DeclaredResource& resource : request_.forma.resources)
    if (find_row(snapshot_.rows, resource.identity) != nullptr) going.insert(resource.identity);
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& [identity, row] : snapshot_.rows) {
      const auto goes = [&](const ResourceIdentity& each) { return going.contains(each); };
      if (std::ranges::any_of(row.depends_on, goes)) grows = going.insert(identity).second || grows;
    }
  }
  for (const ResourceIdentity& identity : going) add_delete(snapshot_.rows.at(identity), false);
  add_waits();
  return std::move(plan_);
}

// A configuration refers only to what it declares itself.
Check check_references(const Forma& forma) {
  Identities declared;
  for (const DeclaredResource& resource : forma.resources) declared.insert(resource.identity);
  for (const DeclaredResource& resource : forma.resources) {
    for (const ResourceIdentity& producer : producers_in(resource.properties)) {
      if (declared.contains(producer)) continue;
      return Refused{RejectionType::kReferencedResourcesNotFound,
                     to_string(resource.identity) + " references " + to_string(producer) +
                         ", which the configuration does not declare"};
    }
  }
  return std::nullopt;
}

bool is_elsewhere(const Placement& a, const Placement& b) {
  return a.module != b.module || a.repetition != b.repetition;
}

// With targets, all that moves must be among them.
Check check_moves(const Snapshot& snapshot, const CommandRequest& request) {
  if (request.targeted.empty()) return std::nullopt;
  for (const DeclaredResource& resource : request.forma.resources) {
    const BelievedRow* row = find_row(snapshot.rows, resource.identity);
    if (row == nullptr || contains(request.targeted, resource.identity) ||
        !is_elsewhere(row->placement, resource.placement))
      continue;
    return Refused{RejectionType::kMovesOutsideTargets,
                   to_string(resource.identity) + " moves, and is no target"};
  }
  return std::nullopt;
}

}  // namespace

std::vector<ResourceIdentity> producers_of(const Forma& forma, const DeclaredResource& resource) {
  const std::vector<ResourceIdentity> referred_to = producers_in(resource.properties);
  Identities out(referred_to.begin(), referred_to.end());
  const auto add = [&](const std::string& label) {
    for (const DeclaredResource& other : forma.resources)
      if (other.identity.label == label && other.identity != resource.identity)
        out.insert(other.identity);
  };
  for (const std::string& label : resource.placement.triggered_by) add(label);
  for (const Demand& demand : resource.placement.demands) add(demand.label);
  return {out.begin(), out.end()};
}

std::set<ResourceIdentity> scope_of(const CommandRequest& request) {
  std::map<ResourceIdentity, std::vector<ResourceIdentity>> declared;
  for (const DeclaredResource& resource : request.forma.resources)
    declared.emplace(resource.identity, producers_of(request.forma, resource));
  Identities out;
  std::vector<ResourceIdentity> todo = request.targeted;
  if (todo.empty())
    for (const auto& [identity, producers] : declared) todo.push_back(identity);
  while (!todo.empty()) {
    const auto next = declared.find(todo.back());
    todo.pop_back();
    if (next == declared.end() || !out.insert(next->first).second) continue;
    todo.insert(todo.end(), next->second.begin(), next->second.end());
  }
  return out;
}

JsonObject without_nulls(const JsonObject& document) {
  JsonObject out;
  for (const auto& member : document)
    if (!member.value().is_null()) out[member.key()] = without_nulls_in(member.value());
  return out;
}

Verdict admit_plan_and_apply(const Snapshot& snapshot, const CommandRequest& request) {
  SQUALL_CHECK(snapshot.schemas != nullptr);
  if (request.kind == CommandKind::kDestroy) {
    Plan plan = Planner(snapshot, request).destroy();
    if (plan.updates.empty()) return NothingPlanned{};
    return plan;
  }
  if (Check failed = validate(snapshot, request)) return *std::move(failed);
  if (Check failed = check_references(request.forma)) return *std::move(failed);
  std::vector<Referrer> referrers;
  for (const DeclaredResource& resource : request.forma.resources)
    referrers.push_back({resource.identity, producers_of(request.forma, resource)});
  const ProducersFirst sorted = producers_first(referrers);
  if (!sorted.cyclic.empty()) {
    return Refused{RejectionType::kCyclesDetected,
                   to_string(referrers[sorted.cyclic.front()].identity) + " is in a cycle"};
  }
  if (Check failed = check_moves(snapshot, request)) return *std::move(failed);
  Planner planner(snapshot, request);
  Plan plan = planner.apply(sorted.order);
  if (planner.prevented()) return *planner.prevented();
  if (planner.unmet()) return *planner.unmet();
  if (plan.updates.empty() && request.simulate) return NothingPlanned{};
  if (plan.updates.empty())
    return NothingPlanned{std::move(plan.rewrites), {}, std::move(plan.forgotten)};
  if (request.simulate) return WouldDo{std::move(plan)};
  return plan;
}

}  // namespace squall::spec
