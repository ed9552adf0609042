// monotonic-states: the state of a command, and of an update, never goes back; terminal is for
// ever, also over a restart.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace monotonic_states {
namespace {

constexpr std::string_view kChangedAfterEnd = "changed-after-end";
constexpr std::string_view kWentBack = "went-back";
// A restart took back what had been seen: it was visible before it was durable.
constexpr std::string_view kUndoneByRestart = "undone-by-restart";
constexpr std::array kKinds = {kChangedAfterEnd, kWentBack, kUndoneByRestart};

void check_command(const suite::CommandHistory& command, size_t operation, Findings& findings) {
  if (command.undone) {
    findings.add(kUndoneByRestart, operation, std::nullopt,
                 {"a restart took back an outcome that had been visible",
                  fmt::format("what command {} showed as ended, ended", command.id),
                  fmt::format("after the restart it is {}", to_string(*command.undone))});
    return;
  }
  for (size_t i = 0; i + 1 < command.states.size(); ++i) {
    const CommandState before = command.states[i];
    const CommandState after = command.states[i + 1];
    if (is_terminal(before)) {
      findings.add(kChangedAfterEnd, operation, std::nullopt,
                   {"a command that had ended changed its state",
                    fmt::format("command {} {} for ever", command.id, to_string(before)),
                    fmt::format("{} later", to_string(after))});
      return;
    }
    if (after != CommandState::kNotStarted) continue;
    findings.add(kWentBack, operation, std::nullopt,
                 {"a command that had begun went back to its start",
                  fmt::format("command {} {} until it ends", command.id, to_string(before)),
                  fmt::format("{} later", to_string(after))});
    return;
  }
}

// A claim was terminal when it was made; what the command says last must still be that.
void check_claims(const suite::CaseRecord& record, Findings& findings) {
  for (const suite::Claim& claim : record.claims) {
    const suite::CommandHistory* command = find_command(record, claim.command);
    if (command == nullptr || command->undone) continue;
    const std::vector<ResourceUpdateView>& updates = command->last.updates;
    const auto update = std::ranges::find(updates, claim.view.key(), &ResourceUpdateView::key);
    if (update == updates.end() || update->state == claim.view.state) continue;
    findings.add(kChangedAfterEnd, operation_of(record, claim.command), claim.view.identity,
                 {"an update that had ended changed its state",
                  fmt::format("the {} of {} {} for ever", to_string(claim.view.operation),
                              short_name(claim.view.identity), to_string(claim.view.state)),
                  fmt::format("{} later", to_string(update->state))});
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kMonotonicStates, out);
  for (const auto& [id, command] : record.commands)
    check_command(command, operation_of(record, id), findings);
  check_claims(record, findings);
}

}  // namespace
}  // namespace monotonic_states

constinit const Invariant kMonotonicStates = {
    .id = "monotonic-states",
    .summary = "The states of commands and updates never go back, and terminal is for ever.",
    .promise = "docs/rules.md §7: a state is visible only after its commit was acknowledged",
    .kinds = monotonic_states::kKinds,
    .check = monotonic_states::check,
};

}  // namespace squall::invariants
