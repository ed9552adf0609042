// attributable: every call to the cloud is made for a command that is known and has not ended.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace attributable {
namespace {

constexpr std::string_view kUnknownCaller = "unknown-caller";
constexpr std::string_view kCallAfterEnd = "call-after-end";
constexpr std::array kKinds = {kUnknownCaller, kCallAfterEnd};

std::set<cloud::CallId> calls_accused(const std::vector<Violation>& violations) {
  std::set<cloud::CallId> out;
  for (const Violation& violation : violations)
    out.insert(violation.evidence.begin(), violation.evidence.end());
  return out;
}

// Where in the log the command was seen to have ended; nullopt: it was not, or a message that was
// on its way for long, or when the engine died, may have arrived since.
std::optional<uint64_t> end_of(const suite::CaseRecord& record,
                               const suite::CommandHistory& command, const cloud::Call& call) {
  const suite::Submission* submission = submission_of(record, command);
  if (submission == nullptr || !is_terminal(command.last.state)) return std::nullopt;
  if (delayed_requests(record) > 0) return std::nullopt;
  const bool died_since = std::ranges::any_of(record.crashes, [&](const auto& crash) {
    return crash.log_end >= submission->log_before && crash.log_end <= call.arrived_sequence;
  });
  if (died_since) return std::nullopt;
  return submission->log_after;
}

// Of a run that was cut short, no command is left; that our provider served it, there is.
bool was_served(const suite::CaseRecord& record, const std::string& caller) {
  return std::ranges::find(record.answers, caller, &ProviderAnswer::caller) != record.answers.end();
}

void check_call(const suite::CaseRecord& record, const cloud::Call& call,
                const suite::CommandHistory* command, bool may_be_unknown, Findings& findings) {
  if (command == nullptr && (may_be_unknown || was_served(record, call.request->caller))) return;
  const auto operation = [&] { return operation_at(record, call.arrived_sequence); };
  const auto identity = [&] { return identity_of(record, call.request->type, call.resource_name); };
  if (command == nullptr) {
    findings.add(kUnknownCaller, operation(), identity(),
                 {"the engine made a call for no command that it accepted",
                  "calls for accepted commands only",
                  fmt::format("{} for \"{}\"", words(call), call.request->caller)},
                 {call.id});
    return;
  }
  const std::optional<uint64_t> end = end_of(record, *command, call);
  if (!end || call.arrived_sequence <= *end) return;
  findings.add(kCallAfterEnd, operation(), identity(),
               {"the engine made a call for a command that had ended",
                fmt::format("no call for command {} after it was {}", command->id,
                            to_string(command->last.state)),
                words(call)},
               {call.id});
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  const std::set<cloud::CallId> accused = calls_accused(out);
  Findings findings(kAttributable, out);
  // Of a write a sync is not suspected; a read may be one's that died with the engine.
  const bool write_may_be_unknown = !all_commands_known(record, false);
  const bool read_may_be_unknown =
      !all_commands_known(record, true) || record.traits.plans_by_reading;
  const suite::CommandHistory* command = nullptr;  // mostly that of the call before
  for (const cloud::Call& call : record.calls) {
    if (accused.contains(call.id)) continue;
    if (command == nullptr || command->id != call.request->caller)
      command = find_command(record, call.request->caller);
    const bool is_write = is_mutation(call.request->kind);
    check_call(record, call, command, is_write ? write_may_be_unknown : read_may_be_unknown,
               findings);
  }
}

}  // namespace
}  // namespace attributable

constinit const Invariant kAttributable = {
    .id = "attributable",
    .summary = "Every call to the cloud is made for a known command that has not ended.",
    .promise = "docs/rules.md §7 and §8: a call carries out an update of a command",
    .kinds = attributable::kKinds,
    .check = attributable::check,
};

}  // namespace squall::invariants
