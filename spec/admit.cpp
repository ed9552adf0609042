#include "spec/admit.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

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

// A stack also exists while it is busy, but then check 2 has refused the command already.
bool stack_exists(const Snapshot& snapshot, const std::string& stack) {
  const auto has_row = [&](const auto& entry) { return entry.first.stack == stack; };
  return std::any_of(snapshot.rows.begin(), snapshot.rows.end(), has_row);
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

// Check 3, its first half.
Check check_references(const Snapshot& snapshot, const CommandRequest& request) {
  const Identities in_forma = declared_identities(request.forma);
  Identities deleted;
  for (const PlannedDelete& planned : planned_deletes(snapshot, request)) {
    deleted.insert(planned.row->identity);
  }
  for (const DeclaredResource& resource : request.forma.resources) {
    for (const ResourceIdentity& producer : producers_in(resource.properties)) {
      if (in_forma.contains(producer)) continue;
      const BelievedRow* row = find_row(snapshot.rows, producer);
      const bool exists = row != nullptr && !row->native_id.empty();
      if (exists && !deleted.contains(producer)) continue;
      return Refused{RejectionType::kReferencedResourcesNotFound,
                     to_string(resource.identity) + " references " + to_string(producer) +
                         (exists ? ", which this apply deletes" : ", which does not exist")};
    }
  }
  return std::nullopt;
}

// Checks 3 (its second half) and 4.
Check check_planning(const Planning& planning) {
  if (!planning.create_only_changes.empty()) {
    const CreateOnlyChange& change = planning.create_only_changes.front();
    return Refused{RejectionType::kInvalidForma,
                   to_string(change.identity) + ": " + change.path + " is CreateOnly"};
  }
  if (!planning.cyclic.empty()) {
    return Refused{RejectionType::kCyclesDetected,
                   to_string(planning.cyclic.front()) + " is in a cycle, or depends on one"};
  }
  return std::nullopt;
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
  if (Check failed = check_busy(busy, stacks)) return failed;
  Claims running;
  for (const RunningCommand& command : snapshot.running) {
    for (const RunningUpdate& update : command.updates) running.add(update);
  }
  if (Check failed = check_disjoint(running.deleted, planned.referenced)) return failed;
  return check_disjoint(planned.deleted, running.referenced);
}

// Check 6. With cascade, what depends on a deleted identity is in the plan.
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

// Check 7.
Check check_stacks(const Snapshot& snapshot, const CommandRequest& request, const Plan& plan) {
  if (request.kind != CommandKind::kApply) return std::nullopt;
  std::set<std::string> filled;
  for (const DeclaredResource& resource : request.forma.resources) {
    filled.insert(resource.identity.stack);
  }
  for (const std::string& stack : plan.named_stacks) {
    if (stack_exists(snapshot, stack)) continue;
    if (request.mode == Mode::kPatch) {
      return Refused{RejectionType::kPatchRejected, "stack " + stack + " does not exist"};
    }
    if (!filled.contains(stack)) {
      return Refused{RejectionType::kEmptyStackRejected, "stack " + stack + " would be empty"};
    }
  }
  return std::nullopt;
}

Verdict nothing_or(Plan plan) {
  if (!plan.updates.empty()) return plan;
  return NothingPlanned{std::move(plan.rewrites), std::move(plan.targets)};
}

}  // namespace

Verdict admit(const Snapshot& snapshot, const CommandRequest& request) {
  if (request.kind == CommandKind::kSync) return nothing_or(plan(snapshot, request).plan);

  if (Check failed = validate(snapshot, request)) return *std::move(failed);
  const std::set<std::string> busy = busy_stacks(snapshot);
  if (Check failed = check_busy(busy, named_stacks(request.forma))) return *std::move(failed);
  if (request.kind == CommandKind::kApply) {
    if (Check failed = check_references(snapshot, request)) return *std::move(failed);
  }
  Planning planning = plan(snapshot, request);
  if (Check failed = check_planning(planning)) return *std::move(failed);
  const Plan& planned = planning.plan;
  if (Check failed = check_conflicts(snapshot, busy, planned)) return *std::move(failed);
  if (Check failed = check_dependents(snapshot, request, planned)) return *std::move(failed);
  if (Check failed = check_stacks(snapshot, request, planned)) return *std::move(failed);
  return nothing_or(std::move(planning.plan));
}

}  // namespace squall::spec
