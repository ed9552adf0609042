// The lines of -json, as types. Each line is one JSON object with a "type"; the format is
// documented with both CLIs ("Machine-Readable UI", version 1.2).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engines/terraform/diagnostics.h"

namespace squall::terraform {

enum class Action : uint8_t {
  kNoop,
  kCreate,
  kRead,
  kUpdate,
  kReplace,
  kDelete,
  kMove,
  kImport,
  kForget,  // "remove" in the lines
  kOpen,    // ephemeral resources
  kRenew,
  kClose,
};
std::string_view text_of(Action action);

enum class Reason : uint8_t {
  kNone,
  kTainted,
  kRequested,
  kReplaceTriggeredBy,
  kCannotUpdate,
  kUnknown,  // the CLI's own word
  kNoResourceConfig,
  kWrongRepetition,
  kCountIndex,
  kEachKey,
  kNoModule,
  kNoMoveTarget,
  kConfigUnknown,
  kDependencyPending,
  kCheckNested,
};
std::string_view text_of(Reason reason);

enum class Phase : uint8_t { kStart, kProgress, kComplete, kErrored };
std::string_view text_of(Phase phase);

namespace event {

struct Version {
  std::string version{};
  bool is_tofu = false;
  std::string ui{};
};
// A change that is planned, or (drift) one that was found to have happened outside.
struct Change {
  bool is_drift = false;
  std::string address{};
  Action action = Action::kNoop;
  Reason reason = Reason::kNone;
  std::string previous_address{};  // where a move comes from; empty: no move
  std::string import_id{};         // empty: no import
};
struct Summary {
  int64_t add = 0;
  int64_t change = 0;
  int64_t remove = 0;
  int64_t import = 0;
  int64_t forget = 0;       // OpenTofu only
  std::string operation{};  // "plan", "apply" (also for -destroy), "destroy"
};
struct Apply {
  Phase phase = Phase::kStart;
  std::string address{};
  Action action = Action::kNoop;
  std::string id_key{};  // of the attribute that names the object: "id", "name"
  std::string id_value{};
  int64_t elapsed_s = 0;
};
struct Refresh {
  Phase phase = Phase::kStart;
  std::string address{};
  std::string id_value{};
};
struct Provision {
  Phase phase = Phase::kStart;
  std::string address{};
  std::string provisioner{};
  std::string output{};
};
struct Ephemeral {
  Phase phase = Phase::kStart;
  std::string address{};
  Action action = Action::kOpen;
};
struct Output {
  bool sensitive = false;
  std::optional<Action> action{};  // in a plan
  std::optional<Json> value{};     // after an apply, where it is not sensitive
};
struct Outputs {
  std::map<std::string, Output> outputs{};
};
struct Complaint {
  Diagnostic diagnostic{};
};
// What the CLI tells people: "Interrupt received.", lock information, progress of init.
struct Log {
  std::string level{};
  std::string message{};
};

}  // namespace event

using Event =
    std::variant<event::Version, event::Change, event::Summary, event::Apply, event::Refresh,
                 event::Provision, event::Ephemeral, event::Outputs, event::Complaint, event::Log>;

// The error says what the line has that is not known: a type, an action, a member.
Result<Event> parse_event(std::string_view line);

}  // namespace squall::terraform
