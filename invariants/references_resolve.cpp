// references-resolve: every reference that is shown names a resource that is there, and in the end
// has its value.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/resolve.h"

namespace squall::invariants {

namespace references_resolve {
namespace {

constexpr std::string_view kDangling = "dangling";
constexpr std::string_view kOldValue = "old-value";
constexpr std::array kKinds = {kDangling, kOldValue};

// The last deletion of an object of the identity: by a call, or behind everybody's back.
struct Deletion {
  uint64_t sequence = 0;
  const cloud::Call* call = nullptr;  // nullptr: drift
};

Deletion last_deletion(const suite::CaseRecord& record, const ResourceIdentity& identity,
                       uint64_t until) {
  Deletion last;
  for (const cloud::Call& call : record.calls) {
    if (call.resource_name != identity.label || call.request->type != identity.type) continue;
    for (const cloud::Execution& execution : call.executions)
      if (execution.change.effect == cloud::Effect::kDeleted && execution.sequence <= until &&
          execution.sequence > last.sequence)
        last = {execution.sequence, &call};
  }
  for (const cloud::LogRecord& drift : record.log)
    if (drift.phase == cloud::LogPhase::kChanged && drift.resource_name == identity.label &&
        drift.change && drift.change->effect == cloud::Effect::kDeleted &&
        drift.sequence <= until && drift.sequence > last.sequence)
      last = {drift.sequence, nullptr};
  return last;
}

// A producer may go before its consumer where the engine cannot help it: it was deleted behind its
// back, or by a delete nobody heard the end of, or by a command that was to see to the consumer
// too.
bool may_be_gone(const suite::CaseRecord& record, const ResourceIdentity& producer,
                 const ResourceIdentity& consumer, uint64_t until) {
  const Deletion last = last_deletion(record, producer, until);
  if (last.sequence == 0) return false;
  if (last.call == nullptr || !heard_success(*last.call)) return true;
  const suite::CommandHistory* command = find_command(record, last.call->request->caller);
  return command == nullptr ||
         std::ranges::any_of(command->last.updates, [&](const ResourceUpdateView& update) {
           // Its answer was heard and lost again: the engine learned of it much later.
           const bool lost = update.identity == producer &&
                             update.operation == UpdateOperation::kDelete &&
                             update.state != UpdateState::kSuccess;
           return update.identity == consumer || lost;
         });
}

void check_living(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint,
                  const Excuses& excuses, Findings& findings) {
  // A row that is missing is a finding of its own.
  const auto is_there = [&](const ResourceIdentity& producer) {
    return row_of(checkpoint.inventory, producer) != nullptr ||
           checkpoint.belief.contains(producer);
  };
  for (const InventoryRow& row : checkpoint.inventory) {
    if (!row.managed || excuses.excuses(checkpoint, row.identity)) continue;
    const std::vector<ResourceIdentity> producers = spec::producers_in(row.properties);
    if (std::ranges::all_of(producers, is_there)) continue;
    for_each_reference(row.properties, [&](const std::string& path, const Reference& reference) {
      const ResourceIdentity& producer = reference.producer;
      if (is_there(producer)) return;
      if (!findings.is_news(kDangling, row.identity)) return;
      if (may_be_gone(record, producer, row.identity, checkpoint.log_end)) return;
      findings.add(
          kDangling, checkpoint.operation, row.identity,
          {"a resource refers to one that is not there",
           fmt::format("{} in the inventory, as {} refers to it ({})", short_name(producer),
                       short_name(row.identity), checkpoint.where),
           fmt::format("{}{} refers to {}.{}, which is not there", short_name(row.identity), path,
                       short_name(producer), reference.property)},
          effects_on(record, producer.type, producer.label, checkpoint.log_end));
    });
  }
}

// What the inventory shows of a property; nullptr: nobody can tell.
const Json* shown_property(const suite::CaseRecord& record, const InventoryRow& row,
                           const JsonObject& values, const std::string& property) {
  const Schema* schema = find_schema(record.schemas, row.identity.type);
  if (schema == nullptr || schema->hint(property).write_only) return nullptr;
  const Json* value = values.if_contains(property);
  return value != nullptr ? value : row.read_only.if_contains(property);
}

// Where every reference stands for its producer's value, once a reconcile has had the last word.
void check_values(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint,
                  Findings& findings) {
  for (const InventoryRow& row : checkpoint.inventory) {
    if (!row.managed || findings.is_explained(row.identity, checkpoint.operation)) continue;
    for_each_reference(row.properties, [&](const std::string& path, const Reference& reference) {
      const InventoryRow* producer = row_of(checkpoint.inventory, reference.producer);
      if (producer == nullptr) return;
      const InventoryRow& made = *producer;
      if (findings.is_explained(made.identity, checkpoint.operation)) return;
      boost::system::error_code error;
      const Json document(*row.properties);
      const Json* shown = document.find_pointer(path + "/$value", error);
      const Document values = with_values(made.properties);
      const Json* expected = shown_property(record, made, values, reference.property);
      if (shown == nullptr || expected == nullptr || same(*shown, *expected)) return;
      findings.add(kOldValue, checkpoint.operation, row.identity,
                   {"a reference does not have its producer's value, with all faults over",
                    fmt::format("{} as {}.{} has it ({})", canonical(*expected),
                                short_name(made.identity), reference.property, checkpoint.where),
                    fmt::format("{}{}: {}", short_name(row.identity), path, canonical(*shown))},
                   effects_on(record, row.identity.type, row.identity.label, checkpoint.log_end));
    });
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kReferencesResolve, out);
  const Excuses excuses(record);
  for (const suite::Checkpoint& checkpoint : record.checkpoints)
    check_living(record, checkpoint, excuses, findings);
  const suite::Epilogue& epilogue = record.epilogue;
  // A cloud that keeps values in its own way keeps one value in two ways.
  if (!epilogue.converged || record.test_case.world.behaviours.normalises) return;
  if (epilogue.converged_checkpoint && *epilogue.converged_checkpoint < record.checkpoints.size())
    check_values(record, record.checkpoints[*epilogue.converged_checkpoint], findings);
}

}  // namespace
}  // namespace references_resolve

constinit const Invariant kReferencesResolve = {
    .id = "references-resolve",
    .summary = "Every reference names a resource that is there, and in the end has its value.",
    .promise = "docs/rules.md §5.6 and §6: who refers to it goes first; §7, resolve",
    .kinds = references_resolve::kKinds,
    .check = references_resolve::check,
};

}  // namespace squall::invariants
