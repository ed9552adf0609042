#include "engines/terraform/diagnostics.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/lines.h"
#include "documents/enum_text.h"
#include "documents/reader.h"

namespace squall::terraform {
namespace {

constexpr EnumTable<Rejection, 46> kRejections{{
    {Rejection::kLockHeld, "LockHeld"},
    {Rejection::kLockFailed, "LockFailed"},
    {Rejection::kUnlockFailed, "UnlockFailed"},
    {Rejection::kNotLocked, "NotLocked"},
    {Rejection::kStateReadFailed, "StateReadFailed"},
    {Rejection::kNoState, "NoState"},
    {Rejection::kStateMalformed, "StateMalformed"},
    {Rejection::kStateSaveFailed, "StateSaveFailed"},
    {Rejection::kStatePushRefused, "StatePushRefused"},
    {Rejection::kStalePlan, "StalePlan"},
    {Rejection::kPlanOfAnother, "PlanOfAnother"},
    {Rejection::kPlanUnreadable, "PlanUnreadable"},
    {Rejection::kPlanIncomplete, "PlanIncomplete"},
    {Rejection::kPlanRefused, "PlanRefused"},
    {Rejection::kInvalidConfiguration, "InvalidConfiguration"},
    {Rejection::kCycleDetected, "CycleDetected"},
    {Rejection::kUndeclaredReference, "UndeclaredReference"},
    {Rejection::kUnknownRepetition, "UnknownRepetition"},
    {Rejection::kVariableInvalid, "VariableInvalid"},
    {Rejection::kSensitiveExposed, "SensitiveExposed"},
    {Rejection::kMovedConflict, "MovedConflict"},
    {Rejection::kRemovedStillExists, "RemovedStillExists"},
    {Rejection::kImportTargetMissing, "ImportTargetMissing"},
    {Rejection::kImportAlreadyManaged, "ImportAlreadyManaged"},
    {Rejection::kImportRejected, "ImportRejected"},
    {Rejection::kProviderNotConfigured, "ProviderNotConfigured"},
    {Rejection::kNotInitialized, "NotInitialized"},
    {Rejection::kNoConfiguration, "NoConfiguration"},
    {Rejection::kNoSuchTarget, "NoSuchTarget"},
    {Rejection::kUsage, "Usage"},
    {Rejection::kWorkspaceInvalid, "WorkspaceInvalid"},
    {Rejection::kPreventDestroy, "PreventDestroy"},
    {Rejection::kPreconditionFailed, "PreconditionFailed"},
    {Rejection::kPostconditionFailed, "PostconditionFailed"},
    {Rejection::kCheckFailed, "CheckFailed"},
    {Rejection::kProvisionerFailed, "ProvisionerFailed"},
    {Rejection::kInvalidPlan, "InvalidPlan"},
    {Rejection::kInconsistentPlan, "InconsistentPlan"},
    {Rejection::kInconsistentResult, "InconsistentResult"},
    {Rejection::kInvalidResult, "InvalidResult"},
    {Rejection::kProviderError, "ProviderError"},
    {Rejection::kProviderCrash, "ProviderCrash"},
    {Rejection::kInterrupted, "Interrupted"},
    {Rejection::kNotice, "Notice"},
    {Rejection::kUnresolvedMove, "UnresolvedMove"},
    {Rejection::kUnknown, "Unknown"},
}};
static_assert(in_order(kRejections));

// How a complaint is known: the beginning of its summary, and words its detail has (or none). A
// rule that begins with '*' finds the rest anywhere in the summary. The first that fits decides.
struct Rule {
  Rejection rejection;
  std::string_view summary;
  std::string_view detail{};
};

constexpr Rule kStateRules[] = {
    // The lock of a file is asked for after the state in it was read, so this summary stands over
    // several causes. The local backend says "temporarily unavailable", the http one "already
    // locked".
    {Rejection::kStateMalformed, "Error acquiring the state lock", "Unsupported state file format"},
    {Rejection::kLockHeld, "Error acquiring the state lock", "resource temporarily unavailable"},
    {Rejection::kLockHeld, "Error acquiring the state lock", "state already locked"},
    {Rejection::kLockHeld, "Error acquiring the state lock", "state is already locked"},
    {Rejection::kLockHeld, "Error acquiring the state lock", "Lock Info:"},
    {Rejection::kLockFailed, "Error acquiring the state lock"},
    {Rejection::kLockFailed, "Error locking state"},
    {Rejection::kLockHeld, "*already locked"},
    {Rejection::kUnlockFailed, "Error releasing the state lock"},
    {Rejection::kNotLocked, "Failed to unlock state", "not locked"},
    {Rejection::kNotLocked, "*LocalState not locked"},
    {Rejection::kUnlockFailed, "Failed to unlock state"},
    {Rejection::kStateMalformed, "*nsupported state file format"},
    {Rejection::kStateMalformed, "Failed to load state", "Unsupported state file format"},
    {Rejection::kStateMalformed, "Failed to refresh state", "Unsupported state file format"},
    {Rejection::kStateMalformed, "Error loading state", "Unsupported state file format"},
    {Rejection::kStateMalformed, "error loading state", "Unsupported state file format"},
    {Rejection::kStatePushRefused, "*cannot import state with lineage"},
    {Rejection::kStatePushRefused, "*cannot import state with serial"},
    {Rejection::kStatePushRefused, "*cannot overwrite existing state with serial"},
    {Rejection::kStatePushRefused, "*because it has a different lineage"},
    {Rejection::kNoState, "No state file was found"},
    {Rejection::kStateReadFailed, "error loading state"},
    {Rejection::kStateReadFailed, "Error loading state"},
    {Rejection::kStateReadFailed, "Error refreshing state"},
    {Rejection::kStateReadFailed, "Failed to load state"},
    {Rejection::kStateReadFailed, "Failed to refresh state"},
    {Rejection::kStateReadFailed, "Failed to read state"},
    {Rejection::kStateReadFailed, "State read error"},
    {Rejection::kStateReadFailed, "Failed to get state"},
    {Rejection::kStateSaveFailed, "Failed to save state"},
    {Rejection::kStateSaveFailed, "Failed to persist state"},
    {Rejection::kStateSaveFailed, "Error saving state"},
    {Rejection::kStateSaveFailed, "Error saving the state"},
    {Rejection::kStateSaveFailed, "Failed to serialize state"},
    {Rejection::kStateSaveFailed, "Failed to create local state file"},
    {Rejection::kStateSaveFailed, "Failed to write state"},
    {Rejection::kStateMalformed, "Error reading source state"},
    {Rejection::kStalePlan, "Saved plan is stale"},
    {Rejection::kStalePlan, "Saved plan does not match the given state"},
    {Rejection::kPlanIncomplete, "Cannot apply incomplete plan"},
    {Rejection::kPlanOfAnother, "Failed to read plan", "plan files cannot be transferred"},
    {Rejection::kPlanRefused, "Cannot apply non-applyable plan"},
    {Rejection::kPlanUnreadable, "Failed to load \"", "plan"},
    {Rejection::kPlanUnreadable, "*\" as a plan file"},
    {Rejection::kPlanUnreadable, "Failed to read plan"},
    {Rejection::kPlanUnreadable, "Failed to read the given file as a state or plan file"},
};

constexpr Rule kInputRules[] = {
    {Rejection::kCycleDetected, "Cycle:"},
    {Rejection::kCycleDetected, "Self reference:"},
    {Rejection::kCycleDetected, "Cyclic dependency in move statements"},
    {Rejection::kCycleDetected, "Self-referential block"},
    {Rejection::kUndeclaredReference, "Reference to undeclared"},
    {Rejection::kUnknownRepetition, "Invalid count argument", "cannot be determined until apply"},
    {Rejection::kUnknownRepetition, "Invalid for_each argument",
     "cannot be determined until apply"},
    {Rejection::kSensitiveExposed, "Invalid for_each argument", "Sensitive values"},
    {Rejection::kSensitiveExposed, "Invalid count argument", "Sensitive"},
    {Rejection::kSensitiveExposed, "Output refers to sensitive values"},
    {Rejection::kMovedConflict, "Ambiguous move statements"},
    {Rejection::kMovedConflict, "Moved object still exists"},
    {Rejection::kMovedConflict, "Moved resource instances excluded by targeting"},
    {Rejection::kMovedConflict, "Conflicting move statements"},
    {Rejection::kMovedConflict, "Redundant move statement"},
    {Rejection::kMovedConflict, "Cross-package move statement"},
    {Rejection::kMovedConflict, "Resource type mismatch"},
    {Rejection::kMovedConflict, "Unsupported `moved` across resource types"},
    {Rejection::kRemovedStillExists, "Removed resource still exists"},
    {Rejection::kRemovedStillExists, "Removed resource block still exists"},
    {Rejection::kRemovedStillExists, "Removed module still exists"},
    {Rejection::kImportTargetMissing, "Configuration for import target does not exist"},
    {Rejection::kImportTargetMissing, "Import block target does not exist"},
    {Rejection::kImportTargetMissing, "resource address \"", "does not exist in the configuration"},
    {Rejection::kImportTargetMissing, "*does not exist in the configuration"},
    {Rejection::kImportTargetMissing, "Import to non-existent module"},
    {Rejection::kImportAlreadyManaged, "Resource already managed by"},
    {Rejection::kImportRejected, "Cannot import non-existent remote object"},
    {Rejection::kImportRejected, "Import returned"},
    {Rejection::kImportRejected, "Multiple import"},
    {Rejection::kImportRejected, "Resource Import Not Implemented"},
    {Rejection::kImportRejected, "*resource import not implemented"},
    {Rejection::kVariableInvalid, "No value for required variable"},
    {Rejection::kVariableInvalid, "Invalid value for variable"},
    {Rejection::kVariableInvalid, "Invalid value for input variable"},
    {Rejection::kVariableInvalid, "Invalid default value for variable"},
    {Rejection::kVariableInvalid, "Value for undeclared variable"},
    {Rejection::kVariableInvalid, "Can't change variable when applying a saved plan"},
    {Rejection::kProviderNotConfigured, "Provider configuration not present"},
    {Rejection::kNotInitialized, "Module not installed"},
    {Rejection::kNotInitialized, "Backend initialization required"},
    {Rejection::kNotInitialized, "Inconsistent dependency lock file"},
    {Rejection::kNotInitialized, "Missing required provider"},
    {Rejection::kNotInitialized, "Required plugins are not installed"},
    {Rejection::kNotInitialized, "Unreadable module directory"},
    {Rejection::kNotInitialized, "Failed to query available provider packages"},
    {Rejection::kNoConfiguration, "No configuration files"},
    {Rejection::kNoConfiguration, "No Terraform configuration files"},
    {Rejection::kNoSuchTarget, "Invalid target address", "No matching objects found"},
    {Rejection::kNoSuchTarget, "Invalid target"},
    {Rejection::kNoSuchTarget, "Invalid source address"},
    {Rejection::kNoSuchTarget, "Invalid force-replace address"},
    {Rejection::kNoSuchTarget, "Invalid address"},
    {Rejection::kUsage, "Failed to parse command-line"},
    {Rejection::kUsage, "Too many command line arguments"},
    {Rejection::kUsage, "Incompatible"},
    {Rejection::kUsage, "Plan file or auto-approve required"},
    {Rejection::kWorkspaceInvalid, "Workspace \""},
    {Rejection::kWorkspaceInvalid, "Workspace is not empty"},
    {Rejection::kWorkspaceInvalid, "Workspace is your active workspace"},
    {Rejection::kWorkspaceInvalid, "Cannot delete"},
};

constexpr Rule kExecutionRules[] = {
    {Rejection::kPreventDestroy, "Instance cannot be destroyed"},
    {Rejection::kPreconditionFailed, "Resource precondition failed"},
    {Rejection::kPreconditionFailed, "Module output value precondition failed"},
    {Rejection::kPostconditionFailed, "Resource postcondition failed"},
    {Rejection::kCheckFailed, "Check block assertion failed"},
    {Rejection::kProvisionerFailed, "*-exec provisioner error"},
    {Rejection::kProvisionerFailed, "file provisioner error"},
    {Rejection::kInvalidPlan, "Provider produced invalid plan"},
    {Rejection::kInconsistentPlan, "Provider produced inconsistent final plan"},
    {Rejection::kInconsistentResult, "Provider produced inconsistent result after apply"},
    {Rejection::kInconsistentResult, "Provider returned invalid result object after apply"},
    {Rejection::kInconsistentResult, "Provider returned unexpected"},
    {Rejection::kInvalidResult, "Provider produced invalid object"},
    {Rejection::kProviderCrash, "Plugin did not respond"},
    {Rejection::kProviderCrash, "Request cancelled"},
    {Rejection::kProviderCrash, "Plugin error"},
    {Rejection::kProviderCrash, "Unsupported plugin method"},
    {Rejection::kProviderCrash, "Failed to load plugin schemas"},
    {Rejection::kProviderCrash, "*Reattachment process not found"},
    {Rejection::kProviderCrash, "Unable to launch the plugin"},
    {Rejection::kInterrupted, "execution halted"},
    {Rejection::kInterrupted, "Operation cancelled"},
    {Rejection::kInterrupted, "operation canceled"},
    {Rejection::kInterrupted, "Two interrupts received"},
    // Saved once more in the end: only that save counts.
    {Rejection::kInterrupted, "Error saving current state"},
    {Rejection::kUnresolvedMove, "Unresolved resource instance address changes"},
    {Rejection::kNotice, "Resource targeting is in effect"},
    {Rejection::kNotice, "Applied changes may be incomplete"},
    {Rejection::kNotice, "Some objects will no longer be managed"},
    {Rejection::kNotice, "Provider development overrides are in effect"},
    {Rejection::kNotice, "Warnings for deprecated"},
    {Rejection::kNotice, "Deprecated"},
    {Rejection::kNotice, "Empty or non-existent state"},
};

// What a configuration can do wrong has many names; these are the ones the language itself has.
constexpr std::string_view kConfigurationSummaries[] = {
    "Argument or block definition required",
    "Attribute redefined",
    "Call to unknown function",
    "Conflicting configuration",
    "Duplicate ",
    "Error in function call",
    "Extraneous JSON object property",
    "Incorrect attribute value type",
    "Incorrect JSON value type",
    "Inappropriate value for attribute",
    "Insufficient ",
    "Invalid ",
    "Missing ",
    "Module dependency cycle",
    "Not enough function arguments",
    "Root value must be object",
    "Too many function arguments",
    "Unclosed object",
    "Unclosed array",
    "Unbalanced parentheses",
    "Unresolvable",
    "Unsupported argument",
    "Unsupported attribute",
    "Unsupported block type",
    "Variables not allowed",
    "Zero assert blocks",
};

bool fits(const Rule& rule, const Diagnostic& diagnostic) {
  const bool anywhere = rule.summary.starts_with('*');
  const bool summary = anywhere
                           ? diagnostic.summary.find(rule.summary.substr(1)) != std::string::npos
                           : diagnostic.summary.starts_with(rule.summary);
  if (!summary) return false;
  return rule.detail.empty() || diagnostic.detail.find(rule.detail) != std::string::npos;
}

template <size_t N>
std::optional<Rejection> first_that_fits(const Rule (&rules)[N], const Diagnostic& diagnostic) {
  const auto found =
      std::ranges::find_if(rules, [&](const Rule& rule) { return fits(rule, diagnostic); });
  if (found == std::end(rules)) return std::nullopt;
  return found->rejection;
}

// `cannot create sim_net "a": Throttling`
std::optional<ErrorCode> cloud_code_of(const std::string& summary) {
  constexpr std::string_view kVerb = "cannot ";
  const size_t colon = summary.rfind(": ");
  if (!summary.starts_with(kVerb) || colon == std::string::npos) return std::nullopt;
  const auto code = parse_error_code(std::string_view(summary).substr(colon + 2));
  if (!code) return std::nullopt;
  return *code;
}

Result<Severity> severity_of(std::string_view text) {
  if (text == "error") return Severity::kError;
  if (text == "warning") return Severity::kWarning;
  return fail("unknown severity; known are \"error\", \"warning\"");
}

}  // namespace

std::string_view text_of(Rejection rejection) { return text_in(kRejections, rejection); }

Classified classify(const Diagnostic& diagnostic) {
  if (const auto code = cloud_code_of(diagnostic.summary)) {
    return {.rejection = Rejection::kProviderError, .cloud_code = code};
  }
  if (const auto found = first_that_fits(kStateRules, diagnostic)) return {.rejection = *found};
  if (const auto found = first_that_fits(kInputRules, diagnostic)) return {.rejection = *found};
  if (const auto found = first_that_fits(kExecutionRules, diagnostic)) return {.rejection = *found};
  for (const std::string_view summary : kConfigurationSummaries) {
    if (diagnostic.summary.starts_with(summary)) {
      return {.rejection = Rejection::kInvalidConfiguration};
    }
  }
  return {};
}

Result<Diagnostic> read_diagnostic(const Json& diagnostic) {
  const Reader reader(diagnostic, "$.diagnostic");
  Diagnostic made;
  TRY(made.severity, reader.chosen("severity", severity_of));
  TRY(made.summary, reader.text("summary"));
  TRY(made.detail, reader.text_or("detail", ""));
  TRY(made.address, reader.text_or("address", ""));
  return made;
}

namespace {

// Without escape sequences of a terminal and without the box around it.
std::string plain(std::string_view text) {
  std::string made;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
      while (i < text.size() && (text[i] < 'A' || text[i] > 'z' || text[i] == '[')) ++i;
    } else {
      made += text[i];
    }
  }
  return made;
}

// The line without the box; nullopt for the upper and lower edge.
std::optional<std::string_view> without_box(std::string_view line) {
  for (const std::string_view edge : {"╷", "╵"}) {
    if (line.starts_with(edge)) return std::nullopt;
  }
  constexpr std::string_view kSide = "│";
  if (line.starts_with(kSide)) {
    line.remove_prefix(kSide.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The detail is wrapped for a terminal, so lines are joined; an empty line is a paragraph.
void add_to_detail(Diagnostic& diagnostic, std::string_view line) {
  std::string& detail = diagnostic.detail;
  if (line.empty()) {
    if (!detail.empty() && !detail.ends_with('\n')) detail += '\n';
    return;
  }
  if (!detail.empty() && !detail.ends_with('\n')) detail += ' ';
  detail += line;
}

}  // namespace

std::vector<Diagnostic> diagnostics_in_text(std::string_view text) {
  constexpr std::string_view kError = "Error: ";
  constexpr std::string_view kWarning = "Warning: ";
  std::vector<Diagnostic> found;
  const std::string readable = plain(text);
  for (const std::string_view printed : lines_of(readable)) {
    const auto unboxed = without_box(printed);
    if (!unboxed) continue;
    const std::string_view line = *unboxed;
    if (line.starts_with(kError)) {
      found.push_back(
          {.severity = Severity::kError, .summary = std::string(line.substr(kError.size()))});
    } else if (line.starts_with(kWarning)) {
      found.push_back(
          {.severity = Severity::kWarning, .summary = std::string(line.substr(kWarning.size()))});
    } else if (!found.empty()) {
      add_to_detail(found.back(), line);
    } else if (!line.empty()) {
      found.push_back({.summary = std::string(line), .is_plain_text = true});
    }
  }
  for (Diagnostic& each : found) {
    while (each.detail.ends_with('\n')) each.detail.pop_back();
  }
  return found;
}

}  // namespace squall::terraform
