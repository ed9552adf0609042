#include "documents/command.h"

#include "documents/enum_text.h"

namespace squall {

namespace {

constexpr EnumTable<CommandKind, 3> kCommandKinds = {{
    {CommandKind::kApply, "apply"},
    {CommandKind::kDestroy, "destroy"},
    {CommandKind::kSync, "sync"},
}};
static_assert(in_order(kCommandKinds));

constexpr EnumTable<Mode, 2> kModes = {{
    {Mode::kReconcile, "reconcile"},
    {Mode::kPatch, "patch"},
}};
static_assert(in_order(kModes));

constexpr EnumTable<OnDependents, 2> kOnDependents = {{
    {OnDependents::kAbort, "abort"},
    {OnDependents::kCascade, "cascade"},
}};
static_assert(in_order(kOnDependents));

constexpr EnumTable<Source, 2> kSources = {{
    {Source::kUser, "user"},
    {Source::kSynchronizer, "synchronizer"},
}};
static_assert(in_order(kSources));

constexpr EnumTable<UpdateOperation, 4> kUpdateOperations = {{
    {UpdateOperation::kCreate, "create"},
    {UpdateOperation::kUpdate, "update"},
    {UpdateOperation::kDelete, "delete"},
    {UpdateOperation::kRead, "read"},
}};
static_assert(in_order(kUpdateOperations));

constexpr EnumTable<UpdateState, 6> kUpdateStates = {{
    {UpdateState::kNotStarted, "NotStarted"},
    {UpdateState::kInProgress, "InProgress"},
    {UpdateState::kSuccess, "Success"},
    {UpdateState::kFailed, "Failed"},
    {UpdateState::kRejected, "Rejected"},
    {UpdateState::kCanceled, "Canceled"},
}};
static_assert(in_order(kUpdateStates));

constexpr EnumTable<CommandState, 5> kCommandStates = {{
    {CommandState::kNotStarted, "NotStarted"},
    {CommandState::kInProgress, "InProgress"},
    {CommandState::kSuccess, "Success"},
    {CommandState::kFailed, "Failed"},
    {CommandState::kCanceled, "Canceled"},
}};
static_assert(in_order(kCommandStates));

constexpr EnumTable<RejectionType, kRejectionTypes> kRejectionTypeTexts = {{
    {RejectionType::kReconcileRejected, "ReconcileRejected"},
    {RejectionType::kConflictingCommands, "ConflictingCommands"},
    {RejectionType::kTargetAlreadyExists, "TargetAlreadyExists"},
    {RejectionType::kResourceHasDependents, "ResourceHasDependents"},
    {RejectionType::kTargetHasDependents, "TargetHasDependents"},
    {RejectionType::kNonPortableResources, "NonPortableResources"},
    {RejectionType::kCyclesDetected, "CyclesDetected"},
    {RejectionType::kReferencedResourcesNotFound, "ReferencedResourcesNotFound"},
    {RejectionType::kRequiredFieldMissingOnCreate, "RequiredFieldMissingOnCreate"},
    {RejectionType::kInvalidQueryError, "InvalidQueryError"},
    {RejectionType::kStackReferenceNotFound, "StackReferenceNotFound"},
    {RejectionType::kTargetReferenceNotFound, "TargetReferenceNotFound"},
    {RejectionType::kInvalidForma, "InvalidForma"},
    {RejectionType::kPatchRejected, "PatchRejected"},
    {RejectionType::kEmptyStackRejected, "EmptyStackRejected"},
    {RejectionType::kReconcilePolicyRequired, "ReconcilePolicyRequired"},
    {RejectionType::kProviderFailed, "ProviderFailed"},
    {RejectionType::kStalePlan, "StalePlan"},
    {RejectionType::kDestroyPrevented, "DestroyPrevented"},
    {RejectionType::kMovesOutsideTargets, "MovesOutsideTargets"},
    {RejectionType::kUnavailable, "Unavailable"},
    {RejectionType::kConditionFailed, "ConditionFailed"},
    {RejectionType::kStoreFailed, "StoreFailed"},
    {RejectionType::kPlanOfAnotherVersion, "PlanOfAnotherVersion"},
    {RejectionType::kPlanRefused, "PlanRefused"},
}};
static_assert(in_order(kRejectionTypeTexts));

}  // namespace

std::string_view to_string(CommandKind kind) { return text_in(kCommandKinds, kind); }
std::string_view to_string(Mode mode) { return text_in(kModes, mode); }
std::string_view to_string(OnDependents what) { return text_in(kOnDependents, what); }
std::string_view to_string(Source source) { return text_in(kSources, source); }
std::string_view to_string(UpdateOperation operation) {
  return text_in(kUpdateOperations, operation);
}
std::string_view to_string(UpdateState state) { return text_in(kUpdateStates, state); }
std::string_view to_string(CommandState state) { return text_in(kCommandStates, state); }
std::string_view to_string(RejectionType type) { return text_in(kRejectionTypeTexts, type); }

Result<CommandKind> parse_command_kind(std::string_view text) {
  return value_in(kCommandKinds, text, "command");
}
Result<Mode> parse_mode(std::string_view text) { return value_in(kModes, text, "mode"); }
Result<OnDependents> parse_on_dependents(std::string_view text) {
  return value_in(kOnDependents, text, "on-dependents");
}
Result<Source> parse_source(std::string_view text) { return value_in(kSources, text, "source"); }
Result<UpdateOperation> parse_update_operation(std::string_view text) {
  return value_in(kUpdateOperations, text, "update operation");
}
Result<UpdateState> parse_update_state(std::string_view text) {
  return value_in(kUpdateStates, text, "update state");
}
Result<CommandState> parse_command_state(std::string_view text) {
  return value_in(kCommandStates, text, "command state");
}
Result<RejectionType> parse_rejection_type(std::string_view text) {
  return value_in(kRejectionTypeTexts, text, "rejection");
}

std::string to_string(const UpdateKey& key) {
  return std::string(to_string(key.operation)) + " of " + to_string(key.identity);
}

bool is_terminal(UpdateState state) {
  return state != UpdateState::kNotStarted && state != UpdateState::kInProgress;
}
bool is_terminal(CommandState state) {
  return state != CommandState::kNotStarted && state != CommandState::kInProgress;
}

}  // namespace squall
