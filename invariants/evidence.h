// The record's calls by the update they were made for, and what the engine can have heard of each.
// docs/rules.md §7.
//
// A mutation that was answered InProgress ends with the last answer to its Status calls. It is
// shown here as if it had been given that answer; where there was none, nobody heard its end.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/heard.h"
#include "suite/record.h"

namespace squall::invariants {

using Calls = std::span<const cloud::Call* const>;

// Built once per record, in the time of one pass over its calls. The record outlives it.
class Evidence {
 public:
  explicit Evidence(const suite::CaseRecord& record);
  Evidence(const Evidence&) = delete;
  Evidence& operator=(const Evidence&) = delete;

  // The calls made for `command` that concern the object of this identity, in order of arrival. A
  // name is the label of the identity it belongs to (suite/case.h).
  Calls of(std::string_view command, const ResourceIdentity& identity) const;
  // The same for one of its updates. Of a replacement, the delete has what comes before the first
  // call that makes the new object, and every Delete; the create has the rest.
  Calls of(std::string_view command, const UpdateKey& update) const;

  // The calls that concern it, whoever made them.
  Calls about(const ResourceIdentity& identity) const;

  // Which life of the engine sent the call, from 0: as the request says, else by where in the log
  // it arrived, which may be one life too late.
  size_t incarnation_of(const cloud::Call& call) const;

  // Did the engine die between these two positions of the log?
  bool died_between(uint64_t before, uint64_t after) const;

  // Was the call answered InProgress? Then what is shown is its end.
  bool was_asynchronous(const cloud::Call& call) const { return asynchronous_.contains(call.id); }

 private:
  using Name = std::pair<InternedText, InternedText>;  // name, type: names differ sooner
  struct OfName {
    std::vector<const cloud::Call*> all;
    std::vector<const cloud::Call*> removing;  // replacements only
    std::vector<const cloud::Call*> making;
    bool is_replaced = false;
  };
  const OfName* find(std::string_view command, const ResourceIdentity& identity) const;
  const cloud::Call* ended(const cloud::Call& call);
  void split_replacements(const suite::CaseRecord& record);
  void split(OfName& calls) const;

  std::map<std::string_view, std::map<Name, OfName>> by_command_;
  std::vector<const cloud::Call*> calls_;  // as they ended
  // Made when it is first asked for.
  mutable std::optional<std::map<Name, std::vector<const cloud::Call*>>> by_name_;
  std::vector<uint64_t> crashes_;                  // ascending log positions
  std::deque<cloud::Call> asynchronous_calls_;     // with the answer that ended them
  std::map<std::string_view, cloud::Call*> open_;  // by request id: the last one that is polled
  std::set<cloud::CallId> asynchronous_;
};

bool heard_not_found(const cloud::Call& call);

// The failure the engine had to act on, if it lived to do so. An answer that never came is a passed
// deadline, whoever was to blame.
std::optional<ErrorCode> failure_heard(const cloud::Call& call);

// A read whose answer is older than the truth was when it was made (docs/rules.md §7, "stale
// reads").
bool is_stale(const cloud::Call& call);

// Did a provider of ours tell the engine what came of a change that it was asked for?
bool is_of_change(const ProviderAnswer& answer);

// Did an execution of the call, up to position `until` of the log, have this effect?
bool had_effect(const cloud::Call& call, cloud::Effect effect, uint64_t until = UINT64_MAX);

// Has the command a delete and a create of that identity?
bool is_replaced(const CommandView& command, const ResourceIdentity& identity);

// The submission index as Violation::operation has it: the operation that a command came from, or
// the epilogue where nobody knows.
size_t operation_of(const suite::CaseRecord& record, std::string_view command);

// The operation that was being run at that position of the log, by what was submitted last.
size_t operation_at(const suite::CaseRecord& record, uint64_t log_position);

// The request that a command came from; nullptr: nobody knows.
const suite::Submission* submission_of(const suite::CaseRecord& record,
                                       const suite::CommandHistory& command);

// What was planned for the command, by the prediction of its admission; nullptr: nobody knows.
const spec::Plan* plan_of(const suite::CaseRecord& record, std::string_view command);

// Is the wait of `who` for `first` one of a circle? Which of those is dropped is the engine's
// choice. docs/rules.md §6.
bool may_be_dropped(const spec::Plan* plan, const UpdateKey& who, const UpdateKey& first);

// Did the cloud's own rate limit, and no fault, turn away calls of the command that `submission`
// was answered with, so that an update of it failed? The limit outlasts the faults, and an engine
// that then spends its budget has done nothing wrong.
bool failed_by_rate_limit(const suite::CaseRecord& record, const suite::Submission& submission);

const suite::CommandHistory* find_command(const suite::CaseRecord& record,
                                          std::string_view command);

// How many requests the schedule of the case delays on their way to the cloud.
size_t delayed_requests(const suite::CaseRecord& record);

// Does the record know the command of every request? It does not where there was no answer, or the
// wrong one, so that nobody followed the command. syncs: those count too.
bool all_commands_known(const suite::CaseRecord& record, bool syncs);

// What tells the updates apart that an engine shows.
std::set<UpdateKey> shown_keys(const std::vector<ResourceUpdateView>& updates);

}  // namespace squall::invariants
