#include "suite/evidence.h"

#include <algorithm>
#include <utility>

namespace squall::suite {

namespace {

// A Read that answered, or a NotFound; a Settle that answered.
bool tells(const cloud::Call& call) {
  const CallKind kind = call.request->kind;
  if (kind == CallKind::kSettle) return heard_success(call);
  if (kind == CallKind::kRead)
    return heard_success(call) || heard_error(call, ErrorCode::kNotFound);
  return false;
}

// After an update that did not succeed: is there something else than before?
bool shows_drift(const UpdateEvidence& evidence, const cloud::Call& look) {
  const cloud::Call* update = evidence.last_mutation;
  if (update == nullptr || update->request->kind != CallKind::kUpdate || !heard_success(look))
    return false;
  if (update->request->if_version) return look.answer->version != *update->request->if_version;
  const cloud::Call* before = evidence.base_look;
  return before != nullptr && heard_success(*before) &&
         !same(before->answer->properties, look.answer->properties);
}

// The same of an update whose call, meant before a crash, never came: then it was somebody else.
bool shows_drift_after_crash(const UpdateEvidence& evidence, const cloud::Call& look) {
  const cloud::Call* before = evidence.committed_look;
  if (evidence.last_mutation != nullptr || !evidence.resumed || before == nullptr) return false;
  if (!heard_success(*before) || !heard_success(look)) return false;
  if (before->answer->version > 0) return before->answer->version != look.answer->version;
  return !same(before->answer->properties, look.answer->properties);
}

void add_look(UpdateEvidence& evidence, const UpdateCalls& which, const cloud::Call& call) {
  const bool of_update = which.operation == UpdateOperation::kUpdate;
  if (shows_drift(evidence, call) || (of_update && shows_drift_after_crash(evidence, call)))
    evidence.drifted_after_mutation = true;
  evidence.last_look = &call;
  evidence.fresh_look = &call;
  if (evidence.first_look == nullptr) evidence.first_look = &call;
  evidence.looked_and_gone = found_nothing(call);
  evidence.open = false;
}

void add_success(UpdateEvidence& evidence, const cloud::Call& call) {
  evidence.success = &call;
  evidence.base_look = evidence.last_look;
  evidence.open = false;
}

void leave_open(UpdateEvidence& evidence, const cloud::Call& call) {
  evidence.open = true;
  evidence.open_call = &call;
  if (evidence.success == nullptr) evidence.base_look = evidence.last_look;
}

void commit_look(UpdateEvidence& evidence) {
  const bool is_new =
      evidence.last_look != nullptr && evidence.last_look != evidence.committed_look;
  evidence.committed_look = evidence.last_look;
  if (is_new) evidence.committed_looks.push_back(evidence.last_look);
}

void add_mutation(UpdateEvidence& evidence, const cloud::Call& call) {
  const CallKind kind = call.request->kind;
  // A delete has one intent for all its calls.
  if (kind != CallKind::kDelete || evidence.last_mutation == nullptr) commit_look(evidence);
  evidence.last_mutation = &call;
  if (cloud::heard_in_progress(call)) {
    const cloud::Call* open_before = evidence.open ? evidence.open_call : nullptr;
    evidence.asynchronous.push_back({&call, evidence.open, open_before, evidence.committed_look});
  }
  if (heard_success(call) || (kind == CallKind::kDelete && heard_error(call, ErrorCode::kNotFound)))
    return add_success(evidence, call);
  // The token's object was made, and deleted since: that tells.
  if (kind == CallKind::kCreate && heard_error(call, ErrorCode::kGone)) evidence.open = false;
  const bool definite = heard(call) && call.answer->status == ReplyStatus::kFailure &&
                        !is_ambiguous(call.answer->error);
  if (!definite) leave_open(evidence, call);
}

// docs/rules.md §7 "asynchronous": the answer of a Status call counts as that of the call it polls;
// one that may be asked again has told nothing.
void add_status(UpdateEvidence& evidence, const cloud::Call& call) {
  if (!heard(call) || call.answer->status == ReplyStatus::kInProgress) return;
  const auto& known = evidence.asynchronous;
  const auto found = std::find_if(known.rbegin(), known.rend(), [&](const auto& mutation) {
    return mutation.call->answer->request_id == call.request->request_id;
  });
  if (found == known.rend()) return;
  const AsynchronousMutation polled = *found;
  if (call.answer->ok()) {
    add_success(evidence, call);
    // A look since then was made by an engine that died of it, or it would not have polled on.
    evidence.base_look = polled.committed_look;
    return;
  }
  const bool gone =
      polled.call->request->kind == CallKind::kDelete && call.answer->error == ErrorCode::kNotFound;
  if (gone) return add_success(evidence, call);
  if (is_recoverable(call.answer->error) || is_ambiguous(call.answer->error)) return;
  evidence.open = polled.found_open;
  if (evidence.open) evidence.open_call = polled.open_before;
}

// What was learned before a mutation was committed with that mutation's intent; what was learned
// after the last one, or where there was no intent yet, is lost.
void add_crash(UpdateEvidence& evidence, bool has_intent) {
  evidence.fresh_look = nullptr;
  if (!has_intent) {
    evidence.first_look = nullptr;
    evidence.last_look = nullptr;
    evidence.looked_and_gone = false;
    return;
  }
  if (evidence.last_mutation == nullptr && !evidence.resumed) commit_look(evidence);
  evidence.resumed = true;
  evidence.open = true;
  for (AsynchronousMutation& each : evidence.asynchronous) each.found_open = true;
  // An answer that was heard but not committed. Had it been, the update would not have gone on.
  if (evidence.success == nullptr) return;
  evidence.open_call = evidence.last_mutation;
  evidence.success = nullptr;
}

bool is_not_found(const cloud::Call& read) {
  return read.request->kind == CallKind::kRead && heard_error(read, ErrorCode::kNotFound);
}

}  // namespace

bool found_nothing(const cloud::Call& look) {
  const bool settle = look.request->kind == CallKind::kSettle;
  return !heard_success(look) || (settle && look.answer->native_id.empty());
}

namespace {

// Of a replaced identity: are these calls of the half that is asked about? The create half begins
// with its Create.
bool is_asked_about(const UpdateCalls& which, const cloud::Call& call, bool created) {
  if (!which.is_half_of_replace) return true;
  const bool of_create = created || call.request->kind == CallKind::kCreate;
  return of_create == (which.operation == UpdateOperation::kCreate);
}

// A message under way when the engine dies may arrive after those of the next life.
std::vector<cloud::CallId> by_life(const LogIndex& log, std::span<const cloud::CallId> calls) {
  std::vector<cloud::CallId> out(calls.begin(), calls.end());
  std::ranges::sort(out, {}, [&](const cloud::CallId id) {
    return std::pair(log.call(id).request->connection, id);
  });
  return out;
}

// Versions only rise. What is older than one that was heard is a stale read.
class Versions {
 public:
  explicit Versions(StateVersion known) : heard_(known), committed_(known) {}

  bool is_stale(const cloud::Call& call) const {
    return heard_success(call) && call.answer->version > 0 && call.answer->version < heard_;
  }
  void add(const cloud::Call& call) {
    if (is_mutation(call.request->kind)) commit();  // with the intent
    if (heard_success(call)) heard_ = std::max(heard_, call.answer->version);
  }
  void commit() { committed_ = heard_; }
  void add_crash() { heard_ = committed_; }

 private:
  StateVersion heard_;
  StateVersion committed_;
};

}  // namespace

UpdateEvidence evidence_of(const LogIndex& log, const UpdateCalls& which,
                           std::span<const uint64_t> crashes) {
  UpdateEvidence evidence;
  Versions versions(which.known_version);
  // As it was before a NotFound that may yet be asked about again.
  std::optional<UpdateEvidence> before_not_found;
  size_t next_crash = 0;
  while (next_crash < crashes.size() && crashes[next_crash] < which.accepted_at) ++next_crash;
  bool created = false;
  for (const cloud::CallId id : by_life(log, log.of_update(which.command, which.name))) {
    const cloud::Call& call = log.call(id);
    const CallKind kind = call.request->kind;
    const bool asked_about = is_asked_about(which, call, created);
    created = created || kind == CallKind::kCreate;
    if (!asked_about) continue;
    const bool reads_again = before_not_found && kind == CallKind::kRead;
    if (reads_again) evidence = *before_not_found;
    before_not_found.reset();
    // A crash counts only where the update went on after it: otherwise its outcome had been
    // decided, and committed, before.
    for (; next_crash < crashes.size() && life_of(call, crashes) > next_crash; ++next_crash) {
      const bool seen = which.intent_since && *which.intent_since <= next_crash;
      const bool was_new = seen && *which.intent_since == next_crash;
      if (was_new && evidence.last_mutation == nullptr) versions.commit();
      add_crash(evidence, seen || evidence.last_mutation != nullptr);
      versions.add_crash();
    }
    if (is_not_found(call) && which.doubts_not_found) continue;
    const bool stale = kind == CallKind::kRead && versions.is_stale(call);
    versions.add(call);
    if (stale) continue;
    if (is_not_found(call)) before_not_found = evidence;
    if (tells(call)) {
      add_look(evidence, which, call);
    } else if (is_mutation(kind)) {
      add_mutation(evidence, call);
    } else if (kind == CallKind::kStatus) {
      add_status(evidence, call);
    }
  }
  return evidence;
}

}  // namespace squall::suite
