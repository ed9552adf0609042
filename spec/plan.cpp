#include "spec/plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "documents/generic_types.h"
#include "spec/decide.h"
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

PlannedUpdate delete_of(const BelievedRow& row, bool is_cascade) {
  PlannedUpdate update;
  update.identity = row.identity;
  update.operation = UpdateOperation::kDelete;
  update.is_cascade = is_cascade;
  update.values = JsonObject();
  update.references = producers_of(row);
  update.target = row.target;
  return update;
}

PlannedUpdate change_of(const Subject& subject, const Decision& decision) {
  PlannedUpdate update;
  update.identity = subject.identity;
  update.operation = decision.makes_anew() ? UpdateOperation::kCreate : UpdateOperation::kUpdate;
  update.is_cascade = subject.is_cascade;
  update.is_half_of_replace = decision.fate == Fate::kReplace;
  update.declared = decision.declared;
  update.values = decision.values;
  update.references = producers_in(decision.desired);
  update.desired = decision.desired;
  update.asked = decision.asked;
  update.target = subject.target;
  return update;
}

// Nothing is done for it, and yet it has been declared.
void add_rewrite(const BelievedRow& row, const Decision& decision, const Snapshot& snapshot,
                 Mode mode, Plan& plan) {
  DeclaredRewrite rewrite;
  rewrite.identity = row.identity;
  rewrite.is_declared = row.is_declared || mode == Mode::kReconcile;
  rewrite.declared = decision.declared;
  rewrite.values = *decision.values;
  const Schema& schema = *find_schema(*snapshot.schemas, row.identity.type);
  if (rewrite.is_declared != row.is_declared ||
      !same_declared(rewrite.declared, row.declared, schema) ||
      !same_declared(rewrite.values, row.values, schema)) {
    plan.rewrites.push_back(std::move(rewrite));
  }
}

void add_subject(const Subject& subject, const Decision& decision, const Snapshot& snapshot,
                 Mode mode, Plan& plan) {
  const BelievedRow* row = find_row(snapshot.rows, subject.identity);
  if (decision.fate == Fate::kNothing) {
    return add_rewrite(*row, decision, snapshot, mode, plan);
  }
  if (decision.fate == Fate::kReplace) {
    PlannedUpdate first_half = delete_of(*row, subject.is_cascade);
    first_half.is_half_of_replace = true;
    plan.updates.push_back(std::move(first_half));
  }
  plan.updates.push_back(change_of(subject, decision));
}

// The rows a command names (destroy) or leaves out (reconcile), then cascades.
std::vector<PlannedUpdate> planned_deletes(const Snapshot& snapshot,
                                           const CommandRequest& request) {
  const Identities in_forma = identities_of(request.forma);
  const std::vector<std::string> stacks = named_stacks(request.forma);
  const auto is_named = [&](const ResourceIdentity& identity) {
    if (request.kind == CommandKind::kDestroy) return in_forma.contains(identity);
    return request.kind == CommandKind::kApply && request.mode == Mode::kReconcile &&
           !in_forma.contains(identity) &&
           std::binary_search(stacks.begin(), stacks.end(), identity.stack);
  };
  std::vector<PlannedUpdate> out;
  Identities deleted;
  for (const auto& [identity, row] : snapshot.rows) {
    if (!is_named(identity)) continue;
    out.push_back(delete_of(row, false));
    deleted.insert(identity);
  }
  if (out.empty() || request.on_dependents != OnDependents::kCascade) return out;

  std::map<ResourceIdentity, std::vector<const BelievedRow*>> consumers;
  for (const auto& [identity, row] : snapshot.rows) {
    for (const ResourceIdentity& producer : producers_of(row)) consumers[producer].push_back(&row);
  }
  for (size_t i = 0; i < out.size(); ++i) {  // grows while it is walked: transitively
    const ResourceIdentity producer = out[i].identity;
    for (const BelievedRow* consumer : consumers[producer]) {
      if (in_forma.contains(consumer->identity)) continue;
      if (deleted.insert(consumer->identity).second) out.push_back(delete_of(*consumer, true));
    }
  }
  return out;
}

std::vector<ResourceIdentity> cyclic_resources(const Forma& forma) {
  std::vector<Referrer> referrers;
  for (const DeclaredResource& resource : forma.resources) {
    referrers.push_back({resource.identity, producers_in(resource.properties)});
  }
  std::vector<ResourceIdentity> out;
  for (const size_t index : producers_first(referrers).cyclic) {
    out.push_back(referrers[index].identity);
  }
  return out;
}

Planning plan_sync(const Snapshot& snapshot) {
  Identities busy;
  for (const RunningCommand& command : snapshot.running) {
    for (const RunningUpdate& update : command.updates) busy.insert(update.identity);
  }
  Planning out;
  for (const auto& [identity, row] : snapshot.rows) {
    const bool is_no_object = row.native_id.empty() && !row.unsettled;
    if (is_no_object || busy.contains(identity)) continue;
    PlannedUpdate update;
    update.identity = identity;
    update.operation = UpdateOperation::kRead;
    update.values = JsonObject();
    update.target = row.target;
    out.plan.updates.push_back(std::move(update));
  }
  return out;
}

}  // namespace

std::vector<std::string> named_stacks(const Forma& forma) {
  std::set<std::string> labels;
  for (const DeclaredStack& stack : forma.stacks) labels.insert(stack.label);
  for (const DeclaredResource& resource : forma.resources) labels.insert(resource.identity.stack);
  return {labels.begin(), labels.end()};
}

Planning plan(const Snapshot& snapshot, const CommandRequest& request) {
  if (request.kind == CommandKind::kSync) return plan_sync(snapshot);
  Planning out;
  std::vector<PlannedUpdate> deletes = planned_deletes(snapshot, request);
  Decided decided;
  if (request.kind == CommandKind::kApply) {
    Identities deleted;
    for (const PlannedUpdate& update : deletes) deleted.insert(update.identity);
    decided = decide_all(snapshot, request, deleted);
    out.cyclic = cyclic_resources(request.forma);
    out.plan.targets = request.forma.targets;
  }
  const auto add_subjects = [&](bool is_cascade) {
    for (const Subject& subject : decided.subjects) {
      if (subject.is_cascade != is_cascade) continue;
      add_subject(subject, decided.decisions.at(subject.identity), snapshot, request.mode,
                  out.plan);
    }
  };
  add_subjects(false);
  std::move(deletes.begin(), deletes.end(), std::back_inserter(out.plan.updates));
  add_subjects(true);
  out.plan.named_stacks = named_stacks(request.forma);
  std::map<ResourceIdentity, Json> created_names;
  for (const auto& [identity, decision] : decided.decisions) {
    if (decision.name) created_names.emplace(identity, *decision.name);
  }
  add_waits(out.plan, snapshot, request.mode, created_names);
  return out;
}

}  // namespace squall::spec
