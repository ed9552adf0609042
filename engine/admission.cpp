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

bool is_busy(const State& state, const PlantSet& plants, const InternedText& stack) {
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
  Assembly(const State& state, const Schemas& schemas, const PlantSet& plants,
           const CommandRequest& request)
      : state_(state), schemas_(schemas), plants_(plants), request_(request) {}

  void add(const PlannedResource& resource) {
    if (resource.action == Action::kNothing) {
      if (resource.redeclared) plan_.redeclared.push_back(*resource.redeclared);
      return;
    }
    const bool replace = resource.action == Action::kReplace;
    if (replace) add_delete(resource.row, resource.is_cascade, /*is_half=*/true);
    Draft draft;
    const bool create = replace || resource.action == Action::kCreate;
    draft.update.identity = resource.identity;
    draft.update.operation = create ? UpdateOperation::kCreate : UpdateOperation::kUpdate;
    draft.update.target = resource.target;
    draft.update.desired = resource.desired;
    draft.update.references = resource.producers;
    draft.update.is_cascade = resource.is_cascade;
    draft.update.is_half_of_replace = replace;
    draft.row = resource.row;
    // Without a ksuid it gets a new one.
    const bool keeps =
        resource.row != nullptr && !(replace && plants_.has(Plant::kReplaceDropsIdentity));
    if (keeps) draft.update.ksuid = resource.row->row->ksuid;
    draft.name = name_in(resource.resolved);
    if (replace && request_.mode == Mode::kPatch && resource.row->row->unsettled)
      draft.may_refer_to = producers_in(*resource.row->row->unsettled->declared);
    changed_.insert(resource.identity);
    plan_.cascaded_consumers += resource.is_cascade ? 1 : 0;
    drafts_.push_back(std::move(draft));
  }

  void add_delete(const RowEntry* entry, bool is_cascade, bool is_half) {
    const ResourceRow& row = *entry->row;
    Draft draft;
    draft.update.identity = row.identity;
    draft.update.operation = UpdateOperation::kDelete;
    draft.update.target = row.target;
    draft.update.ksuid = row.ksuid;
    draft.update.is_cascade = is_cascade;
    draft.update.is_half_of_replace = is_half;
    draft.row = entry;
    draft.name =
        name_in(row.native_id.empty() && row.unsettled ? *row.unsettled->wanted : *row.actual);
    plan_.cascades += is_cascade && !is_half ? 1 : 0;
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
      for (const ResourceIdentity& producer : update.references) {
        if (!state_.is_being_deleted(producer)) continue;
        return Rejection{RejectionType::kConflictingCommands,
                         to_string(update.identity) + " refers to " + to_string(producer) +
                             ", which another command deletes: wait for it to end"};
      }
    }
    for (const ResourceRow& row : plan_.redeclared) {
      for (const ResourceIdentity& producer : producers_in(*row.declared)) {
        if (!state_.is_being_deleted(producer)) continue;
        return Rejection{RejectionType::kConflictingCommands,
                         to_string(row.identity) + " is declared to refer to " +
                             to_string(producer) +
                             ", which another command deletes: wait for it to end"};
      }
    }
    return std::nullopt;
  }

  // docs/rules.md §5.7
  Verdict check_declared() const {
    const bool overwrites = request_.kind == CommandKind::kApply &&
                            request_.mode == Mode::kReconcile && !request_.force;
    if (!overwrites) return std::nullopt;
    for (const Draft& draft : drafts_) {
      if (draft.row == nullptr) continue;
      const ResourceRow& row = *draft.row->row;
      if (row.native_id.empty() || row.is_declared) continue;
      return Rejection{RejectionType::kReconcileRejected,
                       to_string(row.identity) +
                           " was last changed by a patch or by somebody else, not by a reconcile: "
                           "take that into the forma, or use force to overwrite it"};
    }
    return std::nullopt;
  }

  Plan finish() {
    plan_.dropped_edges = order_updates(schemas_, plants_, drafts_);
    for (Draft& draft : drafts_) {
      for (const ResourceIdentity& producer : draft.update.references) {
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
  const Schemas& schemas_;
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
                       " refers to a resource that would be deleted or replaced: name it in the "
                       "forma too, or use on-dependents=cascade"};
}

// docs/rules.md §5.8
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

// What stands in the way of a destroy, or is taken along by it.
std::vector<const RowEntry*> dependents_of_destroy(const State& state, const PlantSet& plants,
                                                   const CommandRequest& request,
                                                   const std::vector<const RowEntry*>& deletes) {
  if (plants.has(Plant::kDestroyIgnoresDependents)) return {};
  return dependents_of(state, plants, request.forma, deletes);
}

}  // namespace

Admission admit(const State& state, const Schemas& schemas, const PlantSet& plants,
                const CommandRequest& request, Env* vault) {
  SQUALL_CHECK(request.kind != CommandKind::kSync);
  if (Verdict wrong = validate(state, schemas, request)) return *wrong;
  for (const std::string& stack : named_stacks(request.forma)) {
    if (!request.simulate && is_busy(state, plants, stack)) return conflict_on(stack);
  }

  Assembly assembly(state, schemas, plants, request);
  std::vector<const RowEntry*> deletes;
  std::vector<const RowEntry*> dependents;
  std::vector<const RowEntry*> consumers_left;
  std::optional<ApplyPlanner> planner;  // what it decided on refers to it
  if (request.kind == CommandKind::kApply) {
    planner.emplace(state, schemas, plants, request, vault);
    planner->decide();
    if (Verdict wrong = planner->check_references()) return *wrong;
    if (Verdict wrong = planner->check_cycles()) return *wrong;
    for (const PlannedResource& resource : planner->resources()) assembly.add(resource);
    deletes = planner->deletes();
    dependents = planner->dependents();
    consumers_left = planner->consumers_left();
  } else {
    deletes = rows_to_destroy(state, request.forma);
    dependents = dependents_of_destroy(state, plants, request, deletes);
  }
  for (const RowEntry* row : deletes) assembly.add_delete(row, false, /*is_half=*/false);
  const bool cascade = request.on_dependents == OnDependents::kCascade;
  if (cascade) {
    for (const RowEntry* row : dependents) assembly.add_delete(row, true, /*is_half=*/false);
  }
  if (!request.simulate) {
    if (Verdict wrong = assembly.check_conflicts()) return *wrong;
  }
  if (!cascade) {
    if (Verdict wrong = check_dependents(dependents)) return *wrong;
    if (Verdict wrong = check_dependents(consumers_left)) return *wrong;
  }
  if (Verdict wrong = assembly.check_declared()) return *wrong;
  if (Verdict wrong = check_stacks(state, request)) return *wrong;
  return assembly.finish();
}

}  // namespace squall::engine
