// commands-terminal: every command ends, stays known, and says of itself what its updates say.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace commands_terminal {
namespace {

constexpr std::string_view kUnfinished = "unfinished";
constexpr std::string_view kForgotten = "forgotten";
constexpr std::string_view kUpdateNotTerminal = "update-not-terminal";
constexpr std::string_view kWrongState = "wrong-state";
constexpr std::array kKinds = {kUnfinished, kForgotten, kUpdateNotTerminal, kWrongState};

// A command whose run could not save, or unlock, in the end has failed, however well its updates
// went; so has one after which something it left as it was demands what does not hold
// (docs/terraform.md §5).
CommandState state_of(const suite::CaseRecord& record, const suite::CommandHistory& history) {
  const CommandView& command = history.last;
  const auto any = [&](UpdateState state) {
    return std::ranges::any_of(command.updates, [state](const ResourceUpdateView& update) {
      return update.state == state;
    });
  };
  if (any(UpdateState::kCanceled)) return CommandState::kCanceled;
  if (any(UpdateState::kFailed) || any(UpdateState::kRejected)) return CommandState::kFailed;
  if (history.demands_in_vain) return CommandState::kFailed;
  if (suite::store_trouble_of(record, command.id)) return CommandState::kFailed;
  return CommandState::kSuccess;
}

void check_states(const suite::CaseRecord& record, const suite::CommandHistory& command,
                  size_t operation, Findings& findings) {
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
  const CommandState expected = state_of(record, command);
  if (!all_terminal || last.state == expected) return;
  findings.add(kWrongState, operation, std::nullopt,
               {"a command ended in a state that its updates do not give",
                fmt::format("command {} {}", last.id, to_string(expected)),
                fmt::format("{}", to_string(last.state))});
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kCommandsTerminal, out);
  for (const auto& [id, command] : record.commands) {
    const size_t operation = operation_of(record, id);
    // What a restart took back is monotonic-states'.
    if (!command.undone) check_states(record, command, operation, findings);
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
}

}  // namespace
}  // namespace commands_terminal

constinit const Invariant kCommandsTerminal = {
    .id = "commands-terminal",
    .summary = "Every command ends, stays known, and says of itself what its updates say.",
    .promise = "docs/rules.md §7: a command's updates end, and its outcome is committed with them",
    .kinds = commands_terminal::kKinds,
    .check = commands_terminal::check,
};

}  // namespace squall::invariants
