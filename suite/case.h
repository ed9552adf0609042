// A case: one generated (or hand-written) test. A world, a sequence of operations on it, the faults
// and crashes that strike while each runs. Pure data: running it is case_run.h's business.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/controller.h"
#include "documents/command.h"
#include "engine_under_test/engine_under_test.h"

namespace squall::suite {

// One resource the case may manage. Slots are fixed for the whole case and named by their label,
// never by "the third one alive"; the property Name is the label.
struct Slot {
  std::string label;
  std::string type;
  std::string stack;
  // What every declaration of it says beside Name, unless an operation says otherwise: its parents
  // and what is fixed at creation. {"ParentId": {"$ref": "res-0.Name"}}: the property Name of the
  // slot res-0, which stands before this one.
  JsonObject properties;
  friend bool operator==(const Slot&, const Slot&) = default;
};

struct World {
  std::vector<std::string> stacks;
  std::vector<Slot> slots;
  cloud::Behaviours behaviours;
  uint32_t provider_rate = 0;           // calls per second the provider announces; 0: no limit
  StoreKind store = StoreKind::kLocal;  // where the engine keeps what it knows
  std::string workspace = {};           // which of several such; empty: the default one

  const Slot* find(std::string_view label) const;
  friend bool operator==(const World&, const World&) = default;
};

// One resource as an operation wants it. Name and the slot's properties need not be said. A
// property may be {"$ref":"res-1.Value"}: the property Value of the slot res-1.
struct WantedResource {
  std::string label;
  JsonObject properties;
  Placement placement = {};  // apply, for engines with configurations
  friend bool operator==(const WantedResource&, const WantedResource&) = default;
};

// A deliberate mistake in a request, to see it rejected.
enum class Flaw {
  kNone,
  kDuplicateResource,  // the first resource twice
  kUnknownField,       // a property the type does not have
  kUnknownTarget,      // the first resource on a target that nobody declared
  kOtherNamespace,     // the target's label once more, with another namespace
  kMissingName,        // the first resource without its required Name
  kDanglingReference,  // the first resource refers to something that does not exist
  kCycle,              // the first resource refers to itself
};
inline constexpr size_t kFlaws = 8;

// A value that a configuration shows: a property of a slot that the operation declares.
struct WantedOutput {
  std::string label;
  std::string property;
  bool is_sensitive = false;
  bool by_data_source = false;
  friend bool operator==(const WantedOutput&, const WantedOutput&) = default;
};

struct Operation {
  std::string kind = "apply";  // name of an OperationType (operation_type.h)
  // apply and destroy
  Mode mode = Mode::kReconcile;
  bool force = false;
  bool simulate = false;
  OnDependents on_dependents = OnDependents::kAbort;
  std::vector<std::string> stacks;  // apply: what Stacks[] names
  // destroy: labels only; modify: what becomes of their properties in the cloud (null: removed);
  // delete: what is deleted there.
  std::vector<WantedResource> resources;
  // apply, labels: what is to be managed no more, while its object stays; what is to be replaced;
  // what it is about (empty: all).
  std::vector<std::string> forgotten = {};
  std::vector<std::string> replaced = {};
  std::vector<std::string> targeted = {};
  std::vector<WantedOutput> outputs = {};  // apply
  bool drops_outputs = false;              // sync: as in CommandRequest
  // apply: as in CommandRequest. Where the engine may have missed something, it looks all the same.
  bool refresh = true;
  int parallelism = 0;  // apply: as in CommandRequest
  Flaw flaw = Flaw::kNone;
  // wait: how long
  Duration duration = Duration(0);
  // Wait until it, and every command before it, is terminal (false: fire and forget). Syncs too.
  bool blocking = true;
  // Injected, armed, when the operation starts; withdrawn at the end of the first operation, from
  // this one on, that leaves no command running.
  std::vector<cloud::FaultRule> faults;
  std::vector<CrashPoint> crashes;
  std::vector<StoreFault> store_faults;
  uint32_t rival = 0;       // another run is started at its nth call; 0: none
  bool disk_full = false;   // as long: every commit of the engine is refused
  bool reply_lost = false;  // the client never hears the answer, and asks again with the same key
  friend bool operator==(const Operation&, const Operation&) = default;
};

struct Case {
  World world;
  std::vector<Operation> operations;
  uint64_t seed = 0;  // of ids and standing probabilities
  std::vector<Deviation> schedule;
  friend bool operator==(const Case&, const Case&) = default;
};

// Slots that no operation uses, and stacks without a slot or mention, dropped.
Case pruned(Case value);

// Number of single faults and crashes in the case.
size_t fault_count(const Case& value);

inline constexpr std::string_view kTarget = "target-0";
inline constexpr std::string_view kNamespace = "Test";

// The forma an operation sends (its flaw included).
Forma forma_of(const World& world, const Operation& operation);
// The whole request: apply, destroy or sync. REQUIRES: the operation is one of these.
CommandRequest request_of(const World& world, const Operation& operation);

std::string_view to_string(Flaw flaw);  // "unknown-target"
Result<Flaw> parse_flaw(std::string_view text);

// One line in words: "apply  stack-0  reconcile  vpc-1 {Value: a}, child-2 …".
std::string words(const World& world, const Operation& operation);
// A fault or crash in words: "reply to create #1 of vpc-1 lost (applied)".
std::string words(const cloud::FaultRule& rule);
std::string words(const CrashPoint& crash);
std::string words(const StoreFault& fault);
std::string words(const WantedOutput& output);
std::string words(const Deviation& deviation);
// " {Value: a, ParentId: →res-0.Name}", or nothing.
std::string words(const JsonObject& properties);

// The label and the property of {"$ref":"label.Property"}; nullopt: it is something else.
std::optional<std::pair<std::string, std::string>> as_short_reference(const Json& value);
// The labels that `properties` refer to.
std::set<std::string> labels_in(const JsonObject& properties);

}  // namespace squall::suite
