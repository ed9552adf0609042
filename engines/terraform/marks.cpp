#include "engines/terraform/marks.h"

#include <set>
#include <variant>

#include "engines/terraform/world_configuration.h"

namespace squall::terraform {

void note_changes(const CliRun& run, Marks& marks) {
  for (const event::Change& change : run.changes()) {
    if (change.action == Action::kReplace) ++marks["replaced"];
    if (change.reason == Reason::kRequested) ++marks["replaced-on-request"];
    if (change.reason == Reason::kReplaceTriggeredBy) ++marks["replaced-by-trigger"];
    if (change.action == Action::kForget) ++marks["forgotten"];
    if (change.action == Action::kRead) ++marks["found-after-its-change"];
    if (!change.import_id.empty()) ++marks["imported"];
    if (change.previous_address.empty()) continue;
    ++marks["moved"];
    const auto from = parse_address(change.previous_address);
    const auto to = parse_address(change.address);
    if (!from || !to) continue;
    if (from->placement.module != to->placement.module) ++marks["moved-between-modules"];
    const std::set<squall::Repetition> both = {from->placement.repetition,
                                               to->placement.repetition};
    if (both == std::set{squall::Repetition::kCount, squall::Repetition::kForEach})
      ++marks["count-to-for-each"];
  }
  for (const Event& event : run.events) {
    const auto* provision = std::get_if<event::Provision>(&event);
    if (provision != nullptr && provision->phase == Phase::kErrored) ++marks["provisioning-failed"];
  }
  std::set<std::string> created;
  for (const event::Apply& applied : run.applied(Phase::kComplete)) {
    const auto address = parse_address(applied.address);
    if (!address) continue;
    if (applied.action == Action::kDelete && created.contains(applied.address))
      ++marks["created-before-destroyed"];
    if (applied.action == Action::kRead) ++marks["found-by-data-source"];
    if (applied.action != Action::kCreate) continue;
    created.insert(applied.address);
    if (!address->placement.module.empty()) ++marks["in-a-module"];
    if (address->placement.repetition == squall::Repetition::kCount) ++marks["counted"];
    if (address->placement.repetition == squall::Repetition::kForEach) ++marks["for-each"];
  }
}

void note_answer(const CommandRequest& request, const CommandReply& reply, Marks& marks) {
  if (std::holds_alternative<Accepted>(reply)) {
    if (request.saved_plan) ++marks["saved-plan-applied"];
    if (!request.targeted.empty()) ++marks["targeted"];
    if (request.parallelism == 1) ++marks["one-call-at-a-time"];
    if (request.parallelism == 50) ++marks["fifty-calls-at-a-time"];
  }
  const auto* rejection = std::get_if<squall::Rejection>(&reply);
  if (rejection == nullptr) return;
  if (rejection->type == RejectionType::kStalePlan) ++marks["stale-plan-refused"];
  if (rejection->type == RejectionType::kConditionFailed) ++marks["condition-failed"];
  if (rejection->type == RejectionType::kDestroyPrevented) ++marks["destroy-prevented"];
}

void note_outputs(const CliRun& run, const std::map<std::string, ToldOutput>& told, Marks& marks) {
  for (const auto& [name, output] : told)
    ++marks[output.value ? "output-told" : "output-kept-back"];
  if (!run.changes().empty()) return;
  for (const Event& event : run.events) {
    const auto* planned = std::get_if<event::Outputs>(&event);
    if (planned == nullptr) continue;
    for (const auto& [name, output] : planned->outputs)
      if (output.action && *output.action != Action::kNoop) ++marks["nothing-but-outputs"];
  }
}

void note_nothing(const CliRun& run, const std::map<ResourceIdentity, bool>& created_before,
                  const std::map<ResourceIdentity, bool>& creates_before, Marks& marks) {
  for (const event::Change& change : run.changes())
    if (!change.previous_address.empty()) ++marks["nothing-but-moved"];
  for (const auto& [identity, creates_first] : creates_before) {
    const auto before = created_before.find(identity);
    if (before != created_before.end() && before->second != creates_first)
      ++marks["create-before-destroy-toggled"];
  }
}

}  // namespace squall::terraform
