#include "suite/belief.h"

#include <algorithm>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/after.h"
#include "spec/normalise.h"
#include "spec/resolve.h"

namespace squall::suite {

using spec::BelievedRow;
using spec::BelievedUnsettled;

struct Belief::Fold {
  const Followed& command;
  const LogIndex& log;
  Claim& claim;
  const ResourceIdentity& identity;
  const spec::PlannedUpdate* planned;  // null: nobody planned it
  const Schema& schema;
  UpdateEvidence evidence;
  bool settled = false;  // this update settled what an earlier one had left open

  void problem(std::string_view kind, std::string words) const {
    if (!claim.problem_kind.empty()) return;
    claim.problem_kind = kind;
    claim.problem = std::move(words);
  }
};

namespace {

JsonObject fields_of(const JsonObject& all, const Schema& schema) {
  JsonObject out;
  for (const std::string& field : schema.fields)
    if (const Json* value = all.if_contains(field)) out[field] = *value;
  return out;
}

JsonObject others_of(const JsonObject& all, const Schema& schema) {
  JsonObject out;
  for (const auto& member : all)
    if (!schema.is_field(member.key())) out[member.key()] = member.value();
  return out;
}

const JsonObject& properties_seen(const cloud::Call& look) { return look.answer->properties; }

// A shown property with every reference replaced by the value it stands for.
Json bare(const Json& value) {
  if (as_reference(value)) {
    const Json* resolved = member(value, "$value");
    return resolved == nullptr ? Json() : *resolved;
  }
  if (value.is_object()) {
    JsonObject out;
    for (const auto& entry : value.get_object()) out[entry.key()] = bare(entry.value());
    return out;
  }
  if (value.is_array()) {
    JsonArray out;
    for (const Json& element : value.get_array()) out.push_back(bare(element));
    return out;
  }
  return value;
}

// The position at which a call told the engine what the truth of its object was; 0 if it told
// nothing. That an update found no object leaves the row as it was.
uint64_t told_at(const cloud::Call& call) {
  if (!heard(call) || call.executions.empty()) return 0;
  const CallKind kind = call.request->kind;
  const bool asks_for_it = kind == CallKind::kRead || kind == CallKind::kDelete;
  const bool said = call.answer->ok() || (asks_for_it && heard_error(call, ErrorCode::kNotFound));
  return said ? call.executions.front().sequence : 0;
}

}  // namespace

Belief::Belief(const std::vector<Schema>& schemas, AskInventory ask)
    : schemas_(schemas), ask_(std::move(ask)) {
  snapshot_.schemas = &schemas_;
}

const Schema& Belief::schema_of(const ResourceIdentity& identity) const {
  const Schema* schema = find_schema(schemas_, identity.type);
  SQUALL_CHECK(schema != nullptr);
  return *schema;
}

void Belief::admit(const spec::Plan& plan) {
  admit(spec::NothingPlanned{plan.rewrites, plan.targets});
}

void Belief::admit(const spec::NothingPlanned& nothing) {
  for (const Target& target : nothing.targets) snapshot_.targets[target.label] = target;
  for (const spec::DeclaredRewrite& rewrite : nothing.rewrites) {
    const auto found = snapshot_.rows.find(rewrite.identity);
    if (found == snapshot_.rows.end()) continue;
    found->second.declared = rewrite.declared;
    found->second.values = rewrite.values;
    found->second.echo = found->second.actual;
    touched_[rewrite.identity] = ++moment_;
  }
}

void Belief::begin_sync(const std::string& id) { sync_began_[id] = moment_; }

void Belief::enter(const CommandView& view) {
  for (const ResourceUpdateView& update : view.updates) {
    touched_[update.identity] = ++moment_;
    just_entered_.insert(update.identity);
  }
}

bool Belief::overtaken(const ResourceIdentity& identity, const std::string& sync) const {
  const auto touched = touched_.find(identity);
  const auto began = sync_began_.find(sync);
  return touched != touched_.end() && began != sync_began_.end() && touched->second > began->second;
}

void Belief::set_running(const Followed& command, const CommandView& view) {
  if (command.kind == CommandKind::kSync) return;
  spec::RunningCommand running;
  running.id = command.id;
  for (const ResourceUpdateView& update : view.updates) {
    spec::RunningUpdate one{update.identity, update.operation, update.state, {}};
    const auto planned = command.planned.find(update.identity);
    if (planned != command.planned.end()) one.references = planned->second.references;
    running.updates.push_back(std::move(one));
  }
  for (spec::RunningCommand& known : snapshot_.running) {
    if (known.id != command.id) continue;
    known = std::move(running);
    return;
  }
  snapshot_.running.push_back(std::move(running));
}

void Belief::forget_running(const std::string& id) {
  std::erase_if(snapshot_.running, [&](const auto& running) { return running.id == id; });
}

void Belief::set_actual(BelievedRow& row, const JsonObject& all) {
  const Schema& schema = schema_of(row.identity);
  row.actual = fields_of(all, schema);
  row.read_only = others_of(all, schema);
}

// outcomes.md, "Unsettled identities": what a look at an unsettled identity makes of its row.
// REQUIRES: row.unsettled, and a look that found an object.
void Belief::settle(BelievedRow& row, const cloud::Call& look) {
  const JsonObject& seen = properties_seen(look);
  const BelievedUnsettled unsettled = std::move(*row.unsettled);
  row.unsettled.reset();
  open_calls_.erase(row.identity);
  const bool applied = unsettled.operation != UpdateOperation::kDelete &&
                       spec::same_fields(seen, unsettled.wanted, schema_of(row.identity));
  if (row.native_id.empty()) row.native_id = look.answer->native_id;
  set_actual(row, seen);
  if (!applied) return;
  row.declared = unsettled.declared;
  row.values = unsettled.values;
  row.echo = row.actual;
}

bool Belief::changes(const ResourceIdentity& identity, const cloud::Call& look) const {
  const BelievedRow* row = spec::find_row(snapshot_.rows, identity);
  if (row == nullptr) return false;
  return found_nothing(look) || row->unsettled ||
         !spec::same_fields(properties_seen(look), row->actual, schema_of(identity));
}

void Belief::absorb(const ResourceIdentity& identity, const cloud::Call& look) {
  told_[identity] = std::max(told_[identity], told_at(look));
  if (changes(identity, look)) touched_[identity] = ++moment_;
  const auto found = snapshot_.rows.find(identity);
  if (found == snapshot_.rows.end()) return;
  BelievedRow& row = found->second;
  if (found_nothing(look)) {
    open_calls_.erase(identity);
    snapshot_.rows.erase(found);
  } else if (row.unsettled) {
    settle(row, look);
  } else {
    set_actual(row, properties_seen(look));
  }
}

// Where the engine was free to take a look into its row or not: did it?
bool Belief::shows_absorbed(const BelievedRow& row, const cloud::Call& look) const {
  const std::optional<InventoryRow> shown = ask_(row.identity);
  if (found_nothing(look)) return !shown;
  if (!shown) return false;
  if (row.unsettled) return !shown->unsettled;
  const Json properties = bare(shown->properties);
  return spec::same_fields(properties_seen(look), properties.get_object(), schema_of(row.identity));
}

void Belief::fold(const Followed& command, const LogIndex& log, std::span<const uint64_t> crashes,
                  Claim& claim) {
  const ResourceIdentity& identity = claim.view.identity;
  if (find_schema(schemas_, identity.type) == nullptr) {
    claim.problem_kind = "unplanned-update";
    claim.problem = "an update of a type that does not exist";
    return;
  }
  const auto planned = command.planned.find(identity);
  Fold fold{command,
            log,
            claim,
            identity,
            planned == command.planned.end() ? nullptr : &planned->second,
            schema_of(identity),
            evidence_of(log, command.id, identity.label, crashes, command.accepted_at)};
  if (fold.planned != nullptr) claim.planned = *fold.planned;
  const bool sync = command.kind == CommandKind::kSync;
  if (sync ? claim.view.operation != UpdateOperation::kRead : fold.planned == nullptr) {
    fold.problem("unplanned-update", "nothing in the request asked for this update");
    return;
  }
  if (sync) return fold_sync(fold);
  settle_before(fold);
  switch (claim.view.state) {
    case UpdateState::kSuccess:
      fold_success(fold);
      break;
    case UpdateState::kFailed:
      fold_failed(fold);
      break;
    case UpdateState::kRejected:
      fold_rejected(fold);
      break;
    default:
      break;
  }
  note_told(fold);
}

// Whatever became of the update: if it looked at an identity that was unsettled, it settled it.
void Belief::settle_before(Fold& fold) {
  const auto row = snapshot_.rows.find(fold.identity);
  if (row == snapshot_.rows.end() || !row->second.unsettled) return;
  const cloud::Call* look = fold.evidence.first_look;
  if (look == nullptr && fold.evidence.lost_look != nullptr &&
      shows_absorbed(row->second, *fold.evidence.lost_look)) {
    look = fold.evidence.lost_look;
    ++either_;
  }
  if (look == nullptr) return;
  fold.settled = true;
  absorb(fold.identity, *look);
}

// After a failure the last look is all that went into the row.
void Belief::note_told(const Fold& fold) {
  uint64_t& told = told_[fold.identity];
  if (fold.claim.view.state == UpdateState::kFailed) {
    if (fold.evidence.fresh_look != nullptr)
      told = std::max(told, told_at(*fold.evidence.fresh_look));
    return;
  }
  for (const cloud::CallId id : fold.log.of_update(fold.command.id, fold.identity.label))
    told = std::max(told, told_at(fold.log.call(id)));
}

void Belief::fold_success(Fold& fold) {
  switch (fold.claim.view.operation) {
    case UpdateOperation::kCreate:
      return fold_create(fold);
    case UpdateOperation::kUpdate:
      return fold_update(fold);
    case UpdateOperation::kDelete:
      snapshot_.rows.erase(fold.identity);
      open_calls_.erase(fold.identity);
      return;
    case UpdateOperation::kRead:
      return fold.problem("unplanned-update", "only a sync has reads for updates");
  }
}

void Belief::fold_create(Fold& fold) {
  // An unsettled create whose object was found goes on as an update of that object.
  const BelievedRow* found = spec::find_row(snapshot_.rows, fold.identity);
  if (found != nullptr && !found->native_id.empty()) return fold_update(fold);
  const JsonObject values = resolved(fold);
  BelievedRow row;
  row.identity = fold.identity;
  row.ksuid = fold.claim.view.ksuid;
  row.target = fold.planned->target;
  row.declared = declared_now(fold, {});
  row.values = spec::as_sent(values, fold.schema);
  row.actual = spec::as_sent(values, fold.schema);
  row.echo = row.actual;
  if (fold.evidence.success != nullptr) {
    row.native_id = fold.evidence.success->answer->native_id;
    row.read_only = others_of(fold.evidence.success->answer->properties, fold.schema);
  } else {
    row.native_id = fold.claim.view.native_id;
  }
  open_calls_.erase(fold.identity);
  snapshot_.rows[fold.identity] = std::move(row);
}

// The plan's `declared` was made at admission, on a row that may have been unsettled then; what
// counts is the row as the update found it. In reconcile it is the same.
JsonObject Belief::declared_now(const Fold& fold, const JsonObject& before) const {
  return spec::declared_after(before, fold.planned->desired, fold.command.mode, fold.schema);
}

void Belief::fold_update(Fold& fold) {
  const auto found = snapshot_.rows.find(fold.identity);
  if (found == snapshot_.rows.end()) {
    fold.problem("unplanned-update", "an update of something that does not exist");
    return;
  }
  BelievedRow& row = found->second;
  const UpdateEvidence& evidence = fold.evidence;
  const cloud::Call* base = evidence.success != nullptr || evidence.open_call != nullptr
                                ? evidence.base_look
                                : evidence.last_look;
  JsonObject start = row.actual;
  if (base != nullptr && heard_success(*base)) {
    const JsonObject& seen = properties_seen(*base);
    if (!spec::same_fields(seen, row.actual, fold.schema)) {
      if (!fold.command.force && !fold.settled)
        fold.problem("overwrote-drift", "what was read differed from the row, and was overwritten");
      start = fields_of(seen, fold.schema);
    }
    row.read_only = others_of(seen, fold.schema);
  }
  const JsonObject values = resolved(fold);
  row.actual = spec::after(start, values, fold.command.mode, fold.schema);
  row.declared = declared_now(fold, row.declared);
  row.values = spec::declared_after(row.values, values, fold.command.mode, fold.schema);
  row.echo = row.actual;
}

void Belief::fold_sync(Fold& fold) {
  const cloud::Call* look = fold.evidence.last_look;
  const BelievedRow* row = spec::find_row(snapshot_.rows, fold.identity);
  if (fold.claim.view.state != UpdateState::kSuccess || look == nullptr || row == nullptr) return;
  if (overtaken(fold.identity, fold.command.id)) {
    if (!just_entered_.contains(fold.identity) || !shows_absorbed(*row, *look)) return;
    if (changes(fold.identity, *look)) ++either_;
  }
  absorb(fold.identity, *look);
}

void Belief::fold_rejected(Fold& fold) {
  const auto found = snapshot_.rows.find(fold.identity);
  if (found == snapshot_.rows.end() || fold.evidence.last_look == nullptr) return;
  open_calls_.erase(fold.identity);
  if (fold.evidence.looked_and_gone) {
    snapshot_.rows.erase(found);
    return;
  }
  found->second.unsettled.reset();
  set_actual(found->second, properties_seen(*fold.evidence.last_look));
}

void Belief::fold_failed(Fold& fold) {
  // What was read is in the row, whatever came after it.
  const auto known = snapshot_.rows.find(fold.identity);
  const cloud::Call* look = fold.evidence.fresh_look;
  if (look != nullptr && !found_nothing(*look) && known != snapshot_.rows.end())
    set_actual(known->second, properties_seen(*look));
  if (fold.evidence.open) return leave_unsettled(fold);
  // A restart in the middle: the engine may hold the call it meant to make for possible.
  if (!fold.evidence.restarted) return;
  const std::optional<InventoryRow> shown = ask_(fold.identity);
  const auto row = snapshot_.rows.find(fold.identity);
  const bool believed = row != snapshot_.rows.end() && row->second.unsettled.has_value();
  if (shown && shown->unsettled && !believed) {
    ++either_;
    leave_unsettled(fold);
  }
}

void Belief::leave_unsettled(Fold& fold) {
  const UpdateEvidence& evidence = fold.evidence;
  BelievedUnsettled unsettled;
  unsettled.operation = fold.claim.view.operation;
  if (evidence.last_mutation != nullptr) {
    unsettled.token = evidence.last_mutation->request->token;
    if (evidence.last_mutation->request->kind == CallKind::kUpdate)
      unsettled.operation = UpdateOperation::kUpdate;
  }
  auto found = snapshot_.rows.find(fold.identity);
  if (unsettled.operation != UpdateOperation::kDelete) {
    const JsonObject values = resolved(fold);
    const bool exists = found != snapshot_.rows.end() && !found->second.native_id.empty();
    unsettled.declared = declared_now(fold, exists ? found->second.declared : JsonObject());
    const JsonObject start = exists ? found->second.actual : JsonObject();
    unsettled.wanted = exists ? spec::after(start, values, fold.command.mode, fold.schema)
                              : spec::as_sent(values, fold.schema);
    unsettled.values =
        exists ? spec::declared_after(found->second.values, values, fold.command.mode, fold.schema)
               : spec::as_sent(values, fold.schema);
  }
  if (found == snapshot_.rows.end()) {
    BelievedRow row;
    row.identity = fold.identity;
    row.ksuid = fold.claim.view.ksuid;
    row.target = fold.planned->target;
    row.declared = unsettled.declared;
    row.values = unsettled.values;
    found = snapshot_.rows.emplace(fold.identity, std::move(row)).first;
  }
  found->second.unsettled = std::move(unsettled);
  open_calls_[fold.identity] = evidence.open_call != nullptr ? evidence.open_call->id : 0;
}

JsonObject Belief::resolved(Fold& fold) {
  const JsonObject& desired = fold.planned->desired;
  const Json sent(fold.evidence.last_mutation != nullptr
                      ? fold.evidence.last_mutation->request->properties
                      : JsonObject());
  std::map<Reference, Json> values;
  for_each_reference(desired, [&](const std::string& path, const Reference& reference) {
    boost::system::error_code error;
    const Json* at = sent.find_pointer(path, error);
    values[reference] = referenced_value(fold, reference, at);
  });
  return with_references_replaced(desired, [&](const Reference& reference) {
    return std::optional<Json>(values.at(reference));
  });
}

// docs/rules.md §7, resolve: the row of a producer of the same command, else what a read of it
// gave. Another command may change the producer meanwhile, so any value that was read will do; what
// was sent tells which one the engine took.
Json Belief::referenced_value(Fold& fold, const Reference& reference, const Json* sent) {
  const auto producer = fold.command.planned.find(reference.producer);
  const BelievedRow* row = spec::find_row(snapshot_.rows, reference.producer);
  const bool same_command = producer != fold.command.planned.end() &&
                            producer->second.operation != UpdateOperation::kDelete;
  std::optional<Json> last;
  if (!same_command) {
    for (const cloud::CallId id : fold.log.of_update(fold.command.id, reference.producer.label)) {
      const cloud::Call& call = fold.log.call(id);
      if (call.request->kind != CallKind::kRead || !heard_success(call)) continue;
      const Json* value = call.answer->properties.if_contains(reference.property);
      last = value != nullptr ? *value : Json();
      if (sent != nullptr && *sent == *last) return *last;
    }
  }
  if (last) {
    if (sent != nullptr)
      fold.problem("unjustified-value", "the value sent for " + reference.producer.label + "." +
                                            reference.property + " was never read");
    return *last;
  }
  return row != nullptr ? spec::property_of(*row, reference.property) : Json();
}

void Belief::fold_lost_sync(const Followed& command, const LogIndex& log,
                            std::span<const uint64_t> crashes) {
  std::vector<ResourceIdentity> identities;
  for (const auto& [identity, row] : snapshot_.rows) identities.push_back(identity);
  for (const ResourceIdentity& identity : identities) {
    if (overtaken(identity, command.id)) continue;
    const UpdateEvidence evidence =
        evidence_of(log, command.id, identity.label, crashes, command.accepted_at);
    if (evidence.last_look == nullptr) continue;
    if (!shows_absorbed(snapshot_.rows.at(identity), *evidence.last_look)) continue;
    if (changes(identity, *evidence.last_look)) ++either_;
    absorb(identity, *evidence.last_look);
  }
}

std::map<ResourceIdentity, Excuse> Belief::excuses(const LogIndex& log) const {
  std::map<ResourceIdentity, Excuse> out;
  for (const auto& [identity, row] : snapshot_.rows) {
    if (row.unsettled) {
      const auto call = open_calls_.find(identity);
      out[identity] = {ExcuseReason::kUnsettled, call == open_calls_.end() ? 0 : call->second};
      continue;
    }
    const auto last = told_.find(identity);
    const uint64_t told = last == told_.end() ? 0 : last->second;
    for (const cloud::CallId id : log.of_name(identity.label)) {
      const cloud::Call& call = log.call(id);
      for (const cloud::Execution& execution : call.executions) {
        const bool effect = execution.change.effect != cloud::Effect::kNone &&
                            execution.change.effect != cloud::Effect::kTokenVoided;
        if (effect && execution.sequence > told) out[identity] = {ExcuseReason::kLateEffect, id};
      }
    }
  }
  return out;
}

}  // namespace squall::suite
