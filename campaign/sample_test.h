// A made-up case, its record and the finding in it: a create whose reply was lost was repeated with
// another token. Written by hand for the tests of campaign/ and report/.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "campaign/finding.h"
#include "cloud/operation_log.h"
#include "documents/generic_types.h"
#include "suite/record.h"

namespace squall::campaign {

inline const ResourceIdentity kSampleIdentity{
    .stack = "stack-0", .label = "vpc-1", .type = std::string(kGenericResource)};

inline suite::Case sample_case() {
  suite::Case out;
  out.world.stacks = {"stack-0"};
  out.world.slots = {
      {.label = "vpc-1", .type = kSampleIdentity.type, .stack = "stack-0", .properties = {}}};
  suite::Operation apply;
  apply.kind = "apply";
  apply.stacks = {"stack-0"};
  apply.resources = {{.label = "vpc-1", .properties = {{"Value", "a"}}}};
  cloud::FaultRule lost;
  lost.label = "vpc-1";
  lost.call = CallKind::kCreate;
  lost.effect = {.kind = "lost-reply", .code = ErrorCode::kServiceTimeout, .delay = Duration(0)};
  apply.faults = {lost};
  out.operations.push_back(apply);
  apply.faults.clear();
  out.operations.push_back(std::move(apply));
  return out;
}

// One create call: executed, and answered with what happened or with `said`.
inline cloud::Call sample_create(cloud::CallId id, const std::string& token, const NativeId& made,
                                 std::optional<ErrorCode> said, const std::string& caller) {
  auto request = std::make_shared<ProviderRequest>();
  request->kind = CallKind::kCreate;
  request->label = "vpc-1";
  request->caller = caller;
  request->token = token;
  auto truth = std::make_shared<ProviderReply>();
  truth->native_id = made;
  truth->version = 1;
  cloud::Execution execution;
  execution.sequence = id * 3;
  execution.change.effect = cloud::Effect::kCreated;
  execution.change.native_id = made;
  execution.change.version_after = 1;
  execution.reply = truth;
  cloud::Call call;
  call.id = id;
  call.request = std::move(request);
  call.resource_name = "vpc-1";
  call.executions.push_back(std::move(execution));
  call.answered_sequence = id * 3 + 1;
  call.answer = said ? std::make_shared<ProviderReply>(ProviderReply::failure(*said, "")) : truth;
  call.fault = said ? "lost-reply" : "";
  call.delivered = true;
  return call;
}

inline suite::Checkpoint sample_checkpoint(const std::string& where,
                                           const std::vector<NativeId>& in_cloud,
                                           const std::vector<NativeId>& in_inventory) {
  suite::Checkpoint out;
  out.where = where;
  for (const NativeId& id : in_cloud) {
    cloud::CloudObject object;
    object.native_id = id;
    object.type = kSampleIdentity.type;
    object.name = "vpc-1";
    object.made_by_engine = true;
    out.cloud.push_back(std::move(object));
  }
  for (const NativeId& id : in_inventory) {
    InventoryRow row;
    row.identity = kSampleIdentity;
    row.native_id = id;
    out.inventory.push_back(std::move(row));
  }
  return out;
}

inline void add_submission(suite::CaseRecord& record, size_t operation, CommandKind kind,
                           std::optional<CommandReply> reply) {
  suite::Submission submission;
  submission.operation = operation;
  submission.phase = "operation";
  submission.request.kind = kind;
  submission.reply = std::move(reply);
  record.submissions.push_back(std::move(submission));
}

inline void add_command(suite::CaseRecord& record, const std::string& id, size_t submission,
                        CommandState state) {
  suite::CommandHistory history;
  history.id = id;
  history.submission = submission;
  history.last.id = id;
  history.last.state = state;
  record.commands[id] = std::move(history);
}

inline suite::CaseRecord sample_record() {
  suite::CaseRecord out;
  out.test_case = sample_case();
  out.traits.engine = "sim";
  out.traits.version = "0.3.0";
  out.traits.deterministic = true;
  add_submission(out, 0, CommandKind::kApply, Accepted{.command_id = "c-1"});
  add_submission(out, 1, CommandKind::kApply, NothingToDo{});
  add_command(out, "c-1", 0, CommandState::kSuccess);
  out.calls = {sample_create(1, "token-7f2a", "net-1", ErrorCode::kServiceTimeout, "c-1"),
               sample_create(2, "token-9c11", "net-2", std::nullopt, "c-1")};
  out.checkpoints = {
      sample_checkpoint("after operation 1", {"net-1", "net-2"}, {"net-2"}),
      sample_checkpoint("after sync", {"net-1", "net-2"}, {"net-2"}),
      sample_checkpoint("converged", {"net-1", "net-2"}, {"net-2"}),
      sample_checkpoint("torn down", {"net-1"}, {}),
  };
  out.checkpoints[1].settled = true;
  out.epilogue.converged_checkpoint = 2;
  out.epilogue.teardown_checkpoint = 3;
  out.peak_calls_in_flight = 1;
  out.faults[{"lost-reply", CallKind::kCreate}] = {.fired = 1, .mattered = 1};
  return out;
}

inline invariants::Violation sample_violation() {
  invariants::Violation out;
  out.invariant = "no-duplicate";
  out.kind = "two-objects";
  out.operation = 0;
  out.identity = kSampleIdentity;
  out.headline = "two cloud objects for one resource after a lost reply";
  out.expected = "one cloud object for stack-0/vpc-1";
  out.actual = "net-1 and net-2; the inventory knows net-2";
  out.evidence = {1, 2};
  return out;
}

inline Finding sample_finding() {
  Finding out;
  out.signature = "no-duplicate/two-objects";
  out.violation = sample_violation();
  out.also = {"no-orphan/made-by-engine"};
  out.record = sample_record();
  out.scenario.engine = "sim";
  out.scenario.plants = {"lost-create-new-token"};
  out.scenario.expected = out.signature;
  out.scenario.test_case = sample_case();
  out.original = sample_case();
  out.shrinking = Shrinking{.before = {.operations = 41, .resources = 12, .faults = 9},
                            .after = {.operations = 2, .resources = 1, .faults = 1},
                            .tries = 1057,
                            .elapsed = std::chrono::milliseconds(420),
                            .complete = true};
  out.confirmed = 10;
  out.runs = 10;
  out.severity = "orphan net-1 · not healed by sync, reconcile or destroy (all tried)";
  out.case_index = 17;
  out.occurrences = 3;
  out.folder = ".squall/failures/no-duplicate-4be1";
  out.files = {"scenario.json", "log.jsonl", "report.txt", "report.json"};
  return out;
}

}  // namespace squall::campaign
