// dependency-order: an update writes to the cloud only after all that it waits for has ended.
//
// The log does not show when the engine commits. But an update whose caller still heard an answer
// had not ended before that answer.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace dependency_order {
namespace {

constexpr std::string_view kTooEarly = "too-early";
constexpr std::array kKinds = {kTooEarly};

using suite::Claim;

const cloud::Call* first_write(Calls calls) {
  const auto found = std::ranges::find_if(
      calls, [](const cloud::Call* call) { return is_mutation(call->request->kind); });
  return found == calls.end() ? nullptr : *found;
}

// A call of an update that cannot have ended when `write` arrived; nullptr: none. Its reads do not
// count: others may look at the same object for a reference.
const cloud::Call* call_under_way(Calls calls, const cloud::Call& write) {
  const auto found = std::ranges::find_if(calls, [&](const cloud::Call* call) {
    return call->request->kind != CallKind::kRead && heard(*call) &&
           *call->answered_sequence > write.arrived_sequence;
  });
  return found == calls.end() ? nullptr : *found;
}

void check_claim(const suite::CaseRecord& record, const Evidence& evidence, const Claim& claim,
                 Findings& findings) {
  const UpdateKey key = claim.view.key();
  const cloud::Call* write = first_write(evidence.of(claim.command, key));
  if (write == nullptr) return;
  const spec::Plan* plan = plan_of(record, claim.command);
  for (const UpdateKey& first : claim.planned->waits_for) {
    const cloud::Call* other = call_under_way(evidence.of(claim.command, first), *write);
    if (other == nullptr || may_be_dropped(plan, key, first)) continue;
    findings.add(kTooEarly, operation_of(record, claim.command), key.identity,
                 {"an update began before one that it waits for had ended",
                  fmt::format("the {} of {} after the {} of {}", to_string(key.operation),
                              short_name(key.identity), to_string(first.operation),
                              short_name(first.identity)),
                  fmt::format("{} while {} was under way", words(*write), words(*other))},
                 {write->id, other->id});
  }
}

void check(const suite::CaseRecord& record, const Evidence& evidence, std::vector<Violation>& out) {
  const bool any_waits = std::ranges::any_of(record.claims, [](const Claim& claim) {
    return claim.planned && !claim.planned->waits_for.empty();
  });
  if (!any_waits) return;
  Findings findings(kDependencyOrder, out);
  for (const Claim& claim : record.claims) {
    // An update that ran although what it waits for had failed is justified-outcome's.
    if (!claim.planned || findings.is_explained(claim.view.identity, SIZE_MAX)) continue;
    check_claim(record, evidence, claim, findings);
  }
}

}  // namespace
}  // namespace dependency_order

constinit const Invariant kDependencyOrder = {
    .id = "dependency-order",
    .summary = "An update writes to the cloud only after all that it waits for has ended.",
    .promise =
        "docs/rules.md §6, and §7: a dependent starts only after the commit was acknowledged",
    .kinds = dependency_order::kKinds,
    .check_calls = dependency_order::check,
};

}  // namespace squall::invariants
