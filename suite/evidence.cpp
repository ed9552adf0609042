#include "suite/evidence.h"

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

void add_look(UpdateEvidence& evidence, const cloud::Call& call) {
  evidence.last_look = &call;
  evidence.fresh_look = &call;
  if (evidence.first_look == nullptr) evidence.first_look = &call;
  evidence.looked_and_gone = found_nothing(call);
  evidence.open = false;
}

void add_mutation(UpdateEvidence& evidence, const cloud::Call& call) {
  const CallKind kind = call.request->kind;
  evidence.last_mutation = &call;
  if (heard_success(call) ||
      (kind == CallKind::kDelete && heard_error(call, ErrorCode::kNotFound))) {
    evidence.success = &call;
    evidence.base_look = evidence.last_look;
    evidence.open = false;
    return;
  }
  // The token's object was made, and deleted since: that tells.
  if (kind == CallKind::kCreate && heard_error(call, ErrorCode::kGone)) evidence.open = false;
  const bool definite = heard(call) && !is_ambiguous(call.answer->error);
  if (definite) return;
  evidence.open = true;
  evidence.open_call = &call;
  if (evidence.success == nullptr) evidence.base_look = evidence.last_look;
}

// What was learned before a mutation was committed with that mutation's intent; what was learned
// after the last one may be lost.
void add_crash(UpdateEvidence& evidence) {
  evidence.restarted = true;
  evidence.fresh_look = nullptr;
  if (evidence.last_mutation == nullptr) {
    if (evidence.last_look != nullptr) evidence.lost_look = evidence.last_look;
    evidence.first_look = nullptr;
    evidence.last_look = nullptr;
    evidence.looked_and_gone = false;
    return;
  }
  // An answer that was heard but not committed. Had it been, the update would not have gone on. One
  // that said "nothing applied" leaves nothing open, though the engine cannot know any more.
  if (evidence.success == nullptr) return;
  evidence.open = true;
  evidence.open_call = evidence.last_mutation;
  evidence.success = nullptr;
}

bool is_not_found(const cloud::Call& read) {
  return read.request->kind == CallKind::kRead && heard_error(read, ErrorCode::kNotFound);
}

// Was the call sent after the crash of that index? Every crash ends one life of the engine.
bool sent_after(const cloud::Call& call, size_t crash, std::span<const uint64_t> crashes) {
  if (call.request->connection > 0) return call.request->connection > crash + 1;
  return crashes[crash] < call.arrived_sequence;
}

}  // namespace

bool found_nothing(const cloud::Call& look) {
  const bool settle = look.request->kind == CallKind::kSettle;
  return !heard_success(look) || (settle && look.answer->native_id.empty());
}

UpdateEvidence evidence_of(const LogIndex& log, const std::string& command, const std::string& name,
                           std::span<const uint64_t> crashes, uint64_t accepted_at) {
  UpdateEvidence evidence;
  // As it was before a NotFound that may yet be asked about again.
  std::optional<UpdateEvidence> before_not_found;
  size_t next_crash = 0;
  while (next_crash < crashes.size() && crashes[next_crash] < accepted_at) ++next_crash;
  for (const cloud::CallId id : log.of_update(command, name)) {
    const cloud::Call& call = log.call(id);
    const bool reads_again = before_not_found && call.request->kind == CallKind::kRead;
    if (reads_again) evidence = *before_not_found;
    before_not_found.reset();
    // A crash counts only where the update went on after it: otherwise its outcome had been
    // decided, and committed, before.
    for (; next_crash < crashes.size() && sent_after(call, next_crash, crashes); ++next_crash)
      add_crash(evidence);
    if (is_not_found(call)) before_not_found = evidence;
    if (tells(call)) {
      add_look(evidence, call);
    } else if (is_mutation(call.request->kind)) {
      add_mutation(evidence, call);
    }
  }
  return evidence;
}

}  // namespace squall::suite
