// import-honoured: what was forgotten stays as it is, and what is imported is that very object.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "spec/plan_and_apply.h"

namespace squall::invariants {

namespace import_honoured {
namespace {

constexpr std::string_view kTouched = "forgotten-object-touched";
constexpr std::string_view kOtherObject = "other-object-imported";
constexpr std::array kKinds = {kTouched, kOtherObject};

// The engine's last change of the object in that part of the log.
const cloud::LogRecord* change_between(const suite::CaseRecord& record, const NativeId& id,
                                       uint64_t after, uint64_t until) {
  const cloud::LogRecord* out = nullptr;
  for (const cloud::LogRecord& each : record.log) {
    if (each.sequence <= after || each.sequence > until) continue;
    const bool by_engine = each.phase == cloud::LogPhase::kExecuted && each.change &&
                           each.change->effect != cloud::Effect::kNone;
    if (by_engine && each.change->native_id == id) out = &each;
  }
  return out;
}

// It was forgotten at both checkpoints: nothing that the engine did in between was about it.
void check_left_alone(const suite::CaseRecord& record, const suite::Checkpoint& before,
                      const suite::Checkpoint& now, Findings& findings) {
  for (const auto& [identity, forgotten] : now.forgotten) {
    const auto earlier = before.forgotten.find(identity);
    if (earlier == before.forgotten.end() || earlier->second.native_id != forgotten.native_id)
      continue;
    const cloud::LogRecord* change =
        change_between(record, forgotten.native_id, before.log_end, now.log_end);
    if (change == nullptr) continue;
    findings.add(kTouched, now.operation, identity,
                 {"an object that the engine was told to forget was changed by it",
                  fmt::format("{} stays as it is", forgotten.native_id),
                  fmt::format("{} by call #{}", to_string(change->change->effect), change->call)},
                 {change->call});
  }
}

bool is_replaced(const suite::Submission& submission, const ResourceIdentity& identity) {
  const auto* plan = std::get_if<spec::Plan>(&submission.predicted);
  return plan != nullptr && std::ranges::any_of(plan->updates, [&](const auto& update) {
           return update.key() == UpdateKey{identity, UpdateOperation::kDelete};
         });
}

bool went_well(const suite::CaseRecord& record, const suite::Submission& submission) {
  if (!submission.reply) return false;
  if (std::holds_alternative<NothingToDo>(*submission.reply)) return true;
  const auto* accepted = std::get_if<Accepted>(&*submission.reply);
  const suite::CommandHistory* command =
      accepted == nullptr ? nullptr : find_command(record, accepted->command_id);
  return command != nullptr && command->last.state == CommandState::kSuccess;
}

// The first checkpoint after each request that imports, before the next request.
void check_imports(const suite::CaseRecord& record, Findings& findings) {
  for (const suite::Submission& submission : record.submissions) {
    if (submission.request.simulate || !went_well(record, submission)) continue;
    const auto after = std::ranges::find_if(record.checkpoints, [&](const auto& checkpoint) {
      return checkpoint.log_end >= submission.log_after &&
             checkpoint.operation >= submission.operation;
    });
    if (after == record.checkpoints.end() || after->operation != submission.operation) continue;
    const std::set<ResourceIdentity> scope = spec::scope_of(submission.request);
    for (const DeclaredResource& resource : submission.request.forma.resources) {
      if (resource.import_id.empty() || !scope.contains(resource.identity) ||
          is_replaced(submission, resource.identity))
        continue;
      const InventoryRow* row = row_of(after->inventory, resource.identity);
      if (row != nullptr && row->native_id == resource.import_id) continue;
      findings.add(kOtherObject, submission.operation, resource.identity,
                   {"an import ended with another object, or with none",
                    "the row stands for " + resource.import_id,
                    row == nullptr ? "there is no row" : "the row stands for " + row->native_id});
    }
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  if (!record.traits.imports) return;
  Findings findings(kImportHonoured, out);
  for (size_t i = 1; i < record.checkpoints.size(); ++i)
    check_left_alone(record, record.checkpoints[i - 1], record.checkpoints[i], findings);
  check_imports(record, findings);
}

}  // namespace
}  // namespace import_honoured

constinit const Invariant kImportHonoured = {
    .id = "import-honoured",
    .summary = "What is forgotten stays as it is; what is imported is the object that was named.",
    .promise = "docs/terraform.md §3: forgetting changes nothing in the cloud, importing neither",
    .kinds = import_honoured::kKinds,
    .check = import_honoured::check,
};

}  // namespace squall::invariants
