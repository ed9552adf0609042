#include "engine/admission.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/check.h"
#include "engine/ordering.h"
#include "engine/planner.h"
#include "engine/validation.h"

namespace squall::engine {

namespace {

using Verdict = std::optional<Rejection>;

constexpr std::string_view kName = "Name";

bool is_busy(const State& state, const PlantSet& plants, const std::string& stack) {
  // Planted: a stack is looked up among the rows, where creates in flight are not yet.
  if (plants.has(Plant::kTwoIdentities) && !state.has_rows(stack)) return false;
  return state.is_busy(stack);
}

Rejection conflict_on(const std::string& stack) {
  return {RejectionType::kConflictingCommands,
          "another command is changing stack " + stack + ": wait for it to end"};
}

std::string name_in(const JsonObject& properties) {
  const Json* name = properties.if_contains(kName);
  return name != nullptr && name->is_string() ? std::string(name->get_string()) : std::string();
}

// Collects the updates of a plan, and runs the checks that look at the whole of it.
class Assembly {
 public:
  Assembly(const State& state, const PlantSet& plants, const CommandRequest& request)
      : state_(state), plants_(plants), request_(request) {}

  void add(const PlannedResource& resource) {
    if (resource.action == Action::kNothing) {
      if (resource.redeclared) plan_.redeclared.push_back(*resource.redeclared);
      return;
    }
    Draft draft;
    const bool create = resource.action == Action::kCreate;
    draft.update.identity = resource.declared->identity;
    draft.update.operation = create ? UpdateOperation::kCreate : UpdateOperation::kUpdate;
    draft.update.target = resource.declared->target;
    draft.update.desired = make_document(resource.declared->properties);
    if (resource.row != nullptr) draft.update.ksuid = resource.row->row->ksuid;
    draft.row = resource.row;
    draft.producers = producers_in(*draft.update.desired);
    draft.name = name_in(resource.resolved);
    changed_.insert(resource.declared->identity);
    drafts_.push_back(std::move(draft));
  }

  void add_delete(const RowEntry* entry, bool is_cascade) {
    const ResourceRow& row = *entry->row;
    Draft draft;
    draft.update.identity = row.identity;
    draft.update.operation = UpdateOperation::kDelete;
    draft.update.target = row.target;
    draft.update.ksuid = row.ksuid;
    draft.update.is_cascade = is_cascade;
    draft.row = entry;
    draft.name =
        name_in(row.native_id.empty() && row.unsettled ? *row.unsettled->wanted : *row.actual);
    plan_.cascades += is_cascade ? 1 : 0;
    drafts_.push_back(std::move(draft));
  }

  // docs/rules.md §5.5
  Verdict check_conflicts() const {
    for (const Draft& draft : drafts_) {
      const PlannedUpdate& update = draft.update;
      if (is_busy(state_, plants_, update.identity.stack)) {
        return conflict_on(update.identity.stack);
      }
      if (update.operation == UpdateOperation::kDelete) {
        if (!state_.is_claimed(update.identity)) continue;
        return Rejection{RejectionType::kConflictingCommands,
                         "another command creates or changes resources that refer to " +
                             to_string(update.identity) + ": wait for it to end"};
      }
      for (const ResourceIdentity& producer : draft.producers) {
        if (!state_.is_being_deleted(producer)) continue;
        return Rejection{RejectionType::kConflictingCommands,
                         to_string(update.identity) + " refers to " + to_string(producer) +
                             ", which another command deletes: wait for it to end"};
      }
    }
    return std::nullopt;
  }

  Plan finish() {
    plan_.dropped_edges = order_updates(drafts_);
    for (Draft& draft : drafts_) {
      for (const ResourceIdentity& producer : draft.producers) {
        if (changed_.contains(producer)) continue;
        const RowEntry* row = state_.row(producer);
        SQUALL_CHECK(row != nullptr);  // ReferencedResourcesNotFound otherwise
        draft.update.producers.push_back({producer, row->row->native_id, row->row->target});
      }
      plan_.updates.push_back(std::move(draft.update));
    }
    for (const Target& target : request_.forma.targets) {
      if (request_.kind != CommandKind::kApply) break;
      const Target* known = state_.target(target.label);
      if (known == nullptr || !(*known == target)) plan_.targets.push_back(target);
    }
    return std::move(plan_);
  }

 private:
  const State& state_;
  const PlantSet& plants_;
  const CommandRequest& request_;
  std::vector<Draft> drafts_;
  std::set<ResourceIdentity> changed_;  // created or updated
  Plan plan_;
};

// docs/rules.md §5.6
Verdict check_dependents(const std::vector<const RowEntry*>& dependents) {
  if (dependents.empty()) return std::nullopt;
  return Rejection{RejectionType::kResourceHasDependents,
                   to_string(dependents.front()->row->identity) +
                       " refers to a resource that would be deleted: delete it too, or use "
                       "on-dependents=cascade"};
}

// docs/rules.md §5.7
Verdict check_stacks(const State& state, const CommandRequest& request) {
  if (request.kind != CommandKind::kApply) return std::nullopt;
  std::set<std::string> filled;
  for (const DeclaredResource& resource : request.forma.resources) {
    filled.insert(resource.identity.stack);
  }
  for (const std::string& stack : named_stacks(request.forma)) {
    if (state.stack_exists(stack)) continue;
    if (request.mode == Mode::kPatch) {
      return Rejection{RejectionType::kPatchRejected,
                       "stack " + stack +
                           " does not exist: a patch changes what is there, use "
                           "mode=reconcile to create it"};
    }
    if (!filled.contains(stack)) {
      return Rejection{RejectionType::kEmptyStackRejected,
                       "stack " + stack +
                           " does not exist and would stay empty: give it a "
                           "resource"};
    }
  }
  return std::nullopt;
}

}  // namespace

Admission admit(const State& state, const Schemas& schemas, const PlantSet& plants,
                const CommandRequest& request) {
  SQUALL_CHECK(request.kind != CommandKind::kSync);
  if (Verdict wrong = validate(state, schemas, request)) return *wrong;
  for (const std::string& stack : named_stacks(request.forma)) {
    if (is_busy(state, plants, stack)) return conflict_on(stack);
  }

  Assembly assembly(state, plants, request);
  std::vector<const RowEntry*> deletes;
  if (request.kind == CommandKind::kApply) {
    ApplyPlanner planner(state, schemas, request);
    if (Verdict wrong = planner.check_references()) return *wrong;
    if (Verdict wrong = planner.decide()) return *wrong;
    if (Verdict wrong = planner.check_cycles()) return *wrong;
    for (const PlannedResource& resource : planner.resources()) assembly.add(resource);
    deletes = planner.deletes();
  } else {
    deletes = rows_to_destroy(state, request.forma);
  }
  for (const RowEntry* row : deletes) assembly.add_delete(row, false);

  std::vector<const RowEntry*> dependents;
  const bool blind =
      request.kind == CommandKind::kDestroy && plants.has(Plant::kDestroyIgnoresDependents);
  if (!blind) dependents = dependents_of(state, request.forma, deletes);
  const bool cascade = request.on_dependents == OnDependents::kCascade;
  if (cascade) {
    for (const RowEntry* row : dependents) assembly.add_delete(row, true);
  }
  if (Verdict wrong = assembly.check_conflicts()) return *wrong;
  if (!cascade) {
    if (Verdict wrong = check_dependents(dependents)) return *wrong;
  }
  if (Verdict wrong = check_stacks(state, request)) return *wrong;
  return assembly.finish();
}

}  // namespace squall::engine
