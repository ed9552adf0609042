#include "engines/terraform/state_store.h"

#include <utility>

#include "base/hash.h"
#include "documents/json.h"

namespace squall::terraform {
namespace {

constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kBadRequest = 400;
constexpr int kConflict = 409;
constexpr int kLocked = 423;

StoreReply reject(BackendRecord& record, BackendOutcome outcome, int status,
                  std::string body = "") {
  record.outcome = outcome;
  return {.status = status, .body = std::move(body)};
}

std::optional<uint64_t> serial_of(const Json& state) {
  const Json* serial = member(state, "serial");
  if (serial == nullptr || !serial->is_int64() || serial->get_int64() < 0) return std::nullopt;
  return static_cast<uint64_t>(serial->get_int64());
}

}  // namespace

void StateStore::inject(const BackendFault& fault) { armed_.push_back({.fault = fault}); }

std::optional<BackendFault> StateStore::strike(BackendCall call) {
  std::optional<BackendFault> found;
  for (Armed& each : armed_) {
    if (each.fault.call != call) continue;
    ++each.seen;
    const bool strikes =
        each.seen >= each.fault.nth && each.seen - each.fault.nth < each.fault.times;
    if (strikes && !found) found = each.fault;
  }
  return found;
}

StoreReply StateStore::carry_out(const StoreRequest& request,
                                 const std::optional<BackendFault>& fault, uint64_t sequence,
                                 Duration now) {
  BackendRecord record{.sequence = sequence,
                       .arrived = request.arrived,
                       .carried_out = now,
                       .run = request.run,
                       .call = request.call,
                       .lock_id = request.lock_id};
  StoreReply reply;
  if (fault && fault->kind == BackendFaultKind::kFails) {
    reply = reject(record, BackendOutcome::kFailed, fault->status, "squall: a fault");
  } else {
    reply = answer(request, record);
  }
  if (fault) record.fault = fault->kind;
  reply.replied = !fault || fault->kind != BackendFaultKind::kReplyLost;
  record.replied = reply.replied;
  record.status = reply.status;
  record.holder = holder_;
  log_.push_back(std::move(record));
  return reply;
}

StoreReply StateStore::answer(const StoreRequest& request, BackendRecord& record) {
  switch (request.call) {
    case BackendCall::kLock:
      return lock(request, record);
    case BackendCall::kUnlock:
      return unlock(request, record);
    case BackendCall::kRead:
      return read(record);
    case BackendCall::kWrite:
      return write(request, record);
    case BackendCall::kDelete:
      return remove(record);
  }
  return reject(record, BackendOutcome::kMalformed, kBadRequest);
}

StoreReply StateStore::lock(const StoreRequest& request, BackendRecord& record) {
  const auto info = parse_json(request.body);
  if (info) record.lock_id = squall::text_of(*info, "ID");
  if (info) record.operation = squall::text_of(*info, "Operation");
  if (record.lock_id.empty()) return reject(record, BackendOutcome::kMalformed, kBadRequest);
  // Also for the holder's own id: a lock that is asked for twice was taken the first time, and
  // whoever asks did not hear of it.
  if (!holder_.empty()) {
    return reject(record, BackendOutcome::kAlreadyHeld, kLocked, lock_info_);
  }
  holder_ = record.lock_id;
  lock_info_ = request.body;
  return {};
}

StoreReply StateStore::unlock(const StoreRequest& request, BackendRecord& record) {
  // force-unlock of some versions sends no lock information: then any lock is meant.
  if (const auto info = parse_json(request.body)) record.lock_id = squall::text_of(*info, "ID");
  if (holder_.empty()) return reject(record, BackendOutcome::kNotHeld, kConflict);
  if (!record.lock_id.empty() && record.lock_id != holder_) {
    return reject(record, BackendOutcome::kNotHolder, kConflict, lock_info_);
  }
  holder_.clear();
  lock_info_.clear();
  return {};
}

StoreReply StateStore::read(BackendRecord& record) const {
  if (state_.empty()) return reject(record, BackendOutcome::kNoState, kNoContent);
  if (const auto json = parse_json(state_)) record.serial = serial_of(*json);
  record.digest = hash_text(state_);
  return {.status = kOk, .body = state_};
}

StoreReply StateStore::write(const StoreRequest& request, BackendRecord& record) {
  const auto json = parse_json(request.body);
  if (!json) return reject(record, BackendOutcome::kMalformed, kBadRequest);
  record.serial = serial_of(*json);
  record.digest = hash_text(request.body);
  if (!request.lock_id.empty() && !holder_.empty() && request.lock_id != holder_) {
    return reject(record, BackendOutcome::kNotHolder, kConflict, lock_info_);
  }
  state_ = request.body;
  return {};
}

StoreReply StateStore::remove(BackendRecord& record) {
  if (state_.empty()) record.outcome = BackendOutcome::kNoState;
  state_.clear();
  return {};
}

}  // namespace squall::terraform
