// The contract between the suite and any engine: the only thing the suite knows of one.
//
// A harness failure (cannot start the engine, a broken adapter) is an Error here and never counts
// as a failure of the engine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "documents/command.h"
#include "documents/schema.h"

namespace squall {

// What an engine has and promises. Operations that its traits rule out are never drawn for it; an
// invariant that they excuse says so in the report.
struct Traits {
  std::string engine = "sim";  // name, as in --engine
  std::string version = "0";
  bool deterministic = false;  // the same case gives the same run, bit for bit
  bool patch_mode = true;
  bool crash = true;  // kill and restart are possible
  bool sync = true;
  bool unsettled_visible = true;         // the inventory says which identities are unsettled
  bool system_commands_survive = false;  // a sync's command is still known after a crash
  int max_attempts = 3;                  // MaxRetries + 1
  int converges_within = 2;              // reconciles needed at most, once faults have stopped
  Duration settle_deadline = std::chrono::minutes(60);  // liveness bound, in the engine's time
};

// Where an armed crash strikes. Counting starts when it is armed.
enum class CrashMoment {
  kBeforeCallApplied,  // the nth provider call reaches the cloud: the engine dies, the message
                       // does not, it is executed afterwards
  kAfterCallApplied,   // the nth call was executed; its answer is under way
  kAfterAnswer,        // the nth answer reached the engine, before any commit that follows
  kBeforeCommit,       // inside the nth commit, nothing durable
  kAfterCommit,        // inside the nth commit, durable, not acknowledged
  kDuringRecovery,     // the nth event (commit or call) of the next incarnation
};
inline constexpr size_t kCrashMoments = 6;
std::string_view to_string(CrashMoment moment);  // "before-call-applied", …
Result<CrashMoment> parse_crash_moment(std::string_view text);

struct CrashPoint {
  CrashMoment moment = CrashMoment::kAfterCallApplied;
  uint32_t nth = 1;
  friend bool operator==(const CrashPoint&, const CrashPoint&) = default;
};

// What an engine under test starts from.
struct EngineSetup {
  std::vector<Schema> schemas;
  uint32_t rate_per_second = 0;  // the provider's announced rate; 0: none
  uint64_t seed = 0;             // of ids and jitter
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

  virtual Ticket start(const CommandRequest& request) = 0;
  virtual Poll poll(Ticket ticket) = 0;

  // The engine's word, now; no time passes. nullopt: it does not know the command.
  // REQUIRES: alive() and ready.
  virtual std::optional<CommandView> status(const std::string& command_id) = 0;
  virtual std::vector<CommandView> commands() = 0;
  // The state alone, for conditions that are tested after every event: override where cheaper.
  virtual std::optional<CommandState> state_of(const std::string& command_id) {
    const std::optional<CommandView> view = status(command_id);
    if (!view) return std::nullopt;
    return view->state;
  }
  virtual std::vector<InventoryRow> inventory() = 0;
  virtual std::vector<std::string> stacks() = 0;

  // Lets time pass until condition() holds (tested after every event), the deadline passes, nothing
  // is left to happen, or the engine dies.
  virtual Waited run_until(const std::function<bool()>& condition, Duration deadline) = 0;
  virtual Instant now() const = 0;

  virtual bool alive() const = 0;
  virtual void arm_crash(const CrashPoint& point) = 0;
  virtual void disarm_crashes() = 0;
  virtual void kill() = 0;
  // Starts the next incarnation on what is durable. REQUIRES: !alive(). Returns once it answers
  // requests, or died again (an armed crash during recovery), which alive() tells.
  virtual Result<void> restart() = 0;

  // How often each named rare situation happened since reset().
  virtual std::vector<std::pair<std::string, uint64_t>> marks() const = 0;
  // Most provider calls in flight at one time since reset().
  virtual uint64_t peak_calls_in_flight() const = 0;
  // Hash of every event since reset(); 0 where the engine is not deterministic.
  virtual uint64_t trace_hash() const = 0;
};

}  // namespace squall
