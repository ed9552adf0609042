// The contract between the suite and any engine: the only thing the suite knows of one.
//
// A harness failure (cannot start the engine, a broken adapter) is an Error here and never counts
// as a failure of the engine.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "documents/command.h"
#include "documents/provider_answer.h"
#include "documents/schema.h"
#include "engine_under_test/outputs.h"
#include "engine_under_test/store.h"

namespace squall {

// Where an armed crash strikes. Counting starts when it is armed.
enum class CrashMoment {
  kBeforeCallApplied,  // the nth provider call reaches the cloud: the engine dies, the message
                       // does not, it is executed afterwards
  kAfterCallApplied,   // the nth call was executed; its answer is under way
  kAfterAnswer,        // the nth answer reached the engine, before any commit that follows
  kBeforeCommit,       // inside the nth commit, nothing durable
  kAfterCommit,        // inside the nth commit, durable, not acknowledged
  kDuringRecovery,     // the nth event (commit or call) of the next incarnation
  kCommitFails,        // the nth commit fails, nothing durable: the engine must stop itself
  kInterrupted,        // as the nth call reaches the cloud the engine is asked to end: it finishes
                       // what it has begun, and begins nothing more
  kProviderDies,       // its provider dies: the nth call was executed, its answer never leaves
  kAbandoned,          // as kInterrupted, and asked once more at once: it drops what it is at
  kProviderLosesCall,  // its provider dies: the nth call is never carried out
  kProviderHangs,      // its provider stands still for kProviderHang: the nth call has reached the
                       // cloud, no other does, and no answer comes back
  kProviderStartsSlowly,  // as kProviderDies, and the next one takes kProviderSlowStart to start
};
inline constexpr size_t kCrashMoments = 13;
inline constexpr Duration kProviderHang = std::chrono::milliseconds(300);
inline constexpr Duration kProviderSlowStart = std::chrono::milliseconds(400);
// Is it the provider that it strikes, and not the engine?
bool befalls_provider(CrashMoment moment);
std::string_view to_string(CrashMoment moment);  // "before-call-applied", …
Result<CrashMoment> parse_crash_moment(std::string_view text);

struct CrashPoint {
  CrashMoment moment = CrashMoment::kAfterCallApplied;
  uint32_t nth = 1;
  friend bool operator==(const CrashPoint&, const CrashPoint&) = default;
};

// What an engine has and promises. Operations that its traits rule out are never drawn for it; an
// invariant that they excuse says so in the report.
struct Traits {
  std::string engine = "sim";  // name, as in --engine
  std::string version = "0";
  // Of the binaries that switch_binary() goes on to, in that order; empty: there is but one.
  std::vector<std::string> later_versions = {};
  Dialect dialect = Dialect::kControlPlane;
  bool placements = false;         // DeclaredResource::placement is kept
  bool imports = false;            // DeclaredResource::import_id and Forma::forgotten are kept
  bool outputs = false;            // Forma::outputs are kept
  bool state_removal = false;      // remove_from_state() does something
  bool rivals = false;             // so does arm_rival()
  bool saved_plans = false;        // what was simulated last can be carried out as it is
  bool workspaces = false;         // EngineSetup::workspace is kept, visit_elsewhere() goes there
  bool write_only = true;          // values that are never read back
  bool references_visible = true;  // the inventory says what a property was declared to refer to
  bool plans_by_reading = false;   // a request that is refused, or needs nothing, may read first
  bool confirmed_outside_only = false;  // what Squall sees alone is a suspicion
  bool provider_is_ours = false;        // it reaches the cloud through a provider of ours:
                                        // provider_answers() is what it can know
  bool behaviours = true;        // it has a part in how it gets on with a cloud's peculiarities
  bool idempotency_keys = true;  // a request's key, sent again, gives the same command
  size_t max_overlap = 0;        // commands at one time; 0: as many as the profile has
  size_t max_stacks = 0;         // in one world; 0: as many as the profile has
  bool deterministic = false;    // the same case gives the same run, bit for bit
  bool patch_mode = true;
  bool crash = true;   // kill and restart are possible
  bool daemon = true;  // it runs between requests too
  // What can be armed, where a crash is possible.
  std::vector<CrashMoment> crash_moments = {
      CrashMoment::kBeforeCallApplied, CrashMoment::kAfterCallApplied, CrashMoment::kAfterAnswer,
      CrashMoment::kBeforeCommit,      CrashMoment::kAfterCommit,      CrashMoment::kDuringRecovery,
      CrashMoment::kCommitFails};
  bool sync = true;
  bool schedule = false;  // EngineSetup::schedule is kept
  bool simulate = true;   // CommandRequest::simulate
  bool replace = true;    // a CreateOnly change replaces the resource
  bool disk_full = true;  // set_disk_full() does something
  // Where its store can be; and what can befall one that is not its own, each as a StoreFault with
  // the ordinals that a run of it can meet: up to `nth`.
  std::vector<StoreKind> stores = {StoreKind::kLocal};
  std::vector<StoreFault> store_faults;
  bool unsettled_visible = true;         // the inventory says which identities are unsettled
  bool system_commands_survive = false;  // a sync's command is still known after a crash
  // What a campaign must reach with this engine, instead of what the profile says.
  std::vector<std::string_view> required_marks;
  std::vector<std::string_view> required_without_faults;  // on top, where the profile has none
  std::vector<std::string_view> required_under_faults;    // on top, where it has
  size_t max_operations = 0;               // in one case; 0: as many as the profile has
  int max_attempts = 3;                    // MaxRetries + 1
  Duration retry_delay = Duration(0);      // before a call is made again, at least; 0: not said
  Duration max_retry_delay = Duration(0);  // cap of its doubling under throttling
  int converges_within = 2;                // reconciles needed at most, once faults have stopped
  Duration settle_deadline = std::chrono::minutes(60);  // liveness bound, in the engine's time
};

// A departure from first-in-first-out, for engines whose schedule can be chosen: something that
// happens to one resource is delayed, or comes after everything else of the same moment. The
// ordinals count each (event, label) by itself, so that dropping a step of a case does not shift
// what hits another.
enum class ScheduledEvent {
  kRequestArrives,  // a provider call reaches the cloud
  kAnswerArrives,   // its answer reaches the engine
  kDurable,         // a commit becomes durable (no label)
  kWake,            // a sleep of the engine is over (no label)
};
inline constexpr size_t kScheduledEvents = 4;
std::string_view to_string(ScheduledEvent event);  // "request-arrives", "answer-arrives", …
Result<ScheduledEvent> parse_scheduled_event(std::string_view text);

struct Deviation {
  ScheduledEvent event = ScheduledEvent::kRequestArrives;
  std::string label;  // of the resource; empty where the event has none
  uint32_t nth = 1;   // since the start
  Duration delay = Duration(0);
  bool last_of_ties = false;
  friend bool operator==(const Deviation&, const Deviation&) = default;
};

// What an engine under test starts from.
struct EngineSetup {
  std::vector<Schema> schemas;
  uint32_t rate_per_second = 0;  // the provider's announced rate; 0: none
  bool versions = false;         // the provider's answers carry state versions, as it announces
  // How long after a change the provider's reads may be stale, as it announces; 0: never.
  Duration consistency_window = Duration(0);
  uint64_t seed = 0;                    // of ids and jitter
  std::vector<Deviation> schedule;      // where traits().schedule
  StoreKind store = StoreKind::kLocal;  // one of traits().stores
  std::string workspace = {};           // which of several states of one directory; empty: default
};

// One resource, as the state of an engine that plans and applies has it.
struct StoredResource {
  Placement placement;                    // the module and the repetition
  std::set<ResourceIdentity> depends_on;  // directly or not, as block_of() names it
  bool is_tainted = false;                // it is to be replaced
  // By its field, what tells which value of a WriteOnly one was sent last (version_of()).
  std::map<std::string, int64_t> versions = {};
};
// A number that another value has not.
int64_t version_of(const Json& write_only_value);

// What an engine's durable store must not become, whatever happens to the engine.
enum class StoreDamage {
  kEmptied,     // nothing is in it, where there was something
  kUnreadable,  // what is in it is cut off, or makes no sense
  kWentBack,    // it is older than it was
  kExchanged,   // it is another one
  // What it holds already, as a run that was not told so has left it beside, it will not take.
  kSaveRefused,
  kMixedUp,  // a run in one workspace has changed what is another one's
};
inline constexpr size_t kStoreDamages = 6;
std::string_view to_string(StoreDamage damage);  // "emptied", …
struct StoreFinding {
  StoreDamage damage = StoreDamage::kEmptied;
  std::string words;  // what was there, and what is
};

// A run that was started while another one had the store.
struct RivalRun {
  std::string id;  // as in ProviderRequest::caller
  CommandReply reply;
};

using Ticket = uint64_t;
struct Pending {};
struct ReplyLost {};  // the engine died before it answered: the request may have been accepted
using Poll = std::variant<Pending, ReplyLost, CommandReply>;

enum class Waited {
  kConditionMet,
  kDeadline,    // the deadline passed first
  kIdle,        // nothing is left that could change anything (simulation only)
  kEngineDied,  // the engine is down: restart() it
};

class EngineUnderTest {
 public:
  virtual ~EngineUnderTest() = default;

  virtual const Traits& traits() const = 0;

  // A fresh engine with an empty store, running. The cloud is reset by its owner, not here.
  virtual Result<void> reset(const EngineSetup& setup) = 0;

  // The case is over: from now on nothing of the engine touches the cloud, until the next reset().
  virtual void end_case() {}

  virtual Ticket start(const CommandRequest& request) = 0;
  virtual Poll poll(Ticket ticket) = 0;

  // The engine's word, now; no time passes. nullopt: it does not know the command.
  // REQUIRES: alive() and ready.
  virtual std::optional<CommandView> status(const std::string& command_id) = 0;
  virtual std::vector<CommandView> commands() = 0;
  // The same as the engine found them in its store when it was last started. Where it goes on while
  // it is looked at, commands() may tell of more.
  virtual std::vector<CommandView> commands_at_start() { return commands(); }
  // The state alone, for conditions that are tested after every event: override where cheaper.
  virtual std::optional<CommandState> state_of(const std::string& command_id) {
    const std::optional<CommandView> view = status(command_id);
    if (!view) return std::nullopt;
    return view->state;
  }
  // The ids alone of the commands that users asked for, for whoever asks before every request:
  // override where cheaper.
  virtual std::vector<std::string> user_commands() {
    std::vector<std::string> out;
    for (CommandView& view : commands())
      if (view.source == Source::kUser) out.push_back(std::move(view.id));
    return out;
  }
  virtual std::vector<InventoryRow> inventory() = 0;
  virtual std::vector<std::string> stacks() = 0;
  // What has become of its durable store since this was asked last; nullopt: nothing it should not.
  // What was there before is put back, so that the case can go on.
  virtual std::optional<StoreFinding> mend_store() { return std::nullopt; }
  // Names what its durable store holds: another text, other content. Where traits().saved_plans.
  virtual std::string store_version() const { return {}; }
  // What its durable store says of each resource beside what the inventory shows. Where
  // traits().dialect is that of engines that plan and apply.
  virtual std::map<ResourceIdentity, StoredResource> stored() const { return {}; }
  // Where traits().outputs.
  virtual OutputsView outputs() const { return {}; }
  // What its provider told it since reset(), from the one of that index on. Where
  // traits().provider_is_ours.
  virtual std::vector<ProviderAnswer> provider_answers(size_t /*from*/) { return {}; }
  // What was asked of a store that is not its own since reset(), from the call of that index on.
  virtual std::vector<StoreCall> store_calls(size_t /*from*/) { return {}; }
  // What people do where a run left the store's lock held, or could not save: the one frees it, the
  // other saves what the run has left beside it, and says whether there was anything. The error: it
  // could not be done. REQUIRES: nothing runs.
  virtual Result<void> release_lock(const std::string& /*id*/) { return {}; }
  virtual Result<bool> save_what_was_left() { return false; }
  // What people do to have resources managed no more, their objects left as they are. False: it has
  // none of them. REQUIRES: nothing runs.
  virtual Result<bool> remove_from_state(const std::vector<ResourceIdentity>&) { return false; }
  // A run in another workspace of the same directory, which applies a configuration of its own.
  // What it has changed of what is not its own, mend_store() tells. False: its store has no
  // workspaces. REQUIRES: nothing runs.
  virtual Result<bool> visit_elsewhere() { return false; }
  // From the next run on the next of its binaries is used. False: this was the last.
  // REQUIRES: nothing runs.
  virtual bool switch_binary() { return false; }
  // That of the binary in use: traits().version, or one of the later ones.
  virtual std::string version() const { return traits().version; }
  // As the next run makes its nth call, another one is started on the same store, and seen to its
  // end before the call goes on. What became of those since reset(), from that index on.
  virtual void arm_rival(uint32_t /*nth*/) {}
  virtual void disarm_rival() {}
  virtual std::vector<RivalRun> rival_runs(size_t /*from*/) { return {}; }
  // Where the engine's durable store, or anything it has logged, holds one of these texts in clear:
  // the places in words. Empty where it cannot be looked into.
  virtual std::vector<std::string> leaks(const std::vector<std::string>&) { return {}; }

  // Lets time pass until condition() holds, the deadline passes, nothing is left to happen, or the
  // engine dies. The condition is one on what the engine says: it is tested whenever that may have
  // changed.
  virtual Waited run_until(const std::function<bool()>& condition, Duration deadline) = 0;
  virtual Instant now() const = 0;
  // Time passes although nothing is left to happen; where time is real there is nothing to do.
  // REQUIRES: run_until() has just said kIdle.
  virtual void pass_time(Duration) {}

  virtual bool alive() const = 0;
  // How it ended, where it is not alive and nobody here had a part in that: a crash of its own.
  // Says so once.
  virtual std::optional<std::string> ended_by_itself() { return std::nullopt; }
  virtual void arm_crash(const CrashPoint& point) = 0;
  virtual void disarm_crashes() = 0;
  // For the next run of the engine alone.
  virtual void arm_store_fault(const StoreFault&) {}
  virtual void disarm_store_faults() {}
  // While the disk is full every commit is refused as a whole, and the engine is told why.
  virtual void set_disk_full(bool full) = 0;
  virtual void kill() = 0;
  // Starts the next incarnation on what is durable. REQUIRES: !alive(). Returns once it answers
  // requests, or died again (an armed crash during recovery), which alive() tells.
  virtual Result<void> restart() = 0;

  // Not empty: something befell it of which nobody outside can tell how much of it the engine has
  // noticed. The case is given up then, accusing nobody, under this mark; what status() gave last
  // is not judged any more.
  virtual std::string_view undecided() const { return {}; }
  // Not empty: what it has left is nothing that the model follows. What it said is judged, and then
  // the case is given up under this mark.
  virtual std::string_view left_undecided() const { return {}; }

  // How often each named rare situation happened since reset().
  virtual std::vector<std::pair<std::string, uint64_t>> marks() const = 0;
  // How often the engine was started since reset(), where each request starts it anew; 0: it runs
  // all the time.
  virtual uint64_t runs() const { return 0; }
  // Most provider calls in flight at one time since reset().
  virtual uint64_t peak_calls_in_flight() const = 0;
  // Hash of every event since reset(); 0 where the engine is not deterministic.
  virtual uint64_t trace_hash() const = 0;
};

}  // namespace squall
