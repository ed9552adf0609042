// stack-integrity: the stacks that are shown are those that have resources.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "invariants/checkers.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace stack_integrity {
namespace {

constexpr std::string_view kStackMissing = "stack-missing";
constexpr std::string_view kStackLeft = "stack-left";
constexpr std::string_view kStackTwice = "stack-twice";
constexpr std::array kKinds = {kStackMissing, kStackLeft, kStackTwice};

using Stacks = std::set<std::string_view>;

// Rows that only one of inventory and belief has are for others to report; here they speak for the
// engine.
void check_checkpoint(const suite::Checkpoint& checkpoint, Findings& findings) {
  Stacks believed;
  for (const auto& [identity, row] : checkpoint.belief) believed.insert(identity.stack);
  Stacks with_rows;
  for (const InventoryRow& row : checkpoint.inventory)
    if (row.managed) with_rows.insert(row.identity.stack);
  Stacks shown;
  for (const std::string& stack : checkpoint.stacks) {
    if (!shown.insert(stack).second)
      findings.add(
          kStackTwice, checkpoint.operation, std::nullopt,
          {"a stack is shown twice", fmt::format("{} once", stack), in_a_row(checkpoint.stacks)});
    if (believed.contains(stack) || with_rows.contains(stack)) continue;
    findings.add(
        kStackLeft, checkpoint.operation, std::nullopt,
        {"a stack is there although it has no resource",
         fmt::format("no stack {} ({})", stack, checkpoint.where), in_a_row(checkpoint.stacks)});
  }
  for (const std::string_view stack : believed) {
    if (!with_rows.contains(stack) || shown.contains(stack)) continue;
    findings.add(
        kStackMissing, checkpoint.operation, std::nullopt,
        {"a stack is not there although it has resources",
         fmt::format("stack {} ({})", stack, checkpoint.where), in_a_row(checkpoint.stacks)});
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kStackIntegrity, out);
  for (const suite::Checkpoint& checkpoint : record.checkpoints)
    check_checkpoint(checkpoint, findings);
}

}  // namespace
}  // namespace stack_integrity

constinit const Invariant kStackIntegrity = {
    .id = "stack-integrity",
    .summary = "The stacks that are shown are those that have resources.",
    .promise = "docs/rules.md §5: a stack exists while it has rows; §7: it goes with its last row",
    .kinds = stack_integrity::kKinds,
    .check = stack_integrity::check,
};

}  // namespace squall::invariants
