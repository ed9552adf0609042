#include "suite/belief.h"

#include <algorithm>

#include "base/check.h"
#include "documents/generic_types.h"
#include "spec/after.h"
#include "spec/masked.h"
#include "spec/normalise.h"
#include "spec/resolve.h"
#include "spec/write_only.h"
#include "suite/kept.h"

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

const JsonObject& properties_seen(const cloud::Call& look) { return look.answer->properties; }

// A create that was repeated may find its object changed meanwhile, and what it is told is that.
bool found_changed(const LogIndex& log, const cloud::Call* success) {
  if (success == nullptr || success->request->kind != CallKind::kCreate) return false;
  if (success->executions.empty()) return false;
  const cloud::Execution& execution = success->executions.front();
  const uint64_t drift = log.last_drift(success->resource_name);
  return execution.change.effect == cloud::Effect::kNone && drift > 0 && drift < execution.sequence;
}

// A shown property with every reference replaced by the value it stands for.
Json bare(const Json& value) {
  if (is_reference(value)) {
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
// nothing. That an update found no object leaves the row as it was. A stale read tells of an
// earlier truth: when that was, the version says.
uint64_t told_at(const LogIndex& log, const cloud::Call& call) {
  // That there is no object may have been doubted; where it was believed there is no row to excuse.
  if (!heard_success(call) || call.executions.empty()) return 0;
  const CallKind kind = call.request->kind;
  const ProviderReply& truth = *call.executions.front().reply;
  const StateVersion version = call.answer->version;
  // A poll tells of what its mutation did.
  if (kind == CallKind::kStatus && version == 0) return log.polled(call);
  const bool is_stale = kind == CallKind::kRead && truth.version != version;
  if (is_stale || kind == CallKind::kStatus)
    return log.position_of(call.answer->native_id, version);
  return call.executions.front().sequence;
}

// Did another command call for the same resource afterwards?
bool is_followed(const LogIndex& log, const cloud::Call& look) {
  return std::ranges::any_of(log.of_name(look.resource_name), [&](const cloud::CallId id) {
    const cloud::Call& other = log.call(id);
    return other.arrived_sequence > look.arrived_sequence &&
           other.request->caller != look.request->caller;
  });
}

}  // namespace

Belief::Belief(const std::vector<ResourceType>& types, bool normalises, bool goes_on,
               AskInventory ask)
    : types_(types),
      schemas_(schemas_of(types)),
      normalises_(normalises),
      goes_on_(goes_on),
      ask_(std::move(ask)) {
  snapshot_.schemas = &schemas_;
}

const ResourceType& Belief::type_of(const ResourceIdentity& identity) const {
  const ResourceType* type = find_type(types_, identity.type);
  SQUALL_CHECK(type != nullptr);
  return *type;
}

Document Belief::kept(const ResourceIdentity& identity, const Document& document,
                      bool created) const {
  const ResourceType& type = type_of(identity);
  if (!normalises_ && (!created || type.defaults.empty())) return document;
  return kept_by_cloud(type, document, created, normalises_);
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
    found->second.is_declared = rewrite.is_declared;
    touched_[rewrite.identity] = ++moment_;
  }
}

void Belief::begin_sync(const std::string& id) { sync_began_[id] = moment_; }

void Belief::enter(const std::set<ResourceIdentity>& rows) {
  for (const ResourceIdentity& each : rows) touched_[each] = ++moment_;
  just_entered_.insert(rows.begin(), rows.end());
}

void Belief::note_intents(const CommandView& view, size_t crash) {
  for (const ResourceUpdateView& update : view.updates)
    if (update.state == UpdateState::kInProgress)
      intents_.try_emplace({view.id, update.key()}, crash);
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
    if (const spec::PlannedUpdate* planned = command.find(update.key()))
      one.references = planned->references;
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

void Belief::set_actual(BelievedRow& row, const ProviderReply& shown) {
  const Schema& schema = schema_of(row.identity);
  // Somebody else has written last.
  if (!spec::same_fields(shown.properties, row.actual, schema)) row.is_declared = false;
  row.actual = fields_of(shown.properties, schema);
  row.read_only = others_of(shown.properties, schema);
  row.version = shown.version;
}

namespace {

// Nobody knows what they are.
void forget_write_only(BelievedRow& row, const Schema& schema) {
  row.values = spec::without_write_only(row.values, schema);
}

enum class Settled { kApplied, kNotApplied, kOtherwise };

// docs/rules.md §7 "update".
Settled settled_as(const BelievedRow& row, const BelievedUnsettled& unsettled,
                   const ProviderReply& shown, const Schema& schema) {
  const bool wanted = unsettled.operation != UpdateOperation::kDelete &&
                      spec::same_fields(shown.properties, unsettled.wanted, schema);
  if (row.native_id.empty()) return wanted ? Settled::kApplied : Settled::kOtherwise;
  const bool versions = shown.version > 0 && row.version > 0;
  const bool as_before = spec::same_fields(shown.properties, row.actual, schema);
  if (versions ? shown.version == row.version : as_before) return Settled::kNotApplied;
  if (wanted) return Settled::kApplied;
  return as_before ? Settled::kNotApplied : Settled::kOtherwise;
}

}  // namespace

// docs/rules.md §7: what a look at an unsettled identity makes of its row.
// REQUIRES: row.unsettled, and a look that found an object.
void Belief::settle(BelievedRow& row, const cloud::Call& look) {
  const BelievedUnsettled unsettled = std::move(*row.unsettled);
  row.unsettled.reset();
  open_calls_.erase(row.identity);
  const Settled how = settled_as(row, unsettled, *look.answer, schema_of(row.identity));
  const bool was_declared = row.is_declared;
  const bool is_new = row.native_id.empty();
  if (is_new) row.native_id = look.answer->native_id;
  set_actual(row, *look.answer);
  row.is_declared = how == Settled::kApplied      ? unsettled.mode == Mode::kReconcile
                    : how == Settled::kNotApplied ? was_declared
                                                  : false;
  if (how == Settled::kApplied || is_new) {
    row.declared = unsettled.declared;
    row.values = unsettled.values;
    row.echo = how == Settled::kApplied ? row.actual : unsettled.wanted;
  }
  const bool wrote = unsettled.operation != UpdateOperation::kDelete;
  if (how == Settled::kOtherwise && wrote) forget_write_only(row, schema_of(row.identity));
}

bool Belief::changes(const ResourceIdentity& identity, const cloud::Call& look) const {
  const BelievedRow* row = spec::find_row(snapshot_.rows, identity);
  if (row == nullptr) return false;
  return found_nothing(look) || row->unsettled ||
         !spec::same_fields(properties_seen(look), row->actual, schema_of(identity));
}

void Belief::lose_object(const ResourceIdentity& identity, bool keeps_row) {
  open_calls_.erase(identity);
  const auto found = snapshot_.rows.find(identity);
  if (found == snapshot_.rows.end()) return;
  if (keeps_row) {
    spec::empty_out(found->second);
  } else {
    snapshot_.rows.erase(found);
  }
}

void Belief::note_look(const ResourceIdentity& identity, const LogIndex& log,
                       const cloud::Call& look) {
  told_[identity] = std::max(told_[identity], told_at(log, look));
  if (changes(identity, look)) touched_[identity] = ++moment_;
}

void Belief::absorb(const ResourceIdentity& identity, const LogIndex& log,
                    const cloud::Call& look) {
  note_look(identity, log, look);
  const auto found = snapshot_.rows.find(identity);
  if (found == snapshot_.rows.end()) return;
  BelievedRow& row = found->second;
  if (found_nothing(look)) {
    lose_object(identity, /*keeps_row=*/false);
  } else if (row.unsettled) {
    settle(row, look);
  } else {
    set_actual(row, *look.answer);
  }
}

// Where the engine was free to take a look into its row or not: did it? Once others have been at
// the object, what is shown says nothing about that.
bool Belief::shows_absorbed(const BelievedRow& row, const LogIndex& log, const cloud::Call& look) {
  const auto [shown, has_gone_on] = ask_(row.identity);
  const bool was_touched = goes_on_ && (has_gone_on || is_followed(log, look));
  if (was_touched && changes(row.identity, look)) undecided_ = "undecided-overlap";
  if (found_nothing(look)) return !shown;
  if (!shown) return false;
  if (row.unsettled) return !shown->unsettled;
  const Json properties = bare(Json(*shown->properties));
  const Schema& schema = schema_of(row.identity);
  const JsonObject& seen = properties_seen(look);
  // Only secrets differ, and those are not shown.
  if (!spec::same_fields(seen, row.actual, schema) &&
      spec::same_fields(spec::masked(seen, schema), spec::masked(row.actual, schema), schema))
    undecided_ = "undecided-secret";
  return spec::same_fields(spec::masked(seen, schema), properties.get_object(), schema);
}

UpdateCalls Belief::calls_for(const Followed& command, const ResourceUpdateView& view) const {
  UpdateCalls out;
  out.command = command.id;
  out.name = view.identity.label;
  out.operation = view.operation;
  const spec::PlannedUpdate* planned = command.find(view.key());
  out.is_half_of_replace = planned != nullptr && planned->is_half_of_replace;
  out.accepted_at = command.accepted_at;
  const BelievedRow* row = spec::find_row(snapshot_.rows, view.identity);
  if (row != nullptr && !row->native_id.empty()) out.known_version = row->version;
  const auto intent = intents_.find({command.id, view.key()});
  if (intent != intents_.end()) out.intent_since = intent->second;
  out.doubts_not_found =
      view.state == UpdateState::kFailed && view.error_code == ErrorCode::kNotStabilized;
  return out;
}

void Belief::fold(const Followed& command, const LogIndex& log, std::span<const uint64_t> crashes,
                  Claim& claim) {
  const ResourceIdentity& identity = claim.view.identity;
  if (find_schema(schemas_, identity.type) == nullptr) {
    claim.problem_kind = "unplanned-update";
    claim.problem = "an update of a type that does not exist";
    return;
  }
  Fold fold{command,
            log,
            claim,
            identity,
            command.find(claim.view.key()),
            schema_of(identity),
            evidence_of(log, calls_for(command, claim.view), crashes)};
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
  note_told(fold, crashes);
}

// Whatever became of the update: if it looked at an identity that was unsettled, it settled it.
void Belief::settle_before(Fold& fold) {
  const auto row = snapshot_.rows.find(fold.identity);
  if (row == snapshot_.rows.end() || !row->second.unsettled) return;
  const cloud::Call* look = fold.evidence.first_look;
  // The delete half of a replace keeps the row although its object is gone: fold_success().
  if (look != nullptr && fold.planned->is_half_of_replace && found_nothing(*look)) return;
  if (look == nullptr) return;
  fold.settled = true;
  // What a failed replacement left goes on declaring what it did (docs/rules.md §4).
  const bool is_left_over = fold.planned->operation == UpdateOperation::kCreate &&
                            found_nothing(*look) && !row->second.declared.empty();
  if (is_left_over) {
    note_look(fold.identity, fold.log, *look);
    lose_object(fold.identity, /*keeps_row=*/true);
    return;
  }
  absorb(fold.identity, fold.log, *look);
}

// After a failure the last look is all that went into the row. After a success, what an earlier
// life heard went into it only as far as it was committed.
void Belief::note_told(const Fold& fold, std::span<const uint64_t> crashes) {
  uint64_t& told = told_[fold.identity];
  if (fold.claim.view.state == UpdateState::kFailed) {
    if (fold.evidence.fresh_look != nullptr)
      told = std::max(told, told_at(fold.log, *fold.evidence.fresh_look));
    return;
  }
  const std::span<const cloud::CallId> calls =
      fold.log.of_update(fold.command.id, fold.identity.label);
  size_t last_life = 0;
  for (const cloud::CallId id : calls)
    if (heard(fold.log.call(id)))
      last_life = std::max(last_life, life_of(fold.log.call(id), crashes));
  const UpdateEvidence& evidence = fold.evidence;
  for (const cloud::CallId id : calls) {
    const cloud::Call& call = fold.log.call(id);
    const bool is_committed = &call == evidence.success || &call == evidence.base_look ||
                              &call == evidence.last_look || &call == evidence.committed_look;
    if (is_committed || life_of(call, crashes) == last_life)
      told = std::max(told, told_at(fold.log, call));
  }
}

void Belief::fold_success(Fold& fold) {
  switch (fold.claim.view.operation) {
    case UpdateOperation::kCreate:
      return fold_create(fold);
    case UpdateOperation::kUpdate:
      return fold_update(fold);
    case UpdateOperation::kDelete:
      return lose_object(fold.identity, fold.planned->is_half_of_replace);
    case UpdateOperation::kRead:
      return fold.problem("unplanned-update", "only a sync has reads for updates");
  }
}

void Belief::fold_create(Fold& fold) {
  // An unsettled create whose object was found goes on as an update of that object.
  const BelievedRow* found = spec::find_row(snapshot_.rows, fold.identity);
  if (found != nullptr && !found->native_id.empty()) return fold_update(fold);
  BelievedRow row;
  row.identity = fold.identity;
  row.ksuid = found != nullptr ? found->ksuid : fold.claim.view.ksuid;
  row.target = fold.planned->target;
  row.declared = declared_now(fold, found != nullptr ? found->declared : Document());
  row.values = spec::as_sent(resolved(fold, row.declared), fold.schema);
  row.actual = kept(fold.identity, row.values, true);
  if (found_changed(fold.log, fold.evidence.success))
    row.actual = fields_of(fold.evidence.success->answer->properties, fold.schema);
  row.echo = row.actual;
  row.is_declared = fold.command.mode == Mode::kReconcile;
  if (fold.evidence.success != nullptr) {
    row.native_id = fold.evidence.success->answer->native_id;
    row.read_only = others_of(fold.evidence.success->answer->properties, fold.schema);
    row.version = fold.evidence.success->answer->version;
  } else {
    row.native_id = fold.claim.view.native_id;
  }
  open_calls_.erase(fold.identity);
  snapshot_.rows[fold.identity] = std::move(row);
}

// The plan's `declared` was made at admission, on a row that may have been unsettled then; what
// counts is the row as the update found it. In reconcile it is the same.
Document Belief::declared_now(const Fold& fold, const JsonObject& before) const {
  return spec::declared_after(before, fold.planned->asked, fold.command.mode, fold.schema);
}

void Belief::fold_update(Fold& fold) {
  const auto found = snapshot_.rows.find(fold.identity);
  if (found == snapshot_.rows.end()) {
    fold.problem("unplanned-update", "an update of something that does not exist");
    return;
  }
  BelievedRow& row = found->second;
  const UpdateEvidence& evidence = fold.evidence;
  // Where no answer told of success, it was the last look that showed it.
  const cloud::Call* base = evidence.success != nullptr ? evidence.base_look : evidence.last_look;
  Document start = row.actual;
  const cloud::Call* last = evidence.success != nullptr ? evidence.success : evidence.last_look;
  if (base != nullptr && heard_success(*base)) {
    const JsonObject& seen = properties_seen(*base);
    if (!spec::same_fields(seen, row.actual, fold.schema)) {
      // A look after a refused call may show what was wanted: then nothing was overwritten.
      // So may one after a crash that came before the call.
      const bool wrote =
          evidence.success != nullptr || (evidence.last_mutation == nullptr && !evidence.resumed);
      if (wrote && !fold.command.force && !fold.settled)
        fold.problem("overwrote-drift", "what was read differed from the row, and was overwritten");
      start = fields_of(seen, fold.schema);
    }
    row.read_only = others_of(seen, fold.schema);
  }
  if (evidence.drifted_after_mutation) forget_write_only(row, fold.schema);
  const Document values = resolved(fold, fold.planned->asked);
  start = spec::with_write_only(start, row.values, fold.schema);
  row.actual = spec::after(start, values, fold.command.mode, fold.schema);
  // The cloud normalises what it is sent, not what it holds.
  if (evidence.last_mutation != nullptr) row.actual = kept(fold.identity, row.actual, false);
  if (last != nullptr && heard_success(*last)) row.version = last->answer->version;
  row.is_declared = fold.command.mode == Mode::kReconcile;
  // What refers to nothing is the same document in both.
  const bool are_one =
      row.values.is_copy_of(row.declared) && values.is_copy_of(fold.planned->asked);
  row.declared = declared_now(fold, row.declared);
  row.values = are_one ? row.declared
                       : spec::declared_after(row.values, values, fold.command.mode, fold.schema);
  row.echo = row.actual;
}

void Belief::fold_sync(Fold& fold) {
  const cloud::Call* look = fold.evidence.last_look;
  const BelievedRow* row = spec::find_row(snapshot_.rows, fold.identity);
  if (fold.claim.view.state != UpdateState::kSuccess || look == nullptr || row == nullptr) return;
  if (overtaken(fold.identity, fold.command.id)) {
    if (!goes_on_ && !just_entered_.contains(fold.identity)) return;
    if (!shows_absorbed(*row, fold.log, *look)) return;
    if (changes(fold.identity, *look)) ++either_;
  }
  absorb(fold.identity, fold.log, *look);
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
  set_actual(found->second, *fold.evidence.last_look->answer);
  if (fold.evidence.last_mutation != nullptr || fold.evidence.resumed)
    forget_write_only(found->second, fold.schema);
}

void Belief::fold_failed(Fold& fold) {
  // What was read is in the row, whatever came after it; what was read before is what made it one
  // that was changed by somebody else.
  const auto known = snapshot_.rows.find(fold.identity);
  if (known != snapshot_.rows.end())
    for (const cloud::Call* earlier : fold.evidence.committed_looks)
      if (!found_nothing(*earlier)) set_actual(known->second, *earlier->answer);
  const cloud::Call* look = fold.evidence.fresh_look;
  if (look == nullptr) look = fold.evidence.committed_look;
  if (look != nullptr && !found_nothing(*look) && known != snapshot_.rows.end())
    set_actual(known->second, *look->answer);
  if (fold.evidence.drifted_after_mutation && known != snapshot_.rows.end())
    forget_write_only(known->second, fold.schema);
  if (fold.evidence.open) leave_unsettled(fold);
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
    const bool known = found != snapshot_.rows.end();
    const bool exists = known && !found->second.native_id.empty();
    unsettled.mode = fold.command.mode;
    unsettled.declared = declared_now(fold, known ? found->second.declared : Document());
    const Document values = resolved(fold, exists ? fold.planned->asked : unsettled.declared);
    if (exists) {
      const BelievedRow& row = found->second;
      unsettled.wanted = spec::after(spec::with_write_only(row.actual, row.values, fold.schema),
                                     values, fold.command.mode, fold.schema);
      unsettled.values = spec::declared_after(row.values, values, fold.command.mode, fold.schema);
    } else {
      unsettled.values = unsettled.wanted = spec::as_sent(values, fold.schema);
    }
  }
  if (found == snapshot_.rows.end()) {
    BelievedRow row;
    row.identity = fold.identity;
    row.ksuid = fold.claim.view.ksuid;
    row.target = fold.planned->target;
    found = snapshot_.rows.emplace(fold.identity, std::move(row)).first;
  }
  found->second.unsettled = std::move(unsettled);
  open_calls_[fold.identity] = evidence.open_call != nullptr ? evidence.open_call->id : 0;
}

Document Belief::resolved(Fold& fold, const Document& desired) {
  if (!spec::has_reference(desired)) return desired;
  // What was sent; where nothing was, what is there was as it should be.
  const cloud::Call* sent = fold.evidence.last_mutation;
  const BelievedRow* row = spec::find_row(snapshot_.rows, fold.identity);
  std::optional<Json> result;
  if (sent != nullptr) result = Json(*sent->request->properties);
  if (sent == nullptr && row != nullptr) result = Json(*row->actual);
  std::map<Reference, Json> values;
  for_each_reference(desired, [&](const std::string& path, const Reference& reference) {
    values[reference] = referenced_value(fold, reference, result, path);
  });
  return with_references_replaced(
      desired, [&](const Reference& each) { return std::optional<Json>(values.at(each)); });
}

// docs/rules.md §7, resolve: the row of a producer of the same command, else what a read of it
// gave. Another command may change the producer meanwhile, so any value that was read will do; what
// came of it tells which one the engine took: one that is not there was null.
Json Belief::referenced_value(Fold& fold, const Reference& reference,
                              const std::optional<Json>& result, const std::string& path) {
  const BelievedRow* row = spec::find_row(snapshot_.rows, reference.producer);
  boost::system::error_code error;
  const Json* there = result ? result->find_pointer(path, error) : nullptr;
  std::optional<Json> last;
  if (!fold.command.makes(reference.producer)) {
    for (const cloud::CallId id : fold.log.of_update(fold.command.id, reference.producer.label)) {
      const cloud::Call& call = fold.log.call(id);
      if (call.request->kind != CallKind::kRead || !heard_success(call)) continue;
      const Json* value = call.answer->properties.if_contains(reference.property);
      last = value != nullptr ? *value : Json();
      if (result && (there == nullptr ? last->is_null() : *there == *last)) return *last;
    }
  }
  if (last) {
    if (there != nullptr && fold.evidence.last_mutation != nullptr)
      fold.problem("unjustified-value", "the value sent for " + reference.producer.label + "." +
                                            reference.property + " was never read");
    return *last;
  }
  return row != nullptr ? spec::property_of(*row, reference.property) : Json();
}

}  // namespace squall::suite
