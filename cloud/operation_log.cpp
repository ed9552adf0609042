#include "cloud/operation_log.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "documents/enum_text.h"

namespace squall::cloud {

namespace {

constexpr EnumTable<LogPhase, 5> kPhases = {{
    {LogPhase::kArrived, "arrived"},
    {LogPhase::kExecuted, "executed"},
    {LogPhase::kAnswered, "answered"},
    {LogPhase::kUndelivered, "undelivered"},
    {LogPhase::kChanged, "changed"},
}};
static_assert(in_order(kPhases));

constexpr EnumTable<Effect, 5> kEffects = {{
    {Effect::kNone, "none"},
    {Effect::kCreated, "created"},
    {Effect::kUpdated, "updated"},
    {Effect::kDeleted, "deleted"},
    {Effect::kTokenVoided, "token-voided"},
}};
static_assert(in_order(kEffects));

// Members that say nothing are left out: a line is read by people first.
void put_text(JsonObject& out, std::string_view key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

void put_object(JsonObject& out, std::string_view key, const JsonObject& object) {
  if (!object.empty()) out[key] = object;
}

JsonObject json_of(const ProviderRequest& request) {
  JsonObject out;
  out["kind"] = to_string(request.kind);
  put_text(out, "type", request.type);
  put_text(out, "target", request.target);
  put_text(out, "label", request.label);
  put_text(out, "caller", request.caller);
  if (request.connection != 0) out["connection"] = request.connection;
  put_text(out, "native_id", request.native_id);
  put_text(out, "token", request.token);
  if (request.if_version) out["if_version"] = *request.if_version;
  put_text(out, "request_id", request.request_id);
  put_text(out, "parent", request.parent);
  put_text(out, "page_token", request.page_token);
  put_object(out, "properties", request.properties);
  if (!request.patch.empty()) out["patch"] = request.patch;
  return out;
}

JsonObject json_of(const ProviderReply& reply) {
  JsonObject out;
  out["status"] = to_string(reply.status);
  if (reply.status == ReplyStatus::kFailure) {
    out["error"] = to_string(reply.error);
    put_text(out, "message", reply.message);
  }
  put_text(out, "native_id", reply.native_id);
  if (reply.version != 0) out["version"] = reply.version;
  put_text(out, "request_id", reply.request_id);
  put_object(out, "properties", reply.properties);
  if (!reply.listed.empty()) {
    JsonArray listed;
    for (const ListedObject& object : reply.listed) listed.emplace_back(object.native_id);
    out["listed"] = std::move(listed);
  }
  put_text(out, "next_page", reply.next_page);
  return out;
}

JsonObject json_of(const Change& change) {
  JsonObject out;
  out["effect"] = to_string(change.effect);
  put_text(out, "native_id", change.native_id);
  out["version_before"] = change.version_before;
  out["version_after"] = change.version_after;
  // What an unchanged object looks like is in the reply already.
  if (change.effect == Effect::kNone) return out;
  if (change.before != nullptr) out["before"] = *change.before;
  if (change.after != nullptr) out["after"] = *change.after;
  return out;
}

Call call_of(const LogRecord& record) {
  Call call;
  call.id = record.call;
  call.request = record.request;
  call.resource_name = record.resource_name;
  return call;
}

void enter(Call& call, const LogRecord& record) {
  switch (record.phase) {
    case LogPhase::kArrived:
      call.fault = record.fault;
      call.arrived_sequence = record.sequence;
      call.arrived = record.time;
      return;
    case LogPhase::kExecuted:
      SQUALL_CHECK(record.change.has_value());
      call.executions.push_back({record.sequence, record.time, *record.change, record.reply});
      return;
    case LogPhase::kAnswered:
      // A call executed twice may be answered twice; its caller heard the first.
      if (call.answered_sequence) return;
      call.answered_sequence = record.sequence;
      call.answered = record.time;
      call.answer = record.reply;
      call.delivered = true;
      return;
    case LogPhase::kUndelivered:
      call.delivered = false;
      return;
    case LogPhase::kChanged:
      return;
  }
}

}  // namespace

std::string_view to_string(LogPhase phase) { return text_in(kPhases, phase); }
std::string_view to_string(Effect effect) { return text_in(kEffects, effect); }

std::vector<Call> calls_of(const std::vector<LogRecord>& log) {
  std::vector<Call> calls;
  std::unordered_map<CallId, size_t> position;
  for (const LogRecord& record : log) {
    if (record.phase == LogPhase::kChanged) continue;
    const auto [found, is_new] = position.emplace(record.call, calls.size());
    if (is_new) calls.push_back(call_of(record));
    enter(calls[found->second], record);
  }
  std::sort(calls.begin(), calls.end(), [](const Call& a, const Call& b) { return a.id < b.id; });
  return calls;
}

Call* add_record(std::vector<Call>& calls, const LogRecord& record) {
  if (record.phase == LogPhase::kChanged) return nullptr;
  if (record.phase == LogPhase::kArrived) {
    SQUALL_CHECK(record.call == calls.size() + 1);
    calls.push_back(call_of(record));
  }
  SQUALL_CHECK(record.call >= 1 && record.call <= calls.size());
  Call& call = calls[record.call - 1];
  enter(call, record);
  return &call;
}

std::string to_json_line(const LogRecord& record) {
  JsonObject out;
  out["sequence"] = record.sequence;
  out["time_us"] = microseconds_of(record.time);
  out["phase"] = to_string(record.phase);
  if (record.call != 0) out["call"] = record.call;
  put_text(out, "resource", record.resource_name);
  put_text(out, "fault", record.fault);
  if (record.request != nullptr) {
    // The whole request once, where the call arrives; later lines of the call name its kind.
    if (record.phase == LogPhase::kArrived) {
      out["request"] = json_of(*record.request);
    } else {
      out["kind"] = to_string(record.request->kind);
    }
  }
  if (record.change) out["change"] = json_of(*record.change);
  if (record.reply != nullptr) out["reply"] = json_of(*record.reply);
  return one_line(out);
}

void LogHash::add(const ProviderRequest& request) {
  hash_.add(static_cast<uint64_t>(request.kind));
  hash_.add(request.type.hash());
  hash_.add(request.target.hash());
  hash_.add(request.label.hash());
  hash_.add(request.caller);
  hash_.add(request.connection);
  hash_.add(request.native_id);
  hash_.add(digest_of(request.properties));
  hash_.add(request.patch.size());
  for (const Json& operation : request.patch) hash_.add(digest(operation));
  hash_.add(request.token);
  hash_.add(request.if_version ? 1 : 0);
  hash_.add(static_cast<uint64_t>(request.if_version.value_or(0)));
  hash_.add(request.request_id);
  hash_.add(request.parent);
  hash_.add(request.page_token);
}

void LogHash::add(const ProviderReply& reply) {
  hash_.add(static_cast<uint64_t>(reply.status));
  // The code of a success is whatever it was made with: it says nothing.
  hash_.add(reply.status == ReplyStatus::kFailure ? static_cast<uint64_t>(reply.error) : 0);
  hash_.add(reply.message);
  hash_.add(reply.native_id);
  hash_.add(digest_of(reply.properties));
  hash_.add(static_cast<uint64_t>(reply.version));
  hash_.add(reply.request_id);
  hash_.add(reply.listed.size());
  for (const ListedObject& object : reply.listed) {
    hash_.add(object.native_id);
    hash_.add(digest_of(object.properties));
  }
  hash_.add(reply.next_page);
}

void LogHash::add(const Change& change) {
  hash_.add(static_cast<uint64_t>(change.effect));
  hash_.add(change.native_id);
  hash_.add(static_cast<uint64_t>(change.version_before));
  hash_.add(static_cast<uint64_t>(change.version_after));
  hash_.add(change.before == nullptr ? 0 : digest_of(*change.before));
  hash_.add(change.after == nullptr ? 0 : digest_of(*change.after));
}

void LogHash::add(const LogRecord& record) {
  hash_.add(record.sequence);
  hash_.add(static_cast<uint64_t>(microseconds_of(record.time)));
  hash_.add(static_cast<uint64_t>(record.phase));
  hash_.add(record.call);
  hash_.add(record.resource_name.hash());
  hash_.add(record.fault.hash());
  if (record.phase == LogPhase::kArrived && record.request != nullptr) {
    add(*record.request);
  }
  if (record.change) add(*record.change);
  if (record.reply != nullptr) add(*record.reply);
}

uint64_t LogHash::digest_of(const JsonObject& document) {
  const auto [known, is_new] = digests_.try_emplace(&document, 0);
  if (is_new) known->second = digest(document);
  return known->second;
}

void OperationLog::append(LogRecord record) {
  record.sequence = records_.size() + 1;
  records_.push_back(std::move(record));
}

std::vector<LogRecord> OperationLog::after(uint64_t sequence) const {
  const uint64_t start = std::min<uint64_t>(sequence, records_.size());
  return {records_.begin() + static_cast<std::ptrdiff_t>(start), records_.end()};
}

const LogRecord& OperationLog::at(uint64_t sequence) const {
  SQUALL_CHECK(sequence >= 1 && sequence <= records_.size());
  return records_[sequence - 1];
}

}  // namespace squall::cloud
