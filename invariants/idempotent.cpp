// idempotent: asked for the same once more, the engine has nothing to do, and writes nothing.
#include <fmt/format.h>

#include <array>
#include <variant>

#include "invariants/checkers.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace idempotent {
namespace {

constexpr std::string_view kAcceptedAgain = "accepted-again";
constexpr std::string_view kWroteAgain = "wrote-again";
constexpr std::array kKinds = {kAcceptedAgain, kWroteAgain};

std::vector<const cloud::Call*> writes_between(const suite::CaseRecord& record, uint64_t after,
                                               uint64_t until) {
  std::vector<const cloud::Call*> out;
  for (const cloud::Call& call : record.calls)
    if (call.arrived_sequence > after && call.arrived_sequence <= until &&
        is_mutation(call.request->kind))
      out.push_back(&call);
  return out;
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  const std::optional<size_t>& again = record.epilogue.again;
  if (!again || *again >= record.submissions.size()) return;
  const suite::Submission& submission = record.submissions[*again];
  // A rejection is admission's to report, and no answer at all is commands-terminal's.
  if (!submission.reply || std::holds_alternative<Rejection>(*submission.reply)) return;
  Findings findings(kIdempotent, out);
  std::vector<cloud::CallId> ids;
  std::vector<std::string> calls;
  for (const cloud::Call* call :
       writes_between(record, submission.log_before, submission.log_after)) {
    ids.push_back(call->id);
    calls.push_back(words(*call));
  }
  if (const auto* accepted = std::get_if<Accepted>(&*submission.reply)) {
    std::vector<std::string> updates;
    const auto command = record.commands.find(accepted->command_id);
    if (command != record.commands.end())
      for (const ResourceUpdateView& update : command->second.last.updates)
        updates.push_back(
            fmt::format("{} {}", to_string(update.operation), short_name(update.identity)));
    findings.add(
        kAcceptedAgain, submission.operation, std::nullopt,
        {"asked for what it had just done, the engine found something to do",
         "the same request once more: nothing to do",
         fmt::format("accepted as command {}: {}", accepted->command_id, in_a_row(updates))},
        ids);
    return;
  }
  if (ids.empty()) return;
  findings.add(kWroteAgain, submission.operation, std::nullopt,
               {"asked for what it had just done, the engine wrote to the cloud",
                "no write after \"nothing to do\"", in_a_row(calls)},
               std::move(ids));
}

}  // namespace
}  // namespace idempotent

constinit const Invariant kIdempotent = {
    .id = "idempotent",
    .summary = "The same request once more finds nothing to do and writes nothing.",
    .promise = "docs/rules.md §4: what is declared and actual already plans nothing",
    .kinds = idempotent::kKinds,
    .check = idempotent::check,
};

}  // namespace squall::invariants
