// The operation log: what the cloud saw and did, in order. Append-only; it outlives the engine and
// the provider, and every history invariant reads it.
//
// A call is written up in phases: it arrives; it is executed on the truth (never, once, or later
// than its caller believes); it is answered (perhaps with something other than what happened); and
// where the caller was gone by then, that is written too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/interned_text.h"
#include "base/time.h"
#include "documents/provider_call.h"

namespace squall::cloud {

using CallId = uint64_t;  // 1, 2, 3, … in order of arrival, over the whole case

enum class LogPhase { kArrived, kExecuted, kAnswered, kUndelivered, kChanged };
std::string_view to_string(LogPhase phase);

enum class Effect { kNone, kCreated, kUpdated, kDeleted, kTokenVoided };
std::string_view to_string(Effect effect);

// What one execution did to the truth.
struct Change {
  Effect effect = Effect::kNone;
  NativeId native_id;
  StateVersion version_before = 0;           // 0: did not exist
  StateVersion version_after = 0;            // 0: does not exist
  std::shared_ptr<const JsonObject> before;  // null: did not exist
  std::shared_ptr<const JsonObject> after;   // null: does not exist
};

struct LogRecord {
  uint64_t sequence = 0;  // 1, 2, 3, …
  Instant time;
  LogPhase phase = LogPhase::kArrived;
  CallId call = 0;  // 0 for kChanged: drift by the controller, or by a fault
  std::shared_ptr<const ProviderRequest> request;  // null for kChanged
  InternedText resource_name;  // Name of the object concerned, else the request's label
  // kArrived: name of the fault that hit the call; kChanged: of the one whose doing it was. Else
  // "".
  InternedText fault;
  std::optional<Change> change;                // kExecuted, kChanged
  std::shared_ptr<const ProviderReply> reply;  // kExecuted: the truth; kAnswered: what was said
};

// The same log, one entry per call: what most readers want.
struct Execution {
  uint64_t sequence = 0;
  Instant time;
  Change change;
  std::shared_ptr<const ProviderReply> reply;  // the true answer
};
struct Call {
  CallId id = 0;
  std::shared_ptr<const ProviderRequest> request;
  InternedText resource_name;
  InternedText fault;
  uint64_t arrived_sequence = 0;
  Instant arrived;
  std::vector<Execution> executions;
  std::optional<uint64_t> answered_sequence;  // nullopt: no answer ever left
  Instant answered;
  std::shared_ptr<const ProviderReply> answer;  // what was said; null: nothing
  bool delivered = false;                       // the answer reached a caller that was still there
};
// Groups a log by call, in order of arrival. Of a log that starts in the middle: a call that
// arrived before it has arrived_sequence 0.
std::vector<Call> calls_of(const std::vector<LogRecord>& log);

// Enters one record into the calls of a log that is read from its beginning: calls[i] has the id
// i + 1. Returns its call; nullptr for kChanged. REQUIRES: the records come in order.
Call* add_record(std::vector<Call>& calls, const LogRecord& record);

// One JSON object per record, one line each.
std::string to_json_line(const LogRecord& record);

// The trace hash of a log: every member of every record, in order. The request, which every record
// of a call shares, is folded in where the call arrives.
class LogHash {
 public:
  // Goes on from `start`.
  explicit LogHash(RunningHash start = {}) : hash_(start) {}

  // REQUIRES: the record outlives the hash.
  void add(const LogRecord& record);
  uint64_t value() const { return hash_.value(); }

 private:
  void add(const ProviderRequest& request);
  void add(const ProviderReply& reply);
  void add(const Change& change);
  uint64_t digest_of(const JsonObject& document);

  RunningHash hash_;
  // By address: one document is in several records, as what was sent, stored and answered.
  std::unordered_map<const JsonObject*, uint64_t> digests_;
};

// The log itself: records are appended and never changed.
class OperationLog {
 public:
  // Gives the record the next sequence number.
  void append(LogRecord record);

  const std::vector<LogRecord>& records() const { return records_; }
  // Records with sequence > after.
  std::vector<LogRecord> after(uint64_t sequence) const;
  uint64_t end() const { return records_.size(); }
  // REQUIRES: 1 <= sequence <= end().
  const LogRecord& at(uint64_t sequence) const;

 private:
  std::vector<LogRecord> records_;
};

}  // namespace squall::cloud
