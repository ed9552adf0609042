// For the tests of this folder: a cloud's log written by hand, call by call.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "cloud/operation_log.h"
#include "suite/log_index.h"

namespace squall::suite {

inline ProviderReply found(JsonObject properties, StateVersion version = 1) {
  ProviderReply reply;
  reply.native_id = "id-1";
  properties["Id"] = "id-1";
  reply.properties = std::move(properties);
  reply.version = version;
  return reply;
}

// A delete's answer, and a Settle's "none".
inline ProviderReply done() { return {}; }

inline ProviderReply failure(ErrorCode code) { return ProviderReply::failure(code, "in the test"); }

class TestLog {
 public:
  // The command and the resource that the calls after this are made for.
  TestLog& of(std::string caller, std::string label) {
    caller_ = std::move(caller);
    label_ = std::move(label);
    return *this;
  }

  // The life of the engine that sends the calls after this.
  TestLog& in_life(uint64_t connection) {
    connection_ = connection;
    return *this;
  }

  cloud::CallId arrives(CallKind kind, JsonObject properties = {}, std::string token = "") {
    auto request = std::make_shared<ProviderRequest>();
    request->kind = kind;
    request->label = label_;
    request->connection = connection_;
    request->caller = caller_;
    request->properties = std::move(properties);
    request->token = std::move(token);
    requests_.push_back(std::move(request));
    names_.push_back(label_);
    add(cloud::LogPhase::kArrived, requests_.size());
    return requests_.size();
  }

  // The truth: what the call did and would have been told.
  void executed(cloud::CallId call, ProviderReply truth,
                cloud::Effect effect = cloud::Effect::kNone) {
    cloud::LogRecord& record = add(cloud::LogPhase::kExecuted, call);
    record.change.emplace();
    record.change->effect = effect;
    if (effect == cloud::Effect::kCreated) record.change->native_id = truth.native_id;
    record.reply = std::make_shared<const ProviderReply>(std::move(truth));
  }

  void answered(cloud::CallId call, ProviderReply said) {
    cloud::LogRecord& record = add(cloud::LogPhase::kAnswered, call);
    record.reply = std::make_shared<const ProviderReply>(std::move(said));
  }

  // The answer came to an engine that was gone, or had given up.
  void undelivered(cloud::CallId call, ProviderReply said) {
    answered(call, std::move(said));
    add(cloud::LogPhase::kUndelivered, call);
  }

  // A call that goes as it should.
  cloud::CallId goes_well(CallKind kind, ProviderReply truth, JsonObject sent = {},
                          std::string token = "") {
    const cloud::CallId call = arrives(kind, std::move(sent), std::move(token));
    executed(call, truth, effect_of(kind));
    answered(call, std::move(truth));
    return call;
  }

  // Applied, and answered with something else.
  cloud::CallId loses_reply(CallKind kind, ProviderReply truth, JsonObject sent = {},
                            std::string token = "") {
    const cloud::CallId call = arrives(kind, std::move(sent), std::move(token));
    executed(call, std::move(truth), effect_of(kind));
    answered(call, failure(ErrorCode::kNetworkFailure));
    return call;
  }

  // Turned away: nothing was applied.
  cloud::CallId fails(CallKind kind, ErrorCode code, JsonObject sent = {}, std::string token = "") {
    const cloud::CallId call = arrives(kind, std::move(sent), std::move(token));
    executed(call, failure(code));
    answered(call, failure(code));
    return call;
  }

  // A Status call.
  cloud::CallId polls(std::string request_id, ProviderReply said) {
    auto request = std::make_shared<ProviderRequest>();
    request->kind = CallKind::kStatus;
    request->label = label_;
    request->connection = connection_;
    request->caller = caller_;
    request->request_id = std::move(request_id);
    requests_.push_back(std::move(request));
    names_.push_back(label_);
    add(cloud::LogPhase::kArrived, requests_.size());
    executed(requests_.size(), said);
    answered(requests_.size(), std::move(said));
    return requests_.size();
  }

  // The object is changed behind the engine's back.
  void drifts(std::string name, NativeId id, StateVersion version) {
    cloud::LogRecord record;
    record.sequence = records_.size() + 1;
    record.phase = cloud::LogPhase::kChanged;
    record.resource_name = std::move(name);
    record.change.emplace();
    record.change->effect = cloud::Effect::kUpdated;
    record.change->native_id = std::move(id);
    record.change->version_after = version;
    records_.push_back(std::move(record));
  }

  uint64_t end() const { return records_.size(); }
  const std::vector<cloud::LogRecord>& records() const { return records_; }
  LogIndex index() const {
    LogIndex out;
    out.append(records_);
    return out;
  }

 private:
  static cloud::Effect effect_of(CallKind kind) {
    if (kind == CallKind::kCreate) return cloud::Effect::kCreated;
    if (kind == CallKind::kUpdate) return cloud::Effect::kUpdated;
    if (kind == CallKind::kDelete) return cloud::Effect::kDeleted;
    return cloud::Effect::kNone;
  }

  cloud::LogRecord& add(cloud::LogPhase phase, cloud::CallId call) {
    SQUALL_CHECK(call >= 1 && call <= requests_.size());
    cloud::LogRecord record;
    record.sequence = records_.size() + 1;
    record.time = instant_at(static_cast<int64_t>(record.sequence) * 1000);
    record.phase = phase;
    record.call = call;
    record.request = requests_[call - 1];
    record.resource_name = names_[call - 1];
    records_.push_back(std::move(record));
    return records_.back();
  }

  std::string caller_ = "command";
  std::string label_ = "a";
  uint64_t connection_ = 0;
  std::vector<std::shared_ptr<const ProviderRequest>> requests_;
  std::vector<std::string> names_;
  std::vector<cloud::LogRecord> records_;
};

}  // namespace squall::suite
