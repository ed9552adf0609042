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
#include "spec/block_order.h"
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

// Nobody can see but what was said of it last.
bool is_as_said_last(const Json* wanted, const Json* said_last) {
  if (wanted == nullptr || said_last == nullptr) return wanted == said_last;
  return same(*wanted, *said_last);
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
      : snapshot_(snapshot), request_(request), scope_(scope_of(request)) {
    for (const DeclaredResource& resource : request.forma.resources)
      resources_.emplace(resource.identity, &resource);
  }

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
  // REQUIRES: so it was with all that it refers to.
  void declare(const DeclaredResource& resource);
  void check_prevented(const BelievedRow& row);

  const Snapshot& snapshot_;
  const CommandRequest& request_;
  const Identities scope_;
  Check prevented_;
  Check unmet_;
  std::map<ResourceIdentity, Decision> decisions_;
  std::map<ResourceIdentity, const DeclaredResource*> resources_;  // what is declared
  // Of what is declared, as the state has it: the blocks that it depends on, directly or not.
  std::map<ResourceIdentity, Identities> behind_;
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
    if (schema.hint(field).write_only) {
      const bool is_sent = !is_new && !is_as_said_last(value, row->declared.if_contains(field));
      differs = differs || is_sent;
      replaces = replaces || (is_sent && schema.hint(field).create_only);
      continue;
    }
    if (value != nullptr && !is_empty(*value)) out.expected[field] = *value;
    if (is_new) continue;
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
  Identities behind;
  for (const ResourceIdentity& producer : producers) {
    behind.insert(block_of(producer, resources_.at(producer)->placement));
    const Identities& theirs = behind_.at(producer);
    behind.insert(theirs.begin(), theirs.end());
  }
  behind_.emplace(resource.identity, std::move(behind));
}

Plan Planner::apply(const std::vector<size_t>& order) {
  spread_create_before_destroy(order);
  plan_.named_stacks = named_stacks(request_.forma);
  const auto& resources = request_.forma.resources;
  for (const size_t index : order) {
    const DeclaredResource& resource = resources[index];
    declare(resource);
    if (!scope_.contains(resource.identity)) continue;
    const BelievedRow* row = find_row(snapshot_.rows, resource.identity);
    if (row != nullptr && !is_same_place(row->placement, resource.placement))
      plan_.moved.push_back(resource.identity);
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
  put_in_order(plan_, snapshot_, request_, unchanged_);
  return std::move(plan_);
}

// What the configuration neither declares nor forgets is deleted.
void Planner::leave_out() {
  const Identities forgotten(request_.forma.forgotten.begin(), request_.forma.forgotten.end());
  for (const auto& [identity, row] : snapshot_.rows) {
    if (resources_.contains(identity)) continue;
    if (forgotten.contains(identity)) {
      plan_.forgotten.push_back(identity);
      continue;
    }
    const bool is_in_state = std::ranges::any_of(
        plan_.named_stacks, [&](const std::string& stack) { return identity.stack == stack; });
    if (!is_in_state) continue;
    add_delete(row, false);
    check_prevented(row);
  }
}

// The block that it was declared by may be there still, for others.
void Planner::check_prevented(const BelievedRow& row) {
  if (prevented_ || row.placement.group.empty()) return;
  const ResourceIdentity block = block_of(row.identity, row.placement);
  const bool is_prevented = std::ranges::any_of(resources_, [&](const auto& entry) {
    const Placement& placement = entry.second->placement;
    return placement.prevent_destroy && block_of(entry.first, placement) == block;
  });
  if (is_prevented)
    prevented_ =
        Refused{RejectionType::kDestroyPrevented, to_string(row.identity) + " would be destroyed"};
}

Plan Planner::destroy() {
  const Blocks blocks(snapshot_, request_);
  Identities going;
  for (const DeclaredResource& resource : request_.forma.resources)
    if (find_row(snapshot_.rows, resource.identity) != nullptr) going.insert(resource.identity);
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& entry : snapshot_.rows) {
      const BelievedRow& row = entry.second;
      const auto goes = [&](const ResourceIdentity& block) {
        return std::ranges::any_of(blocks.in(block, row, Reach::kAll),
                                   [&](const auto& each) { return going.contains(each); });
      };
      if (std::ranges::any_of(row.depends_on, goes))
        grows = going.insert(row.identity).second || grows;
    }
  }
  for (const ResourceIdentity& identity : going) add_delete(snapshot_.rows.at(identity), false);
  put_in_order(plan_, snapshot_, request_, unchanged_);
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

// With targets, all that moves must be among them.
Check check_moves(const Snapshot& snapshot, const CommandRequest& request) {
  if (request.targeted.empty()) return std::nullopt;
  for (const DeclaredResource& resource : request.forma.resources) {
    const BelievedRow* row = find_row(snapshot.rows, resource.identity);
    if (row == nullptr || contains(request.targeted, resource.identity) ||
        is_same_place(row->placement, resource.placement))
      continue;
    return Refused{RejectionType::kMovesOutsideTargets,
                   to_string(resource.identity) + " moves, and is no target"};
  }
  return std::nullopt;
}

}  // namespace

std::vector<ResourceIdentity> referred_to(const Forma& forma, const DeclaredResource& resource) {
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

std::vector<ResourceIdentity> producers_of(const Forma& forma, const DeclaredResource& resource) {
  const std::vector<ResourceIdentity> named = referred_to(forma, resource);
  Identities out(named.begin(), named.end());
  for (const DeclaredResource& other : forma.resources) {
    if (other.placement.group.empty() || !out.contains(other.identity)) continue;
    const ResourceIdentity block = block_of(other.identity, other.placement);
    for (const DeclaredResource& each : forma.resources)
      if (block_of(each.identity, each.placement) == block) out.insert(each.identity);
  }
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
  if (plan.updates.empty() && request.simulate)
    return NothingPlanned{{}, {}, {}, std::move(plan.moved)};
  if (plan.updates.empty())
    return NothingPlanned{
        std::move(plan.rewrites), {}, std::move(plan.forgotten), std::move(plan.moved)};
  if (request.simulate) return WouldDo{std::move(plan)};
  return plan;
}

}  // namespace squall::spec
