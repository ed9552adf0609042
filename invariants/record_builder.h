// Records made by hand, for tests of the checkers: a world of three resources in one stack, an
// engine that says and does what the test writes down, and a cloud log to go with it.
//
//   RecordBuilder b;
//   b.accept("c1", {b.create("vpc-1")});
//   b.created(b.call("c1", CallKind::kCreate, "vpc-1"), "net-1", {{"Name", "vpc-1"}});
//   b.end("c1", "vpc-1", UpdateState::kSuccess);
//   b.show("vpc-1", "net-1", {{"Name", "vpc-1"}});   // inventory, cloud and belief
//   b.checkpoint();
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "documents/generic_types.h"
#include "invariants/invariant.h"
#include "suite/record.h"

namespace squall::invariants {

inline JsonObject named(const std::string& label, const std::string& value = "") {
  JsonObject out{{"Name", label}};
  if (!value.empty()) out["Value"] = value;
  return out;
}

class RecordBuilder {
 public:
  RecordBuilder() {
    record.schemas = generic_types();
    record.test_case.world.stacks = {"stack-0"};
    for (const char* label : {"vpc-1", "vpc-2", "vpc-3"})
      record.test_case.world.slots.push_back({label, std::string(kGenericResource), "stack-0", {}});
    record.test_case.operations.resize(3);
    // Its requests are empty: whoever would carry them out comes to another end.
    for (suite::Operation& each : record.test_case.operations) each.kind = "made-up";
    record.epilogue.reached = true;
  }

  static ResourceIdentity id(const std::string& label) {
    return {"stack-0", label, std::string(kGenericResource)};
  }

  // ---- commands

  static spec::PlannedUpdate planned(UpdateOperation operation, const std::string& label,
                                     JsonObject desired = {},
                                     const std::vector<std::string>& waits_for = {}) {
    spec::PlannedUpdate out;
    out.identity = id(label);
    out.operation = operation;
    out.asked = desired;
    out.desired = std::move(desired);
    for (const std::string& first : waits_for) {
      out.references.push_back(id(first));
      out.waits_for.push_back({id(first), operation});  // until accept() knows better
    }
    return out;
  }
  static spec::PlannedUpdate create(const std::string& label,
                                    const std::vector<std::string>& waits_for = {}) {
    return planned(UpdateOperation::kCreate, label, named(label), waits_for);
  }
  static spec::PlannedUpdate update(const std::string& label, const std::string& value,
                                    const std::vector<std::string>& waits_for = {}) {
    return planned(UpdateOperation::kUpdate, label, named(label, value), waits_for);
  }
  static spec::PlannedUpdate remove(const std::string& label,
                                    const std::vector<std::string>& waits_for = {}) {
    return planned(UpdateOperation::kDelete, label, {}, waits_for);
  }
  // Both halves of a replacement.
  static std::vector<spec::PlannedUpdate> replacement(const std::string& label,
                                                      const std::string& value = "") {
    std::vector<spec::PlannedUpdate> out = {
        remove(label), planned(UpdateOperation::kCreate, label, named(label, value))};
    for (spec::PlannedUpdate& half : out) half.is_half_of_replace = true;
    out.back().waits_for = {out.front().key()};
    return out;
  }

  // A request for that plan, accepted as `command`, which shows the same updates.
  suite::Submission& accept(const std::string& command, std::vector<spec::PlannedUpdate> updates,
                            CommandKind kind = CommandKind::kApply) {
    suite::CommandHistory history;
    history.id = history.last.id = command;
    history.submission = record.submissions.size();
    history.last.kind = kind;
    history.last.mode = Mode::kReconcile;
    history.last.source = kind == CommandKind::kSync ? Source::kSynchronizer : Source::kUser;
    history.last.state = CommandState::kInProgress;
    history.states = {CommandState::kInProgress};
    for (const spec::PlannedUpdate& one : updates) {
      ResourceUpdateView view;
      view.identity = one.identity;
      view.operation = one.operation;
      view.is_cascade = one.is_cascade;
      history.last.updates.push_back(std::move(view));
    }
    record.commands[command] = std::move(history);
    find_waits(updates);
    spec::Plan plan;
    plan.updates = std::move(updates);
    return submit(std::move(plan), Accepted{command}, kind);
  }

  suite::Submission& submit(spec::Verdict predicted, std::optional<CommandReply> reply,
                            CommandKind kind = CommandKind::kApply) {
    suite::Submission submission;
    submission.operation = operation;
    submission.phase = "operation";
    submission.request.kind = kind;
    submission.request.mode = Mode::kReconcile;
    submission.predicted = std::move(predicted);
    submission.reply = std::move(reply);
    submission.log_before = submission.log_after = sequence_;
    record.submissions.push_back(std::move(submission));
    return record.submissions.back();
  }

  // The first update of that resource, or the one of that operation.
  ResourceUpdateView& view_of(const std::string& command, const std::string& label,
                              std::optional<UpdateOperation> which = std::nullopt) {
    std::vector<ResourceUpdateView>& updates = record.commands.at(command).last.updates;
    const auto found = std::ranges::find_if(updates, [&](const ResourceUpdateView& update) {
      return update.identity == id(label) && (!which || update.operation == *which);
    });
    SQUALL_CHECK(found != updates.end());
    return *found;
  }

  // The update is seen to have ended so; a command whose updates have all ended ends with them.
  suite::Claim& end(const std::string& command, const std::string& label, UpdateState state,
                    const std::string& because_of = "",
                    std::optional<UpdateOperation> which = std::nullopt) {
    suite::CommandHistory& history = record.commands.at(command);
    ResourceUpdateView& view = view_of(command, label, which);
    view.state = state;
    if (!because_of.empty()) view.because_of = id(because_of);
    suite::Claim claim;
    claim.command = command;
    claim.view = view;
    claim.log_end = sequence_;
    const auto& verdict = record.submissions.at(*history.submission).predicted;
    for (const spec::PlannedUpdate& one : std::get<spec::Plan>(verdict).updates)
      if (one.key() == view.key() && one.operation != UpdateOperation::kRead) claim.planned = one;
    record.claims.push_back(std::move(claim));
    end_command(history);
    return record.claims.back();
  }

  // ---- calls

  // A call arrives, and so far nobody answers. The reference stays good.
  cloud::Call& call(const std::string& command, CallKind kind, const std::string& label) {
    record.calls.reserve(kMostCalls);
    SQUALL_CHECK(record.calls.size() < kMostCalls);
    auto request = std::make_shared<ProviderRequest>();
    request->kind = kind;
    request->type = kGenericResource;
    request->label = label;
    request->caller = command;
    if (kind == CallKind::kUpdate)
      request->patch = JsonArray{JsonObject{{"op", "replace"}, {"path", "/Value"}, {"value", "x"}}};
    cloud::Call call;
    call.id = record.calls.size() + 1;
    call.request = std::move(request);
    call.resource_name = label;
    call.arrived_sequence = ++sequence_;
    call.arrived = clock;
    record.calls.push_back(std::move(call));
    return record.calls.back();
  }

  // The call has an effect on the cloud, and its true answer is not told yet.
  cloud::Call& executed(cloud::Call& call, cloud::Effect effect, const std::string& native_id,
                        const JsonObject& before, const JsonObject& after) {
    cloud::Execution execution;
    execution.sequence = ++sequence_;
    execution.change.effect = effect;
    execution.change.native_id = native_id;
    if (!before.empty()) execution.change.before = std::make_shared<JsonObject>(before);
    if (!after.empty()) execution.change.after = std::make_shared<JsonObject>(after);
    call.executions.push_back(std::move(execution));
    return call;
  }
  cloud::Call& answered(cloud::Call& call, ProviderReply reply, bool delivered = true) {
    call.answered_sequence = ++sequence_;
    call.answered = clock;
    call.answer = std::make_shared<ProviderReply>(std::move(reply));
    call.delivered = delivered;
    return call;
  }
  cloud::Call& succeeded(cloud::Call& call, const std::string& native_id,
                         const JsonObject& properties) {
    ProviderReply reply;
    reply.native_id = native_id;
    reply.properties = properties;
    return answered(call, std::move(reply));
  }
  cloud::Call& failed(cloud::Call& call, ErrorCode code) {
    return answered(call, ProviderReply::failure(code, "said so"));
  }

  // Whole calls, as they go where nothing goes wrong.
  cloud::Call& creates(const std::string& command, const std::string& label,
                       const std::string& native_id, const std::string& value = "") {
    cloud::Call& made = call(command, CallKind::kCreate, label);
    executed(made, cloud::Effect::kCreated, native_id, {}, named(label, value));
    return succeeded(made, native_id, named(label, value));
  }
  cloud::Call& updates(const std::string& command, const std::string& label,
                       const std::string& from, const std::string& to) {
    cloud::Call& made = call(command, CallKind::kUpdate, label);
    executed(made, cloud::Effect::kUpdated, "net-1", named(label, from), named(label, to));
    return succeeded(made, "net-1", named(label, to));
  }
  cloud::Call& deletes(const std::string& command, const std::string& label) {
    cloud::Call& made = call(command, CallKind::kDelete, label);
    executed(made, cloud::Effect::kDeleted, "net-1", named(label), {});
    return succeeded(made, "", {});
  }
  cloud::Call& reads(const std::string& command, const std::string& label,
                     const std::string& value) {
    return succeeded(call(command, CallKind::kRead, label), "net-1", named(label, value));
  }

  // The call is answered InProgress under that request id; the poll that follows asks about it.
  cloud::Call& in_progress(cloud::Call& call, const std::string& request_id) {
    ProviderReply reply;
    reply.status = ReplyStatus::kInProgress;
    reply.request_id = request_id;
    return answered(call, std::move(reply));
  }
  cloud::Call& polls(const std::string& command, const std::string& label,
                     const std::string& request_id) {
    cloud::Call& made = call(command, CallKind::kStatus, label);
    auto request = std::make_shared<ProviderRequest>(*made.request);
    request->request_id = request_id;
    made.request = std::move(request);
    return made;
  }
  // The object is deleted behind everybody's back.
  void drifts_away(const std::string& label) {
    cloud::LogRecord drift;
    drift.sequence = ++sequence_;
    drift.phase = cloud::LogPhase::kChanged;
    drift.resource_name = label;
    drift.change.emplace();
    drift.change->effect = cloud::Effect::kDeleted;
    record.log.push_back(std::move(drift));
  }

  // Its Value is changed behind everybody's back.
  void drifts(const std::string& label, const std::string& from, const std::string& to) {
    drifts_away(label);
    cloud::Change& change = *record.log.back().change;
    change.effect = cloud::Effect::kUpdated;
    change.before = std::make_shared<JsonObject>(named(label, from));
    change.after = std::make_shared<JsonObject>(named(label, to));
  }

  // A provider of ours told the engine what came of that.
  ProviderAnswer& tells(const std::string& command, UpdateOperation what,
                        const std::string& label) {
    ProviderAnswer& answer = record.answers.emplace_back();
    answer.caller = command;
    answer.type = kGenericResource;
    answer.label = label;
    answer.operation = what;
    return answer;
  }
  // It died.
  void provider_dies(const std::string& command) { record.answers.emplace_back().caller = command; }

  void crash() { record.crashes.push_back({Instant(), sequence_, false}); }

  // ---- states

  // The resource is in the inventory, in the cloud and in the belief, the same everywhere.
  void show(const std::string& label, const std::string& native_id, const JsonObject& properties) {
    InventoryRow row;
    row.ksuid = "ksuid-" + label;
    row.identity = id(label);
    row.native_id = native_id;
    row.properties = properties;
    now.inventory.push_back(std::move(row));
    now.stacks = {id(label).stack};
    put(label, native_id, properties);
    spec::BelievedRow believed;
    believed.identity = id(label);
    believed.native_id = native_id;
    believed.actual = properties;
    now.belief[id(label)] = std::move(believed);
  }
  // An object in the cloud, and nowhere else.
  void put(const std::string& label, const std::string& native_id, JsonObject properties) {
    cloud::CloudObject object;
    object.native_id = native_id;
    object.type = kGenericResource;
    object.name = label;
    properties["Id"] = native_id;
    object.properties = std::move(properties);
    object.made_by_engine = true;
    now.cloud.push_back(std::move(object));
  }
  // A copy of `now` goes on record.
  suite::Checkpoint& checkpoint() {
    now.where = "after operation 1";
    now.operation = operation;
    now.log_end = sequence_;
    record.checkpoints.push_back(now);
    return record.checkpoints.back();
  }

  suite::CaseRecord record;
  suite::Checkpoint now;
  size_t operation = 0;
  Instant clock;  // when what is told next happens

 private:
  static constexpr size_t kMostCalls = 64;

  // A label waits for whatever update there is of it.
  static void find_waits(std::vector<spec::PlannedUpdate>& updates) {
    for (spec::PlannedUpdate& update : updates)
      for (UpdateKey& first : update.waits_for)
        for (const spec::PlannedUpdate& other : updates)
          if (other.identity == first.identity && other.identity != update.identity)
            first.operation = other.operation;
  }

  void end_command(suite::CommandHistory& history) {
    bool failed = false;
    for (const ResourceUpdateView& view : history.last.updates) {
      if (!is_terminal(view.state)) return;
      failed = failed || view.state != UpdateState::kSuccess;
    }
    history.last.state = failed ? CommandState::kFailed : CommandState::kSuccess;
    history.states.push_back(history.last.state);
    record.submissions.at(*history.submission).log_after = sequence_;
  }

  uint64_t sequence_ = 0;
};

// What one checker says, as kinds in the order found.
inline std::vector<std::string> kinds(const suite::CaseRecord& record, std::string_view invariant) {
  const Invariant* checker = find_invariant(invariant);
  SQUALL_CHECK(checker != nullptr);
  std::vector<Violation> violations;
  check_one(*checker, record, violations);
  std::vector<std::string> out;
  for (const Violation& violation : violations) out.push_back(violation.kind);
  return out;
}

// What all checkers say, as signatures.
inline std::vector<std::string> signatures(const suite::CaseRecord& record) {
  std::vector<std::string> out;
  for (const Violation& violation : check_all(record)) out.push_back(signature(violation));
  return out;
}

}  // namespace squall::invariants
