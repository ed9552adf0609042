// target-scope: an apply with targets changes those, and what they depend on, and nothing else.
#include <fmt/format.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "spec/plan_and_apply.h"

namespace squall::invariants {

namespace target_scope {
namespace {

constexpr std::string_view kOutside = "change-outside-targets";
constexpr std::array kKinds = {kOutside};

using Labels = std::set<std::string, std::less<>>;

void add_with_producers(const Forma& forma, const ResourceIdentity& identity, Labels& out) {
  if (!out.insert(identity.label).second) return;
  for (const DeclaredResource& resource : forma.resources) {
    if (resource.identity != identity) continue;
    for (const ResourceIdentity& producer : spec::producers_of(forma, resource))
      add_with_producers(forma, producer, out);
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  if (!record.traits.provider_is_ours) return;
  Findings findings(kTargetScope, out);
  for (const auto& [id, command] : record.commands) {
    const suite::Submission* submission = submission_of(record, command);
    if (submission == nullptr || submission->request.targeted.empty()) continue;
    Labels scope;
    for (const ResourceIdentity& target : submission->request.targeted)
      add_with_producers(submission->request.forma, target, scope);
    for (const ProviderAnswer& answer : record.answers) {
      if (answer.caller != id || !is_of_change(answer) || scope.contains(answer.label)) continue;
      findings.add(kOutside, submission->operation, std::nullopt,
                   {"an apply with targets changed something else",
                    fmt::format("changes of {} alone", fmt::join(scope, ", ")),
                    fmt::format("a {} of {}", to_string(answer.operation), answer.label)});
    }
  }
}

}  // namespace
}  // namespace target_scope

constinit const Invariant kTargetScope = {
    .id = "target-scope",
    .summary = "An apply with targets changes those and what they depend on, nothing else.",
    .promise = "docs/terraform.md §3: targets, and what they depend on, are all it is about",
    .kinds = target_scope::kKinds,
    .check = target_scope::check,
};

}  // namespace squall::invariants
