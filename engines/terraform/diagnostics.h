// What a Terraform or OpenTofu run complains of, and what that means: a closed list of rejections.
// A complaint that is not on the list is kUnknown with its text, which the suite counts as a
// failure of its own: it is never swallowed.
//
// The texts are those of Terraform 1.11 (run) and OpenTofu 1.10 to 1.12 (read); where the two
// differ both stand in the table in diagnostics.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents/json.h"
#include "documents/provider_call.h"

namespace squall::terraform {

enum class Severity : uint8_t { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string summary{};
  std::string detail{};
  std::string address{};  // of a resource instance; often empty
  // Made of text that says neither Error nor Warning: a plain sentence of some command.
  bool is_plain_text = false;
};

enum class Rejection : uint8_t {
  // The state and its lock.
  kLockHeld,          // another run holds the lock
  kLockFailed,        // the lock could not be asked for or its answer was lost
  kUnlockFailed,      // the lock could not be given back
  kNotLocked,         // force-unlock of what is not locked, or of another lock
  kStateReadFailed,   // the state could not be read
  kNoState,           // a command on the state where there is none
  kStateMalformed,    // it was read and is no state
  kStateSaveFailed,   // the new state could not be saved
  kStatePushRefused,  // another lineage, or an older serial
  kStalePlan,         // the state changed since the plan was made
  kPlanOfAnother,     // another version of the command line has made the plan
  kPlanUnreadable,    // no such plan file, or not one
  kPlanIncomplete,    // the plan was saved although planning failed
  kPlanRefused,       // the run will not apply the plan that it has just made
  // The configuration.
  kInvalidConfiguration,  // syntax, unknown arguments, types, functions, repetition
  kCycleDetected,
  kUndeclaredReference,
  kUnknownRepetition,    // count or for_each is known only after apply
  kVariableInvalid,      // none given, of the wrong type, or its validation fails
  kSensitiveExposed,     // a sensitive value where it would be shown
  kMovedConflict,        // moved blocks that contradict each other or the configuration
  kRemovedStillExists,   // a removed block for what is still configured
  kImportTargetMissing,  // an import into what is not configured
  kImportAlreadyManaged,
  kImportRejected,         // the provider knows no such object, or cannot import
  kProviderNotConfigured,  // an alias that no provider block has
  kNotInitialized,         // modules, providers or backend need `init`
  kNoConfiguration,
  kNoSuchTarget,      // an address that matches nothing, or is none
  kUsage,             // options or arguments of the command itself
  kWorkspaceInvalid,  // no such workspace, or one that may not be made or removed
  // The plan and its execution.
  kPreventDestroy,
  kPreconditionFailed,
  kPostconditionFailed,
  kCheckFailed,  // a check block; a warning
  kProvisionerFailed,
  kInvalidPlan,         // the provider planned what it may not
  kInconsistentPlan,    // the second plan of a resource contradicts the first
  kInconsistentResult,  // the provider did not do what it planned
  kInvalidResult,       // it answered with an object that is none
  kProviderError,       // it said that the call failed: classify() gives the cloud's code
  kProviderCrash,       // it is gone, or answered with an error of the transport
  kInterrupted,
  // Warnings of no consequence: targeting, experiments, deprecations, objects no longer managed.
  kNotice,
  kUnresolvedMove,  // a warning: the target of a move exists
  kUnknown,
};
std::string_view text_of(Rejection rejection);

struct Classified {
  Rejection rejection = Rejection::kUnknown;
  // For kProviderError: the code of squall's cloud, which squall's provider puts last in a summary
  // (`cannot create sim_net "a": Throttling`); none where the complaint is of another kind.
  std::optional<ErrorCode> cloud_code{};
};

Classified classify(const Diagnostic& diagnostic);

// The diagnostic of one -json line's "diagnostic" member.
Result<Diagnostic> read_diagnostic(const Json& diagnostic);

// The diagnostics in what a command without -json prints for people, with or without colours, boxes
// and line wrapping. Text that looks like none gives one error with the first line as the summary,
// since commands such as force-unlock print plain sentences; empty text gives none.
std::vector<Diagnostic> diagnostics_in_text(std::string_view text);

}  // namespace squall::terraform
