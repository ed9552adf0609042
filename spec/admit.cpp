#include "spec/admit.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "spec/plan_and_apply.h"
#include "spec/resolve.h"
#include "spec/validate.h"

namespace squall::spec {

namespace {

using Check = std::optional<Refused>;
using Identities = std::set<ResourceIdentity>;

Identities declared_identities(const Forma& forma) {
  Identities out;
  for (const DeclaredResource& resource : forma.resources) out.insert(resource.identity);
  return out;
}

// Every stack a running command has an update in, whatever has become of that update.
std::set<std::string> busy_stacks(const Snapshot& snapshot) {
  std::set<std::string> out;
  for (const RunningCommand& command : snapshot.running) {
    for (const RunningUpdate& update : command.updates) out.insert(update.identity.stack);
  }
  return out;
}

bool stack_exists(const Snapshot& snapshot, const std::set<std::string>& busy,
                  const std::string& stack) {
  const auto has_row = [&](const auto& entry) { return entry.first.stack == stack; };
  return busy.contains(stack) || std::any_of(snapshot.rows.begin(), snapshot.rows.end(), has_row);
}

// Checks 2 and 5: is one of the stacks busy?
template <class Stacks>
Check check_busy(const std::set<std::string>& busy, const Stacks& stacks) {
  for (const std::string& stack : stacks) {
    if (busy.contains(stack)) {
      return Refused{RejectionType::kConflictingCommands, "stack " + stack + " is busy"};
    }
  }
  return std::nullopt;
}

// Check 3, for one desired document.
Check check_producers(const ResourceIdentity& consumer,
                      const std::vector<ResourceIdentity>& producers, const Snapshot& snapshot,
                      const Identities& in_forma, const Identities& deleted) {
  for (const ResourceIdentity& producer : producers) {
    if (in_forma.contains(producer)) continue;
    const BelievedRow* row = find_row(snapshot.rows, producer);
    const bool exists = row != nullptr && !row->native_id.empty();
    if (exists && !deleted.contains(producer)) continue;
    return Refused{RejectionType::kReferencedResourcesNotFound,
                   to_string(consumer) + " references " + to_string(producer) +
                       (exists ? ", which this apply deletes" : ", which does not exist")};
  }
  return std::nullopt;
}

// Check 3. Of the forma's documents, and of what is sent beyond them: what was declared before, in
// a create, and what follows a replacement.
Check check_references(const Snapshot& snapshot, const CommandRequest& request, const Plan& plan) {
  if (request.kind != CommandKind::kApply) return std::nullopt;
  // Or made by the plan: what was left without an object and follows a replacement.
  Identities in_forma = declared_identities(request.forma);
  Identities deleted;
  for (const PlannedUpdate& update : plan.updates) {
    if (update.operation == UpdateOperation::kCreate) in_forma.insert(update.identity);
    if (update.operation == UpdateOperation::kDelete && !update.is_half_of_replace) {
      deleted.insert(update.identity);
    }
  }
  for (const DeclaredResource& resource : request.forma.resources) {
    Check failed = check_producers(resource.identity, producers_in(resource.properties), snapshot,
                                   in_forma, deleted);
    if (failed) return failed;
  }
  for (const PlannedUpdate& update : plan.updates) {
    if (update.operation == UpdateOperation::kDelete) continue;
    Check failed = check_producers(update.identity, update.references, snapshot, in_forma, deleted);
    if (failed) return failed;
  }
  return std::nullopt;
}

// Check 4.
Check check_cycles(const Planning& planning) {
  if (planning.cyclic.empty()) return std::nullopt;
  return Refused{RejectionType::kCyclesDetected,
                 to_string(planning.cyclic.front()) + " is in a cycle, or depends on one"};
}

struct Claims {
  Identities deleted;
  Identities referenced;  // by creates and updates

  template <class Update>
  void add(const Update& update) {
    if (update.operation == UpdateOperation::kDelete) {
      deleted.insert(update.identity);
    } else {
      referenced.insert(update.references.begin(), update.references.end());
    }
  }
};

Check check_disjoint(const Identities& deleted, const Identities& referenced) {
  for (const ResourceIdentity& identity : deleted) {
    if (referenced.contains(identity)) {
      return Refused{RejectionType::kConflictingCommands,
                     to_string(identity) + " is deleted by one command and referenced by another"};
    }
  }
  return std::nullopt;
}

// Check 5.
Check check_conflicts(const Snapshot& snapshot, const std::set<std::string>& busy,
                      const Plan& plan) {
  std::set<std::string> stacks;
  Claims planned;
  for (const PlannedUpdate& update : plan.updates) {
    stacks.insert(update.identity.stack);
    planned.add(update);
  }
  for (const DeclaredRewrite& rewrite : plan.rewrites) {
    const std::vector<ResourceIdentity> producers = producers_in(rewrite.declared);
    planned.referenced.insert(producers.begin(), producers.end());
  }
  if (Check failed = check_busy(busy, stacks)) return failed;
  Claims running;
  for (const RunningCommand& command : snapshot.running) {
    for (const RunningUpdate& update : command.updates) running.add(update);
  }
  if (Check failed = check_disjoint(running.deleted, planned.referenced)) return failed;
  return check_disjoint(planned.deleted, running.referenced);
}

// Check 6. With cascade, what depends on a deleted or replaced identity is in the plan.
Check check_dependents(const Snapshot& snapshot, const CommandRequest& request, const Plan& plan) {
  if (request.on_dependents == OnDependents::kCascade) return std::nullopt;
  Claims planned;
  for (const PlannedUpdate& update : plan.updates) planned.add(update);
  if (planned.deleted.empty()) return std::nullopt;
  const Identities in_forma = declared_identities(request.forma);
  for (const auto& [identity, row] : snapshot.rows) {
    if (planned.deleted.contains(identity) || in_forma.contains(identity)) continue;
    for (const ResourceIdentity& producer : producers_of(row)) {
      if (!planned.deleted.contains(producer)) continue;
      return Refused{RejectionType::kResourceHasDependents,
                     to_string(identity) + " references " + to_string(producer)};
    }
  }
  return std::nullopt;
}

// Check 7: what somebody else wrote last is overwritten by force only.
Check check_declared(const Snapshot& snapshot, const CommandRequest& request, const Plan& plan) {
  const bool is_reconcile = request.kind == CommandKind::kApply && request.mode == Mode::kReconcile;
  if (!is_reconcile || request.force) return std::nullopt;
  for (const PlannedUpdate& update : plan.updates) {
    const BelievedRow* row = find_row(snapshot.rows, update.identity);
    if (row == nullptr || row->native_id.empty() || row->is_declared) continue;
    return Refused{RejectionType::kReconcileRejected,
                   to_string(update.identity) + " was not written last by a reconcile"};
  }
  return std::nullopt;
}

// Check 8.
Check check_stacks(const Snapshot& snapshot, const std::set<std::string>& busy,
                   const CommandRequest& request, const Plan& plan) {
  if (request.kind != CommandKind::kApply) return std::nullopt;
  std::set<std::string> filled;
  for (const DeclaredResource& resource : request.forma.resources) {
    filled.insert(resource.identity.stack);
  }
  for (const std::string& stack : plan.named_stacks) {
    if (stack_exists(snapshot, busy, stack)) continue;
    if (request.mode == Mode::kPatch) {
      return Refused{RejectionType::kPatchRejected, "stack " + stack + " does not exist"};
    }
    if (!filled.contains(stack)) {
      return Refused{RejectionType::kEmptyStackRejected, "stack " + stack + " would be empty"};
    }
  }
  return std::nullopt;
}

// Checks 2 to 8.
Check check_all(const Snapshot& snapshot, const CommandRequest& request, const Planning& planning) {
  const std::set<std::string> busy = busy_stacks(snapshot);
  const Plan& plan = planning.plan;
  if (!request.simulate) {
    if (Check failed = check_busy(busy, plan.named_stacks)) return failed;
  }
  if (Check failed = check_references(snapshot, request, plan)) return failed;
  if (Check failed = check_cycles(planning)) return failed;
  if (!request.simulate) {
    if (Check failed = check_conflicts(snapshot, busy, plan)) return failed;
  }
  if (Check failed = check_dependents(snapshot, request, plan)) return failed;
  if (Check failed = check_declared(snapshot, request, plan)) return failed;
  return check_stacks(snapshot, busy, request, plan);
}

// Check 9.
Verdict nothing_or(Plan plan) {
  if (!plan.updates.empty()) return plan;
  return NothingPlanned{std::move(plan.rewrites), std::move(plan.targets)};
}

}  // namespace

Verdict admit(const Snapshot& snapshot, const CommandRequest& request) {
  if (request.kind == CommandKind::kSync) return nothing_or(plan(snapshot, request).plan);
  if (snapshot.dialect == Dialect::kPlanAndApply) return admit_plan_and_apply(snapshot, request);

  if (Check failed = validate(snapshot, request)) return *std::move(failed);
  Planning planning = plan(snapshot, request);
  if (Check failed = check_all(snapshot, request, planning)) return *std::move(failed);
  if (!request.simulate) return nothing_or(std::move(planning.plan));
  if (planning.plan.updates.empty()) return NothingPlanned{};
  return WouldDo{std::move(planning.plan)};
}

}  // namespace squall::spec
