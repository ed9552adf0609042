// The record's calls by the command they were made for and the resource they concern, and what the
// engine can have heard of each. docs/rules.md §7.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "suite/record.h"

namespace squall::invariants {

using Calls = std::span<const cloud::Call* const>;

// Built once per record, in the time of one pass over its calls. The record outlives it.
class Evidence {
 public:
  explicit Evidence(const suite::CaseRecord& record);

  // The calls made for `command` that concern the object of this type and name, in order of
  // arrival. A name is the label of the identity it belongs to (suite/case.h).
  Calls of(std::string_view command, std::string_view type, std::string_view name) const;
  Calls of(std::string_view command, const ResourceIdentity& identity) const {
    return of(command, identity.type, identity.label);
  }

  // The calls that concern it, whoever made them.
  Calls about(const ResourceIdentity& identity) const;

  // Which life of the engine sent the call, from 0: as the request says, else by where in the log
  // it arrived, which may be one life too late.
  size_t incarnation_of(const cloud::Call& call) const;

 private:
  using Name = std::pair<std::string_view, std::string_view>;  // type, name
  std::unordered_map<std::string_view, std::map<Name, std::vector<const cloud::Call*>>> by_command_;
  std::map<Name, std::vector<const cloud::Call*>> by_name_;
  std::vector<uint64_t> crashes_;  // ascending log positions
};

// The answer reached an engine that was still there and waiting.
bool was_heard(const cloud::Call& call);
bool heard_success(const cloud::Call& call);
bool heard_not_found(const cloud::Call& call);

// The failure the engine had to act on, if it lived to do so. An answer that never came is a passed
// deadline, whoever was to blame.
std::optional<ErrorCode> failure_heard(const cloud::Call& call);

// Did an execution of the call, up to position `until` of the log, change an object?
bool changed_something(const cloud::Call& call, uint64_t until = UINT64_MAX);

// Did an execution of the call, up to position `until` of the log, have this effect?
bool had_effect(const cloud::Call& call, cloud::Effect effect, uint64_t until = UINT64_MAX);

// The submission index as Violation::operation has it: the operation that a command came from, or
// the epilogue where nobody knows.
size_t operation_of(const suite::CaseRecord& record, std::string_view command);

// Did the cloud's own rate limit, and no fault, turn away calls of the command that `submission`
// was answered with, so that an update of it failed? The limit outlasts the faults, and an engine
// that then spends its budget has done nothing wrong.
bool failed_by_rate_limit(const suite::CaseRecord& record, const suite::Submission& submission);

const suite::CommandHistory* find_command(const suite::CaseRecord& record,
                                          std::string_view command);

}  // namespace squall::invariants
