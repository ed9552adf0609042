#include "spec/interpreter.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/after.h"
#include "spec/normalise.h"
#include "spec/resolve.h"

namespace squall::spec {

namespace {

const Schema& schema_of(const Snapshot& state, const ResourceIdentity& identity) {
  const Schema* schema = find_schema(*state.schemas, identity.type);
  SQUALL_CHECK(schema != nullptr);
  return *schema;
}

// The first update that waits for nothing that is still open. Where all wait, which references that
// rows took up in turn can bring about, there is no right order, and the first will do.
std::vector<const PlannedUpdate*>::iterator next_of(std::vector<const PlannedUpdate*>& open) {
  std::set<ResourceIdentity> unfinished;
  for (const PlannedUpdate* update : open) unfinished.insert(update->identity);
  const auto found = std::find_if(open.begin(), open.end(), [&](const PlannedUpdate* update) {
    return std::none_of(update->waits_for.begin(), update->waits_for.end(),
                        [&](const auto& other) { return unfinished.contains(other); });
  });
  return found == open.end() ? open.begin() : found;
}

}  // namespace

Interpreter::Interpreter(const std::vector<Schema>& schemas, Mint mint) : mint_(std::move(mint)) {
  state_.schemas = &schemas;
}

Verdict Interpreter::submit(const CommandRequest& request) {
  if (request.idempotency_key.empty()) return decide(request);
  const auto known = by_key_.find(request.idempotency_key);
  if (known != by_key_.end()) return known->second;
  Verdict verdict = decide(request);
  // Only a command can be found again; what was refused or changed nothing is decided anew.
  if (std::holds_alternative<Plan>(verdict)) by_key_[request.idempotency_key] = verdict;
  return verdict;
}

Verdict Interpreter::decide(const CommandRequest& request) {
  Verdict verdict = admit(state_, request);
  if (const auto* nothing = std::get_if<NothingPlanned>(&verdict)) {
    commit(nothing->rewrites, nothing->targets);
  } else if (const auto* plan = std::get_if<Plan>(&verdict)) {
    commit(plan->rewrites, plan->targets);
    carry_out(*plan, request.mode);
  }
  return verdict;
}

void Interpreter::commit(const std::vector<DeclaredRewrite>& rewrites,
                         const std::vector<Target>& targets) {
  for (const Target& target : targets) state_.targets[target.label] = target;
  for (const DeclaredRewrite& rewrite : rewrites) {
    BelievedRow& row = state_.rows.at(rewrite.identity);
    row.declared = rewrite.declared;
    row.values = rewrite.values;  // `echo` is `actual` already: nothing drifts here
  }
}

void Interpreter::carry_out(const Plan& plan, Mode mode) {
  std::vector<const PlannedUpdate*> open;
  open.reserve(plan.updates.size());
  for (const PlannedUpdate& update : plan.updates) open.push_back(&update);
  while (!open.empty()) {
    const auto next = next_of(open);
    carry_out(**next, mode);
    open.erase(next);
  }
}

void Interpreter::carry_out(const PlannedUpdate& update, Mode mode) {
  if (update.operation == UpdateOperation::kRead) return;
  if (update.operation == UpdateOperation::kDelete) {
    state_.rows.erase(update.identity);
    return;
  }
  const Schema& schema = schema_of(state_, update.identity);
  const JsonObject wanted = resolve_from_rows(update.desired, state_.rows);
  BelievedRow& row = state_.rows[update.identity];
  if (update.operation == UpdateOperation::kCreate) {
    row.identity = update.identity;
    row.target = update.target;
    row.actual = as_sent(wanted, schema);
    row.native_id = "object-" + std::to_string(++created_);
    if (mint_) {
      row.read_only = mint_(update.identity, row.actual);
    } else if (!schema.identifier.empty() && !schema.is_field(schema.identifier)) {
      row.read_only[schema.identifier] = row.native_id;
    }
  } else {
    row.actual = after(row.actual, wanted, mode, schema);
  }
  row.declared = update.declared;
  row.values = declared_after(row.values, wanted, mode, schema);
  row.echo = row.actual;
}

}  // namespace squall::spec
