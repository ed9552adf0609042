#include "engines/terraform/run_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "engines/terraform/world_configuration.h"

namespace squall::terraform {

namespace {

// The answers of docs/terraform.md §2.
std::optional<RejectionType> rejection_type(const Diagnostic& diagnostic) {
  switch (classify(diagnostic).rejection) {
    case Rejection::kInvalidConfiguration:
      if (diagnostic.summary == "Missing required argument")
        return RejectionType::kRequiredFieldMissingOnCreate;
      return RejectionType::kInvalidForma;
    case Rejection::kVariableInvalid:
      return RejectionType::kInvalidForma;
    case Rejection::kUndeclaredReference:
      return RejectionType::kReferencedResourcesNotFound;
    case Rejection::kCycleDetected:
      return RejectionType::kCyclesDetected;
    case Rejection::kProviderNotConfigured:
      return RejectionType::kTargetReferenceNotFound;
    case Rejection::kProviderError:
    case Rejection::kProviderCrash:
      return RejectionType::kProviderFailed;
    case Rejection::kLockHeld:
      return RejectionType::kConflictingCommands;
    case Rejection::kPreventDestroy:
      return RejectionType::kDestroyPrevented;
    case Rejection::kMovedConflict:
      return RejectionType::kMovesOutsideTargets;
    case Rejection::kLockFailed:
    case Rejection::kStateReadFailed:
    case Rejection::kStateSaveFailed:
    case Rejection::kUnlockFailed:
      return RejectionType::kStoreFailed;
    case Rejection::kPlanOfAnother:
      return RejectionType::kPlanOfAnotherVersion;
    case Rejection::kPlanRefused:
      return RejectionType::kPlanRefused;
    case Rejection::kStalePlan:
      return RejectionType::kStalePlan;
    case Rejection::kPreconditionFailed:
    case Rejection::kPostconditionFailed:
      return RejectionType::kConditionFailed;
    default:
      return std::nullopt;
  }
}

class RunReader {
 public:
  RunReader(const CliRun& run, const CommandRequest& request, const std::string& id,
            const std::string& stack, const tfplugin::Mapping& mapping, bool is_interrupted)
      : run_(run),
        request_(request),
        stack_(stack),
        mapping_(mapping),
        is_interrupted_(is_interrupted) {
    out_.command.id = id;
    out_.command.kind = request.kind;
    out_.command.mode = request.mode;
  }

  RunView read();

 private:
  std::optional<ResourceIdentity> identity_of(const std::string& address);
  void plan_changes();
  void add(const ResourceIdentity& identity, UpdateOperation operation, const std::string& group);
  void follow_applies();
  void take_applied(const event::Apply& applied, UpdateState state);
  void end();
  std::optional<CommandReply> refusal();

  const CliRun& run_;
  const CommandRequest& request_;
  const std::string& stack_;
  const tfplugin::Mapping& mapping_;
  const bool is_interrupted_;
  RunView out_;
  bool began_ = false;  // something was applied, or tried
};

std::optional<ResourceIdentity> RunReader::identity_of(const std::string& address) {
  const std::optional<Addressed> parsed = parse_address(address);
  const tfplugin::TypeMapping* type = parsed ? mapping_.find(parsed->type) : nullptr;
  if (type == nullptr) {
    out_.trouble = "the run speaks of an address that is none of ours: " + address;
    return std::nullopt;
  }
  return ResourceIdentity{stack_, parsed->label, type->type.schema.type};
}

void RunReader::add(const ResourceIdentity& identity, UpdateOperation operation,
                    const std::string& group) {
  ResourceUpdateView update;
  update.identity = identity;
  update.operation = operation;
  update.group_id = group;
  out_.command.updates.push_back(std::move(update));
}

void RunReader::plan_changes() {
  for (const event::Change& change : run_.changes()) {
    const bool reads = change.action == Action::kRead;
    const bool does_nothing = change.action == Action::kNoop || change.action == Action::kMove ||
                              change.action == Action::kImport || change.action == Action::kForget;
    if (reads || does_nothing) continue;
    const std::optional<ResourceIdentity> identity = identity_of(change.address);
    if (!identity) return;
    switch (change.action) {
      case Action::kCreate:
        add(*identity, UpdateOperation::kCreate, "");
        break;
      case Action::kUpdate:
        add(*identity, UpdateOperation::kUpdate, "");
        break;
      case Action::kDelete:
        add(*identity, UpdateOperation::kDelete, "");
        break;
      case Action::kReplace:
        add(*identity, UpdateOperation::kDelete, change.address);
        add(*identity, UpdateOperation::kCreate, change.address);
        break;
      default:
        out_.trouble = fmt::format("a planned {} of {}", text_of(change.action), change.address);
        return;
    }
  }
}

void RunReader::take_applied(const event::Apply& applied, UpdateState state) {
  const UpdateOperation operation = applied.action == Action::kCreate   ? UpdateOperation::kCreate
                                    : applied.action == Action::kUpdate ? UpdateOperation::kUpdate
                                                                        : UpdateOperation::kDelete;
  const std::optional<ResourceIdentity> identity = identity_of(applied.address);
  if (!identity) return;
  began_ = true;
  const UpdateKey key{*identity, operation};
  auto found = std::ranges::find(out_.command.updates, key, &ResourceUpdateView::key);
  if (found == out_.command.updates.end()) {
    add(*identity, operation, "");  // nobody planned it, which the judge will say
    found = std::prev(out_.command.updates.end());
  }
  found->state = state;
  if (applied.id_key == "id") found->native_id = applied.id_value;
}

void RunReader::follow_applies() {
  for (const Phase phase : {Phase::kStart, Phase::kComplete, Phase::kErrored}) {
    const UpdateState state = phase == Phase::kStart      ? UpdateState::kInProgress
                              : phase == Phase::kComplete ? UpdateState::kSuccess
                                                          : UpdateState::kFailed;
    for (const event::Apply& applied : run_.applied(phase))
      if (applied.action != Action::kRead) take_applied(applied, state);
  }
}

// What did not come to its turn, or whose end was never told, has failed; or was canceled, where
// somebody asked the run to end.
void RunReader::end() {
  const auto any = [&](UpdateState state) {
    return std::ranges::find(out_.command.updates, state, &ResourceUpdateView::state) !=
           out_.command.updates.end();
  };
  for (ResourceUpdateView& update : out_.command.updates)
    if (!is_terminal(update.state))
      update.state = is_interrupted_ ? UpdateState::kCanceled : UpdateState::kFailed;
  const bool is_kept =
      !run_.rejected_as(Rejection::kStateSaveFailed) && !run_.rejected_as(Rejection::kUnlockFailed);
  const bool all_well =
      (run_.succeeded() || (is_interrupted_ && is_kept)) && !any(UpdateState::kFailed);
  out_.command.state = any(UpdateState::kCanceled) ? CommandState::kCanceled
                       : all_well                  ? CommandState::kSuccess
                                                   : CommandState::kFailed;
}

// The first complaint that is the answer to the request; what is only a notice counts for nothing.
std::optional<CommandReply> RunReader::refusal() {
  for (const Diagnostic& diagnostic : run_.diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    if (const auto type = rejection_type(diagnostic))
      return squall::Rejection{*type, diagnostic.summary + ": " + diagnostic.detail};
    out_.trouble =
        fmt::format("the run failed with a complaint that is no answer ({}): {}: {}",
                    text_of(classify(diagnostic).rejection), diagnostic.summary, diagnostic.detail);
    return std::nullopt;
  }
  out_.trouble = "the run failed and did not say why:\n" + run_.describe();
  return std::nullopt;
}

RunView RunReader::read() {
  if (run_.panicked) out_.trouble = "the engine crashed:\n" + run_.describe();
  if (!run_.unparsable.empty())
    out_.trouble = "a line that is none of -json: " + run_.unparsable.front();
  if (!out_.trouble.empty()) return std::move(out_);
  plan_changes();
  follow_applies();
  if (!run_.succeeded() && !began_ && is_interrupted_) {
    out_.is_unanswered = true;
    return std::move(out_);
  }
  if (!run_.succeeded() && !began_) {
    if (std::optional<CommandReply> answer = refusal()) out_.reply = *std::move(answer);
    return std::move(out_);
  }
  if (!out_.trouble.empty()) return std::move(out_);
  if (out_.command.updates.empty() && request_.kind != CommandKind::kSync) {
    out_.reply = NothingToDo{};
  } else if (request_.simulate) {
    out_.reply = Simulated{std::move(out_.command.updates)};
  } else {
    out_.reply = Accepted{out_.command.id};
    if (const event::Summary* said = run_.summary("apply"))
      out_.command.summary = {said->add, said->change, said->remove};
    end();
  }
  return std::move(out_);
}

}  // namespace

RunView view_of(const CliRun& run, const CommandRequest& request, const std::string& id,
                const std::string& stack, const tfplugin::Mapping& mapping, bool is_interrupted) {
  return RunReader(run, request, id, stack, mapping, is_interrupted).read();
}

}  // namespace squall::terraform
