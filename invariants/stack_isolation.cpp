// stack-isolation: a command writes only in the stacks it names, but for the cascades it planned.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <variant>

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/plan.h"

namespace squall::invariants {

namespace stack_isolation {
namespace {

constexpr std::string_view kForeignStack = "foreign-stack";
constexpr std::array kKinds = {kForeignStack};

using Name = std::pair<std::string_view, std::string_view>;  // type, label

// Where a command may write.
struct Reach {
  std::vector<std::string> stacks;
  std::set<Name> cascades;
};

Reach reach_of(const suite::Submission& submission, const suite::CommandHistory& command) {
  Reach out;
  out.stacks = spec::named_stacks(submission.request.forma);
  for (const ResourceUpdateView& update : command.last.updates)
    if (update.is_cascade) out.cascades.emplace(update.identity.type, update.identity.label);
  if (const auto* plan = std::get_if<spec::Plan>(&submission.predicted))
    for (const spec::PlannedUpdate& update : plan->updates)
      if (update.is_cascade) out.cascades.emplace(update.identity.type, update.identity.label);
  return out;
}

// The stacks that have a resource of this type and name; none: the world knows no such resource.
std::multimap<Name, std::string_view> stacks_by_name(const suite::CaseRecord& record) {
  std::multimap<Name, std::string_view> out;
  for (const suite::Slot& slot : record.test_case.world.slots)
    out.emplace(Name(slot.type, slot.label), slot.stack);
  return out;
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  if (record.test_case.world.stacks.size() < 2) return;
  Findings findings(kStackIsolation, out);
  const std::multimap<Name, std::string_view> stacks = stacks_by_name(record);
  std::map<std::string_view, Reach> reach;
  for (const auto& [id, command] : record.commands) {
    const suite::Submission* submission = submission_of(record, command);
    if (submission != nullptr && submission->request.kind != CommandKind::kSync)
      reach.emplace(id, reach_of(*submission, command));
  }
  for (const cloud::Call& call : record.calls) {
    if (!is_mutation(call.request->kind)) continue;
    const auto caller = reach.find(call.request->caller);
    if (caller == reach.end()) continue;
    const Name name(call.request->type, call.resource_name);
    const auto [first, last] = stacks.equal_range(name);
    const bool is_own = std::any_of(first, last, [&](const auto& entry) {
      return std::ranges::find(caller->second.stacks, entry.second) != caller->second.stacks.end();
    });
    if (first == last || is_own || caller->second.cascades.contains(name)) continue;
    findings.add(
        kForeignStack, operation_of(record, call.request->caller),
        identity_of(record, name.first, name.second),
        {"a command wrote in a stack that it does not name",
         fmt::format("writes in {} only, and planned cascades", in_a_row(caller->second.stacks)),
         fmt::format("{} in {}", words(call), first->second)},
        {call.id});
  }
}

}  // namespace
}  // namespace stack_isolation

constinit const Invariant kStackIsolation = {
    .id = "stack-isolation",
    .summary = "A command writes only in the stacks it names, but for the cascades it planned.",
    .promise = "docs/rules.md §4: what is planned is of the named stacks, or a cascade",
    .kinds = stack_isolation::kKinds,
    .check = stack_isolation::check,
};

}  // namespace squall::invariants
