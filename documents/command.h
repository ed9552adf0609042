// What a client asks of an engine, the answers it gets, and what it may see afterwards: commands,
// resource updates and the inventory. The member names of engine.md §2, as types.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "documents/document.h"
#include "documents/forma.h"
#include "documents/provider_call.h"

namespace squall {

// Which rules an engine plans by.
enum class Dialect {
  kControlPlane,  // docs/rules.md: commands on rows it keeps, drift is absorbed or rejected
  kPlanAndApply,  // docs/terraform.md: a configuration is compared with a refreshed state
};

enum class CommandKind { kApply, kDestroy, kSync };
enum class Mode { kReconcile, kPatch };
enum class OnDependents { kAbort, kCascade };
enum class Source { kUser, kSynchronizer };
enum class UpdateOperation { kCreate, kUpdate, kDelete, kRead };
enum class UpdateState { kNotStarted, kInProgress, kSuccess, kFailed, kRejected, kCanceled };
inline constexpr size_t kUpdateStateCount = 6;
enum class CommandState { kNotStarted, kInProgress, kSuccess, kFailed, kCanceled };

std::string_view to_string(CommandKind kind);           // "apply", "destroy", "sync"
std::string_view to_string(Mode mode);                  // "reconcile", "patch"
std::string_view to_string(OnDependents what);          // "abort", "cascade"
std::string_view to_string(Source source);              // "user", "synchronizer"
std::string_view to_string(UpdateOperation operation);  // "create", …
std::string_view to_string(UpdateState state);          // "NotStarted", …
std::string_view to_string(CommandState state);
Result<CommandKind> parse_command_kind(std::string_view text);
Result<Mode> parse_mode(std::string_view text);
Result<OnDependents> parse_on_dependents(std::string_view text);
Result<Source> parse_source(std::string_view text);
Result<UpdateOperation> parse_update_operation(std::string_view text);
Result<UpdateState> parse_update_state(std::string_view text);
Result<CommandState> parse_command_state(std::string_view text);

bool is_terminal(UpdateState state);
bool is_terminal(CommandState state);

// The typed errors of engine.md §2.
enum class RejectionType {
  kReconcileRejected,
  kConflictingCommands,
  kTargetAlreadyExists,
  kResourceHasDependents,
  kTargetHasDependents,
  kNonPortableResources,
  kCyclesDetected,
  kReferencedResourcesNotFound,
  kRequiredFieldMissingOnCreate,
  kInvalidQueryError,
  kStackReferenceNotFound,
  kTargetReferenceNotFound,
  kInvalidForma,
  kPatchRejected,
  kEmptyStackRejected,
  kReconcilePolicyRequired,
  kProviderFailed,       // to answer, the provider had to be asked, and it failed
  kStalePlan,            // a saved plan, of a state that has changed since
  kDestroyPrevented,     // the plan would destroy what must not be
  kMovesOutsideTargets,  // something moves that the targets leave out
  kUnavailable,      // 503: the engine cannot accept now (its store refused); nothing was accepted
  kConditionFailed,  // what the configuration demands does not hold
  kStoreFailed,      // to answer, a store that is not its own had to be asked, and it failed
  kPlanOfAnotherVersion,  // a saved plan that another version of the engine has made
  kPlanRefused,           // what the engine has just planned itself it will not carry out
};
inline constexpr size_t kRejectionTypes = 25;
std::string_view to_string(RejectionType type);
Result<RejectionType> parse_rejection_type(std::string_view text);

// POST /commands (apply, destroy) and POST /admin/synchronize (sync; forma unused).
struct CommandRequest {
  CommandKind kind = CommandKind::kApply;
  Mode mode = Mode::kPatch;
  bool force = false;
  bool simulate = false;  // say what would be done, and do nothing
  // An apply that carries out the plan that was made last, as it is. The forma is that plan's.
  bool saved_plan = false;
  // For engines with configurations, of an apply: what is to be replaced, whatever it is like; and
  // what the apply is about, with all that depends on (empty: everything).
  std::vector<ResourceIdentity> replaced = {};
  std::vector<ResourceIdentity> targeted = {};
  bool refresh = true;         // look at what there is before planning; an apply
  int parallelism = 0;         // calls at one time, at most; 0: as many as the engine pleases
  bool drops_outputs = false;  // of a sync: its configuration shows nothing any more
  OnDependents on_dependents = OnDependents::kAbort;
  Forma forma;
  std::string client_id;
  std::string idempotency_key;  // empty: none. The same key gives the same command.
};

struct Accepted {
  std::string command_id;
};
struct NothingToDo {};
struct Rejection {
  RejectionType type = RejectionType::kInvalidForma;
  std::string message;  // in words: what, on what, what to do
};

// What tells the updates of one command apart: a replace has two of one identity.
struct UpdateKey {
  ResourceIdentity identity;
  UpdateOperation operation = UpdateOperation::kCreate;
  friend auto operator<=>(const UpdateKey&, const UpdateKey&) = default;
};
// "create of stack-0/vpc-1 (Test::Generic::Resource)".
std::string to_string(const UpdateKey& key);

struct ResourceUpdateView {
  ResourceIdentity identity;
  Ksuid ksuid;
  UpdateOperation operation = UpdateOperation::kCreate;
  UpdateState state = UpdateState::kNotStarted;
  std::string error;                           // Failed, Rejected: why, in words
  std::optional<ResourceIdentity> because_of;  // Failed: the update upstream that failed first
  std::optional<ErrorCode> error_code;  // Failed because of a provider's answer: the last one
  NativeId native_id;
  bool is_cascade = false;
  std::string group_id;  // shared by the two halves of a replace; empty: not part of one
  int attempts = 0;      // calls of the provider operation made last, in this incarnation

  UpdateKey key() const { return {identity, operation}; }
};

// The answer to CommandRequest::simulate where something would be done; otherwise NothingToDo.
struct Simulated {
  std::vector<ResourceUpdateView> updates;  // identity, operation, is_cascade; NotStarted
};
using CommandReply = std::variant<Accepted, NothingToDo, Rejection, Simulated>;

struct CommandView {
  std::string id;
  CommandKind kind = CommandKind::kApply;
  Mode mode = Mode::kPatch;
  Source source = Source::kUser;
  CommandState state = CommandState::kNotStarted;
  Instant started;  // wall clock
  std::optional<Instant> ended;
  std::vector<ResourceUpdateView> updates;
  // What the engine says in the end, all in all, that it has done; nullopt: it says nothing of the
  // kind.
  struct Summary {
    int64_t created = 0;
    int64_t updated = 0;
    int64_t deleted = 0;
  };
  std::optional<Summary> summary;
  std::string client_id = {};  // as the request said; empty: nobody has said, or it was no client
};

// A command without its updates, of which there may be very many: how many are in which state.
struct CommandOutline {
  CommandView command;                      // `updates` is empty
  std::map<UpdateState, uint64_t> updates;  // no entry: none
};

// One row of the inventory: what the engine believes exists.
struct InventoryRow {
  Ksuid ksuid;
  ResourceIdentity identity;
  InternedText target;
  NativeId native_id;  // empty: none is known (an unsettled create)
  // Writable ones, references as {"$res":…,"$value":…}, opaque ones as {"$opaque":true}.
  Document properties;
  Document read_only;
  bool managed = true;
  bool unsettled = false;  // outcomes.md, "Unsettled identities"
};

}  // namespace squall
