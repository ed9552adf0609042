// summary-truth: what the engine says in the end it has done is what it was told was done.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"

namespace squall::invariants {

namespace summary_truth {
namespace {

constexpr std::string_view kWrongCount = "wrong-count";
constexpr std::array kKinds = {kWrongCount};

using Summary = CommandView::Summary;

std::string words(const Summary& summary) {
  return fmt::format("{} created, {} updated, {} deleted", summary.created, summary.updated,
                     summary.deleted);
}

bool same(const Summary& a, const Summary& b) {
  return a.created == b.created && a.updated == b.updated && a.deleted == b.deleted;
}

// nullopt: its provider died, and what that had told last it may not have heard.
std::optional<Summary> told(const suite::CaseRecord& record, const std::string& command) {
  Summary out;
  for (const ProviderAnswer& answer : record.answers) {
    if (answer.caller != command) continue;
    if (answer.tells_of_death()) return std::nullopt;
    if (answer.failed) continue;
    out.created += answer.operation == UpdateOperation::kCreate ? 1 : 0;
    out.updated += answer.operation == UpdateOperation::kUpdate ? 1 : 0;
    out.deleted += answer.operation == UpdateOperation::kDelete ? 1 : 0;
  }
  return out;
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  if (!record.traits.provider_is_ours) return;
  Findings findings(kSummaryTruth, out);
  for (const auto& [id, command] : record.commands) {
    if (!command.last.summary) continue;
    const std::optional<Summary> right = told(record, id);
    if (!right || same(*right, *command.last.summary)) continue;
    findings.add(kWrongCount, operation_of(record, id), std::nullopt,
                 {"the engine says it has done something else than it did", words(*right),
                  words(*command.last.summary)});
  }
}

}  // namespace
}  // namespace summary_truth

constinit const Invariant kSummaryTruth = {
    .id = "summary-truth",
    .summary = "What a command says in the end it has done is what was done.",
    .promise = "docs/rules.md §7: a command says of itself what its updates came to",
    .kinds = summary_truth::kKinds,
    .check = summary_truth::check,
};

}  // namespace squall::invariants
