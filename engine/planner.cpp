#include "engine/planner.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/difference.h"
#include "engine/normal_form.h"
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

// What the row declares once the resource was applied; nullopt where that is what it declares now.
std::optional<ResourceRow> redeclared(const Schema& schema, const PlannedResource& resource,
                                      Mode mode) {
  const ResourceRow& row = *resource.row->row;
  JsonObject declared = declared_after(schema, *row.declared, resource.declared->properties, mode);
  JsonObject values = declared_after(schema, *row.values, resource.resolved, mode);
  if (equal(schema, declared, *row.declared) && equal(schema, values, *row.values)) {
    return std::nullopt;
  }
  ResourceRow out = row;
  out.declared = make_document(std::move(declared));
  out.values = make_document(std::move(values));
  out.echo = row.actual;
  return out;
}

}  // namespace

ApplyPlanner::ApplyPlanner(const State& state, const Schemas& schemas,
                           const CommandRequest& request)
    : state_(state), schemas_(schemas), request_(request) {
  resources_.reserve(request.forma.resources.size());
  for (const DeclaredResource& declared : request.forma.resources) {
    PlannedResource resource;
    resource.declared = &declared;
    resource.row = state.row(declared.identity);
    for_each_reference(declared.properties, [&](const std::string&, const Reference& reference) {
      resource.references.push_back(reference);
    });
    positions_.emplace(declared.identity, resources_.size());
    resources_.push_back(std::move(resource));
  }
  sort_producers_first();
  if (request.mode != Mode::kReconcile) return;
  for (const std::string& stack : named_stacks(request.forma)) {
    for (const RowEntry* row : state.rows_of_stack(stack)) {
      if (!positions_.contains(row->row->identity)) deletes_.push_back(row);
    }
  }
}

void ApplyPlanner::sort_producers_first() {
  std::vector<std::vector<size_t>> consumers(resources_.size());
  std::vector<size_t> waiting_for(resources_.size(), 0);
  for (size_t i = 0; i < resources_.size(); ++i) {
    for (const Reference& reference : resources_[i].references) {
      const auto producer = positions_.find(reference.producer);
      if (producer == positions_.end()) continue;
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

std::optional<Rejection> ApplyPlanner::check_references() const {
  std::set<ResourceIdentity> deleted;
  for (const RowEntry* row : deletes_) deleted.insert(row->row->identity);
  if (request_.on_dependents == OnDependents::kCascade) {
    for (const RowEntry* row : dependents_of(state_, request_.forma, deletes_)) {
      deleted.insert(row->row->identity);
    }
  }
  for (const PlannedResource& resource : resources_) {
    for (const Reference& reference : resource.references) {
      if (positions_.contains(reference.producer)) continue;
      const bool is_deleted = deleted.contains(reference.producer);
      if (is_made(state_.row(reference.producer)) && !is_deleted) continue;
      return Rejection{RejectionType::kReferencedResourcesNotFound,
                       "resource " + to_string(resource.declared->identity) + " refers to " +
                           to_string(reference.producer) +
                           (is_deleted ? ", which this reconcile deletes: list it in the forma"
                                       : ", which does not exist and is not in the forma")};
    }
  }
  return std::nullopt;
}

std::optional<Rejection> ApplyPlanner::decide() {
  for (const size_t position : order_) decide(resources_[position]);
  // In a circle nobody is first: what refers into it stays unknown, the rest can still be judged.
  for (const size_t position : in_circle_) decide(resources_[position]);
  for (const PlannedResource& resource : resources_) {
    if (resource.create_only.empty()) continue;
    return Rejection{RejectionType::kInvalidForma,
                     "resource " + to_string(resource.declared->identity) + ": " +
                         resource.create_only.front() +
                         " cannot be changed once it is created; replacement is not supported"};
  }
  return std::nullopt;
}

std::optional<Rejection> ApplyPlanner::check_cycles() const {
  if (in_circle_.empty()) return std::nullopt;
  return Rejection{RejectionType::kCyclesDetected,
                   "references form a cycle, in which or behind which is " +
                       to_string(resources_[in_circle_.front()].declared->identity)};
}

void ApplyPlanner::decide(PlannedResource& resource) {
  resource.decided = true;
  if (!is_made(resource.row)) {
    resource.action = Action::kCreate;
    resolve(resource);
    return;
  }
  const ResourceRow& row = *resource.row->row;
  const Schema& schema = schemas_.of(row.identity.type);
  resolve(resource);
  const bool is_known = !holds_reference(resource.resolved);
  if (is_known && !row.unsettled) {
    resource.redeclared = redeclared(schema, resource, request_.mode);
    if (!resource.redeclared && equal(schema, *row.actual, *row.echo)) return;
  }
  Difference change = difference(schema, *row.actual, resource.resolved, request_.mode);
  resource.create_only = std::move(change.create_only);
  resource.after = std::move(change.after);
  if (is_known && !row.unsettled && change.empty()) return;
  resource.action = Action::kUpdate;
  resource.redeclared.reset();
}

void ApplyPlanner::resolve(PlannedResource& resource) {
  const JsonObject& properties = resource.declared->properties;
  if (resource.references.empty()) {
    resource.resolved = properties;
    return;
  }
  resource.resolved = with_references_replaced(
      properties, [this](const Reference& reference) { return value_of(reference); });
}

std::optional<Json> ApplyPlanner::value_of(const Reference& reference) const {
  const auto position = positions_.find(reference.producer);
  if (position == positions_.end()) {
    const RowEntry* row = state_.row(reference.producer);
    SQUALL_CHECK(row != nullptr);  // check_references() came first
    return property_of(*row->row, reference.property);
  }
  const PlannedResource& producer = resources_[position->second];
  if (!producer.decided || producer.action == Action::kCreate) return std::nullopt;
  const bool is_field = schemas_.of(reference.producer.type).is_field(reference.property);
  if (producer.action == Action::kNothing || !is_field) {
    return property_of(*producer.row->row, reference.property);
  }
  const Json* value = producer.after.if_contains(reference.property);
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

std::vector<const RowEntry*> dependents_of(const State& state, const Forma& forma,
                                           const std::vector<const RowEntry*>& deletes) {
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
  // visit() appends to `out`.
  size_t next = 0;
  while (next < out.size()) visit(out[next++]);
  return out;
}

}  // namespace squall::engine
