#include "engines/terraform/marks.h"

#include <set>
#include <variant>

#include "engines/terraform/world_configuration.h"

namespace squall::terraform {

namespace {

// The block of several that an address is in. Empty: it is alone in it.
std::string block_of_several(const std::string& address) {
  const auto parsed = parse_address(address);
  if (!parsed || parsed->placement.group.empty()) return "";
  return block_of({"", parsed->label, parsed->type}, parsed->placement).label.text();
}

bool has_own_module(const Addressed& address) {
  return repeats_module(address.placement.repetition);
}

// What becomes of blocks that declare several, by the plan.
void note_blocks(const CliRun& run, Marks& marks) {
  std::map<std::string, int> imported;
  for (const event::Change& change : run.changes()) {
    const std::string block = block_of_several(change.address);
    const bool moves = !change.previous_address.empty();
    if (moves && block != block_of_several(change.previous_address))
      ++marks[block.empty() ? "moved-out-of-a-block" : "moved-into-a-block"];
    if (block.empty()) continue;
    if (change.action == Action::kDelete && change.reason == Reason::kCountIndex)
      ++marks["count-lowered"];
    if (change.action == Action::kDelete && change.reason == Reason::kEachKey)
      ++marks["key-removed"];
    if (change.action == Action::kDelete && change.reason == Reason::kNoModule &&
        has_own_module(*parse_address(change.address)))
      ++marks["module-instance-removed"];
    const bool is_by_key = !is_counted(parse_address(change.address)->placement.repetition);
    if (!change.import_id.empty() && is_by_key && ++imported[block] == 2)
      ++marks["imported-by-for-each"];
  }
}

// … and by what was done.
void note_created(const std::set<std::string>& created, Marks& marks) {
  std::set<std::string> blocks;
  for (const std::string& address : created) {
    const std::string block = block_of_several(address);
    if (block.empty() || blocks.insert(block).second) continue;
    const Addressed parsed = *parse_address(address);
    if (has_own_module(parsed)) ++marks["modules-of-several"];
    ++marks[is_counted(parsed.placement.repetition) ? "counted-several" : "for-each-several"];
  }
}

}  // namespace

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
    if (!has_own_module(*from) && has_own_module(*to)) ++marks["moved-into-a-repeated-module"];
    if (has_own_module(*from) && !has_own_module(*to)) ++marks["moved-out-of-a-repeated-module"];
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
    const std::string& module = address->placement.module;
    if (!module.empty()) ++marks["in-a-module"];
    if (module.find(kModuleStep) != std::string::npos) ++marks["in-a-nested-module"];
    if (has_own_module(*address)) ++marks["in-a-repeated-module"];
    if (address->placement.repetition == squall::Repetition::kCount) ++marks["counted"];
    if (address->placement.repetition == squall::Repetition::kForEach) ++marks["for-each"];
  }
  note_blocks(run, marks);
  note_created(created, marks);
}

void note_answer(const CommandRequest& request, const CommandReply& reply, Marks& marks) {
  if (!request.refresh && !request.saved_plan && !std::holds_alternative<squall::Rejection>(reply))
    ++marks["planned-without-refresh"];
  if (std::holds_alternative<Accepted>(reply)) {
    if (request.saved_plan) ++marks["saved-plan-applied"];
    if (!request.targeted.empty()) ++marks["targeted"];
    if (request.parallelism == 1) ++marks["one-call-at-a-time"];
    if (request.parallelism == 50) ++marks["fifty-calls-at-a-time"];
  }
  const auto* rejection = std::get_if<squall::Rejection>(&reply);
  if (rejection == nullptr) return;
  if (rejection->type == RejectionType::kStalePlan) ++marks["stale-plan-refused"];
  if (rejection->type == RejectionType::kPlanOfAnotherVersion) ++marks["foreign-plan-refused"];
  if (rejection->type == RejectionType::kConditionFailed) ++marks["condition-failed"];
  if (rejection->type == RejectionType::kDestroyPrevented) ++marks["destroy-prevented"];
}

void note_sent_again(const std::map<ResourceIdentity, StoredResource>& before,
                     const std::map<ResourceIdentity, StoredResource>& now, Marks& marks) {
  for (const auto& [identity, stored] : now) {
    if (!stored.versions.empty()) ++marks["write-only-held"];
    const auto found = before.find(identity);
    if (found != before.end() && found->second.versions != stored.versions)
      ++marks["write-only-sent-again"];
  }
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
