#include "spec/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/after.h"
#include "spec/normalise.h"
#include "spec/order.h"
#include "spec/resolve.h"

namespace squall::spec {

namespace {

using Identities = std::set<ResourceIdentity>;

Identities identities_of(const Forma& forma) {
  Identities out;
  for (const DeclaredResource& resource : forma.resources) out.insert(resource.identity);
  return out;
}

const Schema& schema_of(const Snapshot& snapshot, const ResourceIdentity& identity) {
  SQUALL_CHECK(snapshot.schemas != nullptr);
  const Schema* schema = find_schema(*snapshot.schemas, identity.type);
  SQUALL_CHECK(schema != nullptr);
  return *schema;
}

// Does the value at `path` differ between two documents?
bool differs_at(std::string_view path, const JsonObject& a, const JsonObject& b) {
  const Json* left = at_path(a, path);
  const Json* right = at_path(b, path);
  if (left == nullptr || right == nullptr) return left != right;
  return !same(*left, *right);
}

// Reads never show WriteOnly fields, so what was declared before is all there is to compare with.
bool changes_write_only(const JsonObject& before, const JsonObject& wanted, Mode mode,
                        const Schema& schema) {
  const auto is_write_only = [](const auto& entry) { return entry.second.write_only; };
  if (std::none_of(schema.hints.begin(), schema.hints.end(), is_write_only)) return false;
  const JsonObject old_values = normalise(before, schema);
  const JsonObject new_values = normalise(after(before, wanted, mode, schema), schema);
  return std::any_of(schema.hints.begin(), schema.hints.end(), [&](const auto& entry) {
    return is_write_only(entry) && differs_at(entry.first, old_values, new_values);
  });
}

// Plans the resources of an apply, one after the other, producers first.
class ApplyPlanner {
 public:
  ApplyPlanner(const Snapshot& snapshot, const CommandRequest& request)
      : snapshot_(snapshot), mode_(request.mode), open_(identities_of(request.forma)) {}

  void plan(const DeclaredResource& resource);
  // What references it gives stays unknown.
  void plan_in_cycle(const DeclaredResource& resource);

  Planning planning;
  std::map<ResourceIdentity, Json> created_names;

 private:
  // What the cloud will hold of a producer that this plan changes.
  struct Expected {
    bool is_created = false;
    JsonObject document;  // updates; may hold references that are not known yet
  };

  void plan_one(const DeclaredResource& resource);
  std::optional<Json> look_up(const Reference& reference) const;
  std::optional<Json> look_up(const Expected& expected, const Reference& reference) const;
  void plan_create(PlannedUpdate update, const JsonObject& resolved);
  void plan_existing(PlannedUpdate update, const BelievedRow& row, const JsonObject& resolved);
  void note_create_only(const BelievedRow& row, const JsonObject& next, const JsonObject& wanted);

  const Snapshot& snapshot_;
  const Mode mode_;
  Identities open_;  // resources of the forma that are not planned yet, or in a cycle
  std::map<ResourceIdentity, Expected> expected_;
};

std::optional<Json> ApplyPlanner::look_up(const Expected& expected,
                                          const Reference& reference) const {
  if (expected.is_created) return std::nullopt;
  if (!schema_of(snapshot_, reference.producer).is_field(reference.property)) {
    // Read-only: an update does not change it as far as anyone can tell beforehand.
    const BelievedRow* row = find_row(snapshot_.rows, reference.producer);
    SQUALL_CHECK(row != nullptr);
    return property_of(*row, reference.property);
  }
  const Json* value = expected.document.if_contains(reference.property);
  if (value == nullptr) return Json(nullptr);
  if (has_reference(*value)) return std::nullopt;
  return *value;
}

std::optional<Json> ApplyPlanner::look_up(const Reference& reference) const {
  if (open_.contains(reference.producer)) return std::nullopt;
  const auto found = expected_.find(reference.producer);
  if (found != expected_.end()) return look_up(found->second, reference);
  const BelievedRow* row = find_row(snapshot_.rows, reference.producer);
  return row == nullptr ? Json(nullptr) : property_of(*row, reference.property);
}

void ApplyPlanner::plan(const DeclaredResource& resource) {
  plan_one(resource);
  open_.erase(resource.identity);
}

void ApplyPlanner::plan_in_cycle(const DeclaredResource& resource) {
  plan_one(resource);
  planning.cyclic.push_back(resource.identity);
}

void ApplyPlanner::plan_one(const DeclaredResource& resource) {
  const Schema& schema = schema_of(snapshot_, resource.identity);
  const BelievedRow* row = find_row(snapshot_.rows, resource.identity);
  const Resolved resolved = resolve(
      resource.properties, [this](const Reference& reference) { return look_up(reference); });

  PlannedUpdate update;
  update.identity = resource.identity;
  update.desired = resource.properties;
  update.target = resource.target;
  update.references = producers_in(resource.properties);
  update.declared = declared_after(row == nullptr ? JsonObject() : row->declared,
                                   resource.properties, mode_, schema);
  if (resolved.complete) {
    update.values = declared_after(row == nullptr ? JsonObject() : row->values, resolved.document,
                                   mode_, schema);
  }
  if (row == nullptr || row->native_id.empty()) {
    plan_create(std::move(update), resolved.document);
  } else {
    plan_existing(std::move(update), *row, resolved.document);
  }
}

void ApplyPlanner::plan_create(PlannedUpdate update, const JsonObject& resolved) {
  const Json* name = resolved.if_contains("Name");
  if (name != nullptr && !name->is_null() && !has_reference(*name)) {
    created_names.emplace(update.identity, *name);
  }
  expected_.emplace(update.identity, Expected{.is_created = true, .document = {}});
  update.operation = UpdateOperation::kCreate;
  planning.plan.updates.push_back(std::move(update));
}

void ApplyPlanner::plan_existing(PlannedUpdate update, const BelievedRow& row,
                                 const JsonObject& resolved) {
  const Schema& schema = schema_of(snapshot_, row.identity);
  const JsonObject next = after(row.actual, resolved, mode_, schema);
  if (!row.unsettled && update.values) {
    const bool as_declared = same_declared(update.declared, row.declared, schema) &&
                             same_declared(*update.values, row.values, schema);
    if (as_declared && same_fields(row.actual, row.echo, schema)) return;
    if (same_fields(row.actual, next, schema) &&
        !changes_write_only(row.values, resolved, mode_, schema)) {
      if (!as_declared) {
        planning.plan.rewrites.push_back(
            {row.identity, std::move(update.declared), *std::move(update.values)});
      }
      return;
    }
  }
  note_create_only(row, next, resolved);
  expected_.emplace(row.identity, Expected{.is_created = false, .document = next});
  update.operation = UpdateOperation::kUpdate;
  planning.plan.updates.push_back(std::move(update));
}

void ApplyPlanner::note_create_only(const BelievedRow& row, const JsonObject& next,
                                    const JsonObject& wanted) {
  const Schema& schema = schema_of(snapshot_, row.identity);
  // What is the same as it stands is the same in normal form, which is made for the rest only.
  const bool may_change =
      std::any_of(schema.hints.begin(), schema.hints.end(), [&](const auto& entry) {
        return entry.second.create_only && differs_at(entry.first, row.actual, next);
      });
  if (!may_change) return;
  const JsonObject present = normalise(row.actual, schema);
  const JsonObject desired = normalise(wanted, schema);
  const JsonObject changed = normalise(next, schema);
  for (const auto& [path, hint] : schema.hints) {
    if (!hint.create_only || at_path(present, path) == nullptr) continue;
    const Json* asked = at_path(desired, path);
    if (asked == nullptr || has_reference(*asked)) continue;
    if (differs_at(path, present, changed)) {
      planning.create_only_changes.push_back({row.identity, path});
    }
  }
}

PlannedUpdate as_update(const PlannedDelete& planned) {
  PlannedUpdate update;
  update.identity = planned.row->identity;
  update.operation = UpdateOperation::kDelete;
  update.is_cascade = planned.is_cascade;
  update.values = JsonObject();
  update.references = producers_of(*planned.row);
  update.target = planned.row->target;
  return update;
}

Planning plan_sync(const Snapshot& snapshot) {
  Identities busy;
  for (const RunningCommand& command : snapshot.running) {
    for (const RunningUpdate& update : command.updates) busy.insert(update.identity);
  }
  Planning out;
  for (const auto& [identity, row] : snapshot.rows) {
    if (busy.contains(identity)) continue;
    PlannedUpdate update;
    update.identity = identity;
    update.operation = UpdateOperation::kRead;
    update.values = JsonObject();
    update.target = row.target;
    out.plan.updates.push_back(std::move(update));
  }
  return out;
}

Planning plan_resources(const Snapshot& snapshot, const CommandRequest& request,
                        std::map<ResourceIdentity, Json>& created_names) {
  ApplyPlanner planner(snapshot, request);
  const std::vector<DeclaredResource>& resources = request.forma.resources;
  const ProducersFirst sorted = producers_first(resources);
  for (const size_t i : sorted.order) planner.plan(resources[i]);
  for (const size_t i : sorted.cyclic) planner.plan_in_cycle(resources[i]);
  planner.planning.plan.targets = request.forma.targets;
  created_names = std::move(planner.created_names);
  return std::move(planner.planning);
}

}  // namespace

std::vector<std::string> named_stacks(const Forma& forma) {
  std::set<std::string> labels;
  for (const DeclaredStack& stack : forma.stacks) labels.insert(stack.label);
  for (const DeclaredResource& resource : forma.resources) labels.insert(resource.identity.stack);
  return {labels.begin(), labels.end()};
}

std::vector<PlannedDelete> planned_deletes(const Snapshot& snapshot,
                                           const CommandRequest& request) {
  const Identities in_forma = identities_of(request.forma);
  const std::vector<std::string> stacks = named_stacks(request.forma);
  const auto is_named = [&](const BelievedRow& row) {
    if (request.kind == CommandKind::kDestroy) return in_forma.contains(row.identity);
    return request.kind == CommandKind::kApply && request.mode == Mode::kReconcile &&
           !in_forma.contains(row.identity) &&
           std::binary_search(stacks.begin(), stacks.end(), row.identity.stack);
  };
  std::vector<PlannedDelete> out;
  Identities deleted;
  for (const auto& [identity, row] : snapshot.rows) {
    if (!is_named(row)) continue;
    out.push_back({&row, false});
    deleted.insert(identity);
  }
  if (out.empty() || request.on_dependents != OnDependents::kCascade) return out;

  std::map<ResourceIdentity, std::vector<const BelievedRow*>> consumers;
  for (const auto& [identity, row] : snapshot.rows) {
    for (const ResourceIdentity& producer : producers_of(row)) consumers[producer].push_back(&row);
  }
  for (size_t i = 0; i < out.size(); ++i) {  // grows while it is walked: transitively
    for (const BelievedRow* consumer : consumers[out[i].row->identity]) {
      if (in_forma.contains(consumer->identity)) continue;
      if (deleted.insert(consumer->identity).second) out.push_back({consumer, true});
    }
  }
  return out;
}

Planning plan(const Snapshot& snapshot, const CommandRequest& request) {
  if (request.kind == CommandKind::kSync) return plan_sync(snapshot);
  Planning out;
  std::map<ResourceIdentity, Json> created_names;
  if (request.kind == CommandKind::kApply) {
    out = plan_resources(snapshot, request, created_names);
  }
  out.plan.named_stacks = named_stacks(request.forma);
  for (const PlannedDelete& planned : planned_deletes(snapshot, request)) {
    out.plan.updates.push_back(as_update(planned));
  }
  add_waits(out.plan, snapshot.rows, created_names);
  return out;
}

}  // namespace squall::spec
