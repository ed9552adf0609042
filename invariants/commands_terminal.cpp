// commands-terminal: every command ends, stays known, and says of itself what its updates say.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace {

constexpr std::string_view kUnfinished = "unfinished";
constexpr std::string_view kForgotten = "forgotten";
constexpr std::string_view kStuck = "stuck";
constexpr std::string_view kUpdateNotTerminal = "update-not-terminal";
constexpr std::string_view kWrongState = "wrong-state";
constexpr std::string_view kChangedAfterEnd = "changed-after-end";
// A restart took back what had been seen: it was visible before it was durable.
constexpr std::string_view kUndoneByRestart = "undone-by-restart";
constexpr std::array kKinds = {kUnfinished, kForgotten,       kStuck,          kUpdateNotTerminal,
                               kWrongState, kChangedAfterEnd, kUndoneByRestart};

CommandState state_of_updates(const CommandView& command) {
  const auto any = [&](UpdateState state) {
    return std::ranges::any_of(command.updates, [state](const ResourceUpdateView& update) {
      return update.state == state;
    });
  };
  if (any(UpdateState::kCanceled)) return CommandState::kCanceled;
  if (any(UpdateState::kFailed) || any(UpdateState::kRejected)) return CommandState::kFailed;
  return CommandState::kSuccess;
}

void check_states(const suite::CommandHistory& command, size_t operation, Findings& findings) {
  for (size_t i = 0; i + 1 < command.states.size(); ++i) {
    if (!is_terminal(command.states[i])) continue;
    findings.add(kChangedAfterEnd, operation, std::nullopt,
                 {"a command that had ended changed its state",
                  fmt::format("command {} {} for ever", command.id, to_string(command.states[i])),
                  fmt::format("{} later", to_string(command.states[i + 1]))});
    break;
  }
  const CommandView& last = command.last;
  if (!is_terminal(last.state)) return;
  bool all_terminal = true;
  for (const ResourceUpdateView& update : last.updates) {
    if (is_terminal(update.state)) continue;
    all_terminal = false;
    findings.add(
        kUpdateNotTerminal, operation, update.identity,
        {"a command ended before one of its updates",
         fmt::format("the {} of {} terminal, as command {} is {}", to_string(update.operation),
                     short_name(update.identity), last.id, to_string(last.state)),
         fmt::format("it is {}", to_string(update.state))});
  }
  const CommandState expected = state_of_updates(last);
  if (!all_terminal || last.state == expected) return;
  findings.add(kWrongState, operation, std::nullopt,
               {"a command ended in a state that its updates do not give",
                fmt::format("command {} {}", last.id, to_string(expected)),
                fmt::format("{}", to_string(last.state))});
}

void add_undone(const suite::CommandHistory& command, size_t operation, Findings& findings) {
  findings.add(kUndoneByRestart, operation, std::nullopt,
               {"a restart took back an outcome that had been visible",
                fmt::format("what command {} showed as ended, ended", command.id),
                fmt::format("after the restart it is {}", to_string(*command.undone))});
}

// A claim was terminal when it was made; what the command says last must still be that.
void check_claims(const suite::CaseRecord& record, Findings& findings) {
  using Updates = std::map<ResourceIdentity, const ResourceUpdateView*>;
  std::map<std::string_view, Updates> last;
  for (const auto& [id, command] : record.commands) {
    if (command.undone) continue;
    for (const ResourceUpdateView& update : command.last.updates)
      last[id].emplace(update.identity, &update);
  }
  for (const suite::Claim& claim : record.claims) {
    const auto command = last.find(claim.command);
    if (command == last.end()) continue;
    const auto update = command->second.find(claim.view.identity);
    if (update == command->second.end() || update->second->state == claim.view.state) continue;
    findings.add(kChangedAfterEnd, operation_of(record, claim.command), claim.view.identity,
                 {"an update that had ended changed its state",
                  fmt::format("the {} of {} {} for ever", to_string(claim.view.operation),
                              short_name(claim.view.identity), to_string(claim.view.state)),
                  fmt::format("{} later", to_string(update->second->state))});
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kCommandsTerminal, out);
  for (const auto& [id, command] : record.commands) {
    const size_t operation = operation_of(record, id);
    if (command.undone) {
      add_undone(command, operation, findings);
    } else {
      check_states(command, operation, findings);
    }
    if (!command.forgotten) continue;
    findings.add(kForgotten, operation, std::nullopt,
                 {"the engine does not know a command any more that it had accepted",
                  fmt::format("a status of command {}", id), "the engine does not know it"});
  }
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    for (const CommandView& command : checkpoint.unfinished)
      findings.add(kUnfinished, checkpoint.operation, std::nullopt,
                   {"a command is not terminal although nothing is left to happen",
                    fmt::format("command {} terminal ({})", command.id, checkpoint.where),
                    fmt::format("it is {}", to_string(command.state))});
  }
  const size_t last = record.submissions.empty() ? 0 : record.submissions.back().operation;
  for (const std::string& what : record.stuck)
    findings.add(kStuck, last, std::nullopt,
                 {"what was waited for never came, although nothing is left to happen", what,
                  "the engine's deadline for it passed, or nothing was left to happen"});
  check_claims(record, findings);
}

}  // namespace

constinit const Invariant kCommandsTerminal = {
    .id = "commands-terminal",
    .summary = "Every command ends, stays known, and says of itself what its updates say.",
    .promise = "engine.md §4: states; terminal is for ever",
    .kinds = kKinds,
    .check = check,
};

}  // namespace squall::invariants
