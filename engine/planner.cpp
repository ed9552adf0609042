#include "engine/planner.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/difference.h"
#include "engine/left_out.h"
#include "engine/normal_form.h"
#include "engine/references.h"
#include "engine/secrets.h"
#include "engine/validation.h"

namespace squall::engine {

namespace {

bool is_made(const RowEntry* row) { return row != nullptr && !row->row->native_id.empty(); }

// The property of a row, or null where it has none.
Json property_of(const ResourceRow& row, const std::string& property) {
  if (const Json* value = row.actual->if_contains(property)) return *value;
  if (const Json* value = row.read_only->if_contains(property)) return *value;
  return nullptr;
}

// What the row declares once the resource was applied without anything to do; nullopt where that
// is what it declares now. is_news: it is something else than before, not only said again.
std::optional<ResourceRow> redeclared(const Schema& schema, const PlannedResource& resource,
                                      Mode mode, const PlantSet& plants, bool& is_news) {
  const ResourceRow& row = *resource.row->row;
  Document declared = declared_after(schema, *row.declared, resource.desired, mode);
  // What refers to nothing is the same document in both.
  const bool are_one =
      row.values.is_copy_of(row.declared) && resource.resolved.is_copy_of(resource.desired);
  Document values =
      are_one ? declared : declared_after(schema, *row.values, resource.resolved, mode);
  is_news =
      !equal(schema, declared, *row.declared) || (!are_one && !equal(schema, values, *row.values));
  const bool becomes_declared =
      mode == Mode::kReconcile && !row.is_declared && !plants.has(Plant::kNoopNotDeclared);
  if (!is_news && !becomes_declared) return std::nullopt;
  ResourceRow out = row;
  if (is_news) {
    out.declared = std::move(declared);
    out.values = std::move(values);
  }
  out.echo = row.actual;
  out.is_declared = row.is_declared || becomes_declared;
  return out;
}

}  // namespace

ApplyPlanner::ApplyPlanner(const State& state, const Schemas& schemas, const PlantSet& plants,
                           const CommandRequest& request, Env* vault)
    : state_(state), schemas_(schemas), plants_(plants), request_(request), vault_(vault) {
  resources_.reserve(request.forma.resources.size());
  for (const DeclaredResource& declared : request.forma.resources) {
    add(declared.identity, declared.properties, declared.target, /*is_cascade=*/false);
  }
  if (request.mode != Mode::kReconcile) return;
  for (const std::string& stack : named_stacks(request.forma)) {
    for (const RowEntry* row : state.rows_of_stack(stack)) {
      if (!positions_.contains(row->row->identity)) deletes_.push_back(row);
    }
  }
  dependents_ = dependents_of(state, plants, request.forma, deletes_);
  for (const RowEntry* row : deletes_) deleted_.insert(row->row->identity);
  if (request.on_dependents != OnDependents::kCascade) return;
  for (const RowEntry* row : dependents_) deleted_.insert(row->row->identity);
}

void ApplyPlanner::add(const ResourceIdentity& identity, const Document& desired,
                       const std::string& target, bool is_cascade) {
  PlannedResource resource;
  resource.identity = identity;
  resource.desired = resource.said = desired;
  resource.target = target;
  resource.is_cascade = is_cascade;
  resource.row = state_.row(identity);
  resource.producers = producers_in(desired);
  positions_.emplace(identity, resources_.size());
  resources_.push_back(std::move(resource));
}

void ApplyPlanner::sort_producers_first() {
  order_.clear();
  in_circle_.clear();
  std::vector<std::vector<size_t>> consumers(resources_.size());
  std::vector<size_t> waiting_for(resources_.size(), 0);
  for (size_t i = 0; i < resources_.size(); ++i) {
    for (const ResourceIdentity& identity : resources_[i].producers) {
      const auto producer = positions_.find(identity);
      if (producer == positions_.end()) continue;
      if (producer->second == i && plants_.has(Plant::kSelfReferenceAllowed)) continue;
      consumers[producer->second].push_back(i);
      ++waiting_for[i];
    }
  }
  for (size_t i = 0; i < resources_.size(); ++i) {
    if (waiting_for[i] == 0) order_.push_back(i);
  }
  for (size_t next = 0; next < order_.size(); ++next) {
    for (const size_t consumer : consumers[order_[next]]) {
      if (--waiting_for[consumer] == 0) order_.push_back(consumer);
    }
  }
  for (size_t i = 0; i < resources_.size(); ++i) {
    if (waiting_for[i] > 0) in_circle_.push_back(i);
  }
}

// Consumers that a replacement takes along may be producers of others, and so may those that follow
// one in a member their patch leaves out: decided again with them in view, until no more are taken
// along and, in a circle, nobody changes his mind.
void ApplyPlanner::decide() {
  sort_producers_first();
  if (!in_circle_.empty()) in_cycle_ = in_circle_.front();
  for (size_t round = 0;; ++round) {
    bool changed = false;
    for (PlannedResource& resource : resources_) resource.decided = false;
    const auto decide_one = [&](size_t position) {
      const Action before = resources_[position].action;
      decide(resources_[position]);
      changed = changed || resources_[position].action != before;
    };
    for (const size_t position : order_) decide_one(position);
    // In a circle nobody is first: what refers into it stays unknown, the rest can still be judged.
    for (const size_t position : in_circle_) decide_one(position);
    const bool may_go_on = round < resources_.size();
    bool more = take_consumers_along();
    if (may_go_on) more = complete_patches() || more;
    if (more) sort_producers_first();
    const bool unsure = changed && !in_circle_.empty() && may_go_on;
    if (!more && !unsure) return;
  }
}

// docs/rules.md §4 "What a patch leaves out". Did any desired document change?
bool ApplyPlanner::complete_patches() {
  if (request_.mode != Mode::kPatch || plants_.has(Plant::kPatchLeavesBehind)) return false;
  const IsMadeAnew is_made_anew = [this](const ResourceIdentity& identity) {
    const auto found = positions_.find(identity);
    if (found == positions_.end()) return false;
    const Action action = resources_[found->second].action;
    return action == Action::kCreate || action == Action::kReplace;
  };
  bool changed = false;
  for (PlannedResource& resource : resources_) {
    if (resource.row == nullptr || resource.row->producers.empty()) continue;
    std::optional<JsonObject> completed =
        with_left_out(schemas_.of(resource.identity.type), *resource.row->row->declared,
                      *resource.said, is_made_anew);
    if ((completed ? *completed : *resource.said) == *resource.desired) continue;
    changed = true;
    resource.desired = completed ? Document(*std::move(completed)) : resource.said;
    resource.producers = producers_in(*resource.desired);
  }
  return changed;
}

bool ApplyPlanner::take_consumers_along() {
  consumers_left_.clear();
  if (plants_.has(Plant::kReplaceIgnoresConsumers)) return false;
  std::vector<const RowEntry*> taken;
  for (const PlannedResource& resource : resources_) {
    if (resource.action != Action::kReplace) continue;
    for (const RowEntry* consumer : state_.consumers_of(resource.identity)) {
      const ResourceIdentity& identity = consumer->row->identity;
      if (positions_.contains(identity) || deleted_.contains(identity)) continue;
      taken.push_back(consumer);
    }
  }
  if (request_.on_dependents != OnDependents::kCascade) {
    consumers_left_ = std::move(taken);
    return false;
  }
  bool more = false;
  for (const RowEntry* consumer : taken) {
    const ResourceRow& row = *consumer->row;
    if (positions_.contains(row.identity)) continue;
    add(row.identity, row.declared, row.target, /*is_cascade=*/true);
    more = true;
  }
  return more;
}

std::optional<Rejection> ApplyPlanner::check_references() const {
  for (const PlannedResource& resource : resources_) {
    for (const ResourceIdentity& producer : resource.producers) {
      if (positions_.contains(producer)) continue;
      const bool is_deleted =
          deleted_.contains(producer) && !plants_.has(Plant::kDeletedProducerAccepted);
      if (is_made(state_.row(producer)) && !is_deleted) continue;
      return Rejection{RejectionType::kReferencedResourcesNotFound,
                       "resource " + to_string(resource.identity) + " refers to " +
                           to_string(producer) +
                           (is_deleted ? ", which this reconcile deletes: list it in the forma"
                                       : ", which does not exist and is not in the forma")};
    }
  }
  return std::nullopt;
}

std::optional<Rejection> ApplyPlanner::check_cycles() const {
  if (!in_cycle_) return std::nullopt;
  return Rejection{RejectionType::kCyclesDetected,
                   "references form a cycle, in which or behind which is " +
                       to_string(resources_[*in_cycle_].identity)};
}

void ApplyPlanner::decide(PlannedResource& resource) {
  resource.redeclared.reset();
  const Schema& schema = schemas_.of(resource.identity.type);
  if (!is_made(resource.row)) {
    plan_create(resource, schema, Action::kCreate);
    return;
  }
  const ResourceRow& row = *resource.row->row;
  resource.resolved = resolve(schema, resource.desired);
  const bool is_known = resource.producers.empty() || !holds_reference(*resource.resolved);
  const bool may_stay = is_known && !row.unsettled && !resource.is_cascade;
  if (may_stay) {
    bool is_news = false;
    resource.redeclared = redeclared(schema, resource, request_.mode, plants_, is_news);
    const bool as_ever = !is_news && !plants_.has(Plant::kEchoNotKept);
    if (as_ever && equal(schema, *row.actual, *row.echo)) {
      resource.action = Action::kNothing;
      resource.decided = true;
      return;
    }
  }
  Difference change =
      difference(schema, *row.actual, *row.values, resource.resolved, request_.mode, plants_);
  if (!change.create_only.empty() || rests_on_new_producer(resource, schema)) {
    resource.redeclared.reset();
    plan_create(resource, schema, Action::kReplace);
    return;
  }
  resource.after = std::move(change.after);
  const bool stays = may_stay && change.empty();
  resource.action = stays ? Action::kNothing : Action::kUpdate;
  if (!stays) resource.redeclared.reset();
  resource.decided = true;
}

// A reference in a CreateOnly field to something that is about to be made anew.
bool ApplyPlanner::rests_on_new_producer(const PlannedResource& resource,
                                         const Schema& schema) const {
  if (plants_.has(Plant::kNewProducerNotFollowed)) return false;
  bool rests = false;
  for_each_placed_reference(
      schema, *resource.desired, [&](const Place& place, const Reference& reference) {
        const auto producer = positions_.find(reference.producer);
        if (!place.create_only || producer == positions_.end()) return;
        const Action action = resources_[producer->second].action;
        rests = rests || action == Action::kCreate || action == Action::kReplace;
      });
  return rests;
}

// A create sends all that the row then declares: in a patch, what it declared before counts.
void ApplyPlanner::plan_create(PlannedResource& resource, const Schema& schema, Action action) {
  resource.action = action;
  const bool adds = request_.mode == Mode::kPatch && resource.row != nullptr;
  if (adds) {
    const Document all =
        declared_after(schema, *resource.row->row->declared, resource.desired, request_.mode);
    resource.producers = producers_in(all);
    resource.resolved = resolve(schema, all);
  } else {
    resource.resolved = resolve(schema, resource.desired);
  }
  resource.decided = true;
}

Document ApplyPlanner::resolve(const Schema& schema, const Document& document) const {
  if (!holds_reference(*document) && !has_secrets(schema)) return document;
  JsonObject resolved = with_references_replaced(
      document, [this](const Reference& reference) { return value_of(reference); });
  // What a reference brings into an Opaque field is a secret from there on.
  if (vault_ != nullptr) seal_resolved(*vault_, schema, resolved);
  return resolved;
}

std::optional<Json> ApplyPlanner::value_of(const Reference& reference) const {
  const auto position = positions_.find(reference.producer);
  if (position == positions_.end()) {
    const RowEntry* row = state_.row(reference.producer);
    // Not there: check_references() will say so.
    return row == nullptr ? Json(nullptr) : property_of(*row->row, reference.property);
  }
  const PlannedResource& producer = resources_[position->second];
  if (!producer.decided) return std::nullopt;
  if (producer.action == Action::kCreate || producer.action == Action::kReplace)
    return std::nullopt;
  const bool is_field = schemas_.of(reference.producer.type).is_field(reference.property);
  if (producer.action == Action::kNothing || !is_field ||
      plants_.has(Plant::kReferenceChangeMissed)) {
    return property_of(*producer.row->row, reference.property);
  }
  const Json* value = producer.after.if_contains(reference.property.text());
  if (value == nullptr) return Json(nullptr);
  if (holds_reference(*value)) return std::nullopt;
  return *value;
}

std::vector<const RowEntry*> rows_to_destroy(const State& state, const Forma& forma) {
  std::map<ResourceIdentity, const RowEntry*> rows;
  for (const DeclaredResource& resource : forma.resources) {
    const RowEntry* row = state.row(resource.identity);
    if (row != nullptr) rows.emplace(resource.identity, row);
  }
  std::vector<const RowEntry*> out;
  out.reserve(rows.size());
  for (const auto& [identity, row] : rows) out.push_back(row);
  return out;
}

std::vector<const RowEntry*> dependents_of(const State& state, const PlantSet& plants,
                                           const Forma& forma,
                                           const std::vector<const RowEntry*>& deletes) {
  if (deletes.empty()) return {};
  std::set<ResourceIdentity> taken;
  for (const DeclaredResource& resource : forma.resources) taken.insert(resource.identity);
  for (const RowEntry* row : deletes) taken.insert(row->row->identity);
  std::vector<const RowEntry*> out;
  const auto visit = [&](const RowEntry* deleted) {
    for (const RowEntry* consumer : state.consumers_of(deleted->row->identity)) {
      if (taken.insert(consumer->row->identity).second) out.push_back(consumer);
    }
  };
  for (const RowEntry* row : deletes) visit(row);
  if (plants.has(Plant::kCascadeNotTransitive)) return out;
  // visit() appends to `out`.
  size_t next = 0;
  while (next < out.size()) visit(out[next++]);
  return out;
}

}  // namespace squall::engine
