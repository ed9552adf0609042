#include "spec/interpreter.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/after.h"
#include "spec/normalise.h"
#include "spec/resolve.h"
#include "spec/write_only.h"

namespace squall::spec {

namespace {

using Open = std::vector<const PlannedUpdate*>;

// The first update that waits for nothing that is still open. Where all wait, some are on a circle,
// and one of those goes on as if what it waits for were done.
Open::iterator next_of(Open& open, const std::set<UpdateKey>& circular) {
  std::set<UpdateKey> unfinished;
  for (const PlannedUpdate* update : open) unfinished.insert(update->key());
  const auto found = std::find_if(open.begin(), open.end(), [&](const PlannedUpdate* update) {
    return std::none_of(update->waits_for.begin(), update->waits_for.end(),
                        [&](const UpdateKey& other) { return unfinished.contains(other); });
  });
  if (found != open.end()) return found;
  const auto knotted = std::find_if(open.begin(), open.end(), [&](const PlannedUpdate* update) {
    return circular.contains(update->key());
  });
  SQUALL_CHECK(knotted != open.end());
  return knotted;
}

bool changes_create_only(const JsonObject& before, const JsonObject& next, const Schema& schema) {
  const JsonObject old_form = normalise(before, schema);
  const JsonObject new_form = normalise(next, schema);
  return std::any_of(schema.hints.begin(), schema.hints.end(), [&](const auto& entry) {
    if (!entry.second.create_only) return false;
    const Json* was = at_path(old_form, entry.first);
    const Json* is = at_path(new_form, entry.first);
    if (was == nullptr || is == nullptr) return was != is;
    return !same(*was, *is);
  });
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
    row.values = rewrite.values;
    row.echo = row.actual;
    row.is_declared = rewrite.is_declared;
  }
}

void Interpreter::carry_out(const Plan& plan, Mode mode) {
  Open open;
  open.reserve(plan.updates.size());
  for (const PlannedUpdate& update : plan.updates) open.push_back(&update);
  std::set<UpdateKey> failed;
  while (!open.empty()) {
    const auto next = next_of(open, plan.circular);
    const PlannedUpdate& update = **next;
    open.erase(next);
    const bool is_downstream =
        std::any_of(update.waits_for.begin(), update.waits_for.end(),
                    [&](const UpdateKey& other) { return failed.contains(other); });
    if (is_downstream || !carry_out(update, mode)) failed.insert(update.key());
  }
}

bool Interpreter::carry_out(const PlannedUpdate& update, Mode mode) {
  switch (update.operation) {
    case UpdateOperation::kRead:
      return true;
    case UpdateOperation::kDelete:
      carry_out_delete(update);
      return true;
    case UpdateOperation::kCreate:
      carry_out_create(update, mode);
      return true;
    case UpdateOperation::kUpdate:
      return carry_out_update(update, mode);
  }
  return false;
}

void Interpreter::carry_out_delete(const PlannedUpdate& update) {
  if (!update.is_half_of_replace) {
    state_.rows.erase(update.identity);
    return;
  }
  // The row stays, with what it declares; but it stands for no object until it is created.
  empty_out(state_.rows.at(update.identity));
}

void Interpreter::carry_out_create(const PlannedUpdate& update, Mode mode) {
  const Schema& schema = schema_of(state_, update.identity);
  const Document sent = as_sent(resolve_from_rows(update.desired, state_.rows), schema);
  const NativeId native_id = "object-" + std::to_string(++created_);
  JsonObject made = mint_ ? mint_(update.identity, sent) : *sent;
  if (!mint_ && !schema.identifier.empty() && !schema.is_field(schema.identifier)) {
    made[schema.identifier] = native_id;
  }
  BelievedRow& row = state_.rows[update.identity];
  row.identity = update.identity;
  row.target = update.target;
  row.native_id = native_id;
  row.declared = update.declared;
  row.values = sent;
  JsonObject actual;
  JsonObject read_only;
  for (const auto& entry : without_write_only(made, schema)) {
    (schema.is_field(entry.key()) ? actual : read_only).insert(entry);
  }
  row.actual = std::move(actual);
  row.read_only = std::move(read_only);
  row.echo = row.actual;
  row.is_declared = mode == Mode::kReconcile;
}

bool Interpreter::carry_out_update(const PlannedUpdate& update, Mode mode) {
  const Schema& schema = schema_of(state_, update.identity);
  const Document wanted = resolve_from_rows(update.desired, state_.rows);
  BelievedRow& row = state_.rows.at(update.identity);
  if (!difference_is_empty(row.actual, row.values, wanted, mode, schema)) {
    const Document held = with_write_only(row.actual, row.values, schema);
    const JsonObject next = after(held, wanted, mode, schema);
    if (changes_create_only(held, next, schema)) return false;
    row.actual = without_write_only(next, schema);
  }
  row.declared = update.declared;
  row.values = declared_after(row.values, wanted, mode, schema);
  row.echo = row.actual;
  row.is_declared = mode == Mode::kReconcile;
  return true;
}

}  // namespace squall::spec
