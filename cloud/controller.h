// The control interface of the cloud: what a test may do to the world behind the engine's back.
// Every function leaves the state untouched when it returns an error.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cloud/fault.h"
#include "cloud/operation_log.h"
#include "documents/schema.h"

namespace squall::cloud {

// How long calls take.
struct LatencyModel {
  enum class Kind { kConstant, kUniform, kLogNormal, kLongTail };
  Kind kind = Kind::kConstant;
  Duration typical = Duration(0);  // constant: this; uniform: 0 to twice this; else the median
  friend bool operator==(const LatencyModel&, const LatencyModel&) = default;
};

std::string_view to_string(LatencyModel::Kind kind);  // "constant", "uniform", …
Result<LatencyModel::Kind> parse_latency_kind(std::string_view text);

// How the cloud behaves without any fault; each is off by default.
struct Behaviours {
  bool create_tokens = true;  // outcomes.md: create tokens and Settle
  bool versions = true;       // outcomes.md: state versions and IfVersion
  // Token bucket per namespace, refilled continuously; beyond it Throttling. 0: no limit.
  uint32_t rate_per_second = 0;
  // Create, update and delete answer InProgress; the Status call of this number tells how they
  // ended. Their effect is there from the start; a created object's id is told at the end.
  // 0: synchronous.
  uint32_t status_polls = 0;
  // How long after a change reads and lists may show what was before it (the fault stale-read does
  // so). 0: never.
  Duration consistency_window = Duration(0);
  // Live objects of one type and target; beyond it ServiceLimitExceeded. 0: no limit.
  uint32_t quota = 0;
  // By the references in CreateOnly fields: ResourceConflict for the delete of a parent that has
  // children, InvalidRequest for a create whose parent is missing.
  bool referential_integrity = false;
  bool unique_names = false;  // AlreadyExists for a second live object of a type and Name
  bool normalises = false;    // keeps values the way the type's catalogue entry says
  LatencyModel latency;       // of every call that no fault delays
  friend bool operator==(const Behaviours&, const Behaviours&) = default;
};

// Times that are negative or absurd, or more polls than anyone waits for: an error that says which.
Result<void> validate(const Behaviours& behaviours);

// Does a cloud that behaves so have what a fault needs? Where it has not, the fault would be beyond
// the contract, or would do nothing.
bool is_met(const FaultNeeds& needs, const Behaviours& behaviours);

// One live object of the truth.
struct CloudObject {
  NativeId native_id;
  InternedText type;
  InternedText target;
  InternedText name;    // its property Name
  Document properties;  // all, also read-only and WriteOnly ones
  StateVersion version = 0;
  bool made_by_engine = false;  // by a create call, as against the controller
};
using CloudView = std::vector<CloudObject>;  // in order of creation

// A programmed response: the answer to the next call of this kind for this resource. Without a code
// the call goes through as it would, meeting the fault rules as any other does. A response with a
// code counts in the fault table as "programmed-response"; nothing is applied.
struct ProgrammedResponse {
  std::string label;
  CallKind call = CallKind::kCreate;
  std::optional<ErrorCode> code;
};

// How often a fault fired, and how often it changed what the caller was told or what happened.
struct FaultCount {
  uint64_t fired = 0;
  uint64_t mattered = 0;
};
using FaultTable = std::map<std::pair<std::string /*fault*/, CallKind>, FaultCount>;

// Opaque: the whole of the cloud's state (objects, history, tokens, counter of ids, rate buckets,
// asynchronous requests), the log excepted. What a test set up around it (behaviours, rules,
// programmed responses, gate) stays.
struct StateSnapshot;

class Controller {
 public:
  virtual ~Controller() = default;

  virtual Result<RuleId> inject(const FaultRule& rule) = 0;
  virtual void clear_rules() = 0;
  // Appends to the FIFO of (label, call).
  virtual void program(const ProgrammedResponse& response) = 0;
  // Takes back what has not been used of (label, call); returns how many.
  virtual size_t withdraw(const std::string& label, CallKind call) = 0;

  // Drift: changes behind the engine's back, written to the log as kChanged.
  virtual Result<NativeId> put(const std::string& type, const std::string& target,
                               const JsonObject& properties) = 0;
  virtual Result<void> patch(const NativeId& id, const JsonArray& patch) = 0;
  virtual Result<void> remove(const NativeId& id) = 0;

  virtual std::shared_ptr<const StateSnapshot> snapshot() const = 0;
  // No drift: writes nothing to the log.
  virtual void restore(const std::shared_ptr<const StateSnapshot>& snapshot) = 0;
  // Of the live objects, whatever their order: names, types, properties, but not the native ids.
  virtual uint64_t digest() const = 0;
  virtual CloudView view() const = 0;

  // Records with sequence > after.
  virtual std::vector<LogRecord> log(uint64_t after = 0) const = 0;
  virtual uint64_t log_end() const = 0;  // sequence of the last record; 0: none

  // A closed gate blocks every call that arrives, until it is opened.
  virtual void set_gate(bool open) = 0;
  // An error where validate() finds one; the behaviours stay as they were.
  virtual Result<void> set_behaviours(const Behaviours& behaviours) = 0;
  virtual Result<void> set_id_counter(uint64_t next) = 0;
  // As newly made: no objects, no tokens, no rules, no programmed responses, no log, open gate,
  // default behaviours; ids start at 1 again.
  virtual void reset() = 0;

  virtual FaultTable fault_table() const = 0;
};

}  // namespace squall::cloud
