#include "engines/sim/restless_sim.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/random.h"
#include "cloud/guarded_controller.h"

namespace squall::engines {

namespace {

// How much happens between two looks: mostly nothing, at times much.
constexpr Duration kLongest = std::chrono::milliseconds(20);
uint64_t draw_events(Random& random) {
  switch (random.below(20)) {
    case 0:
      return random.below(40);
    case 1:
    case 2:
      return random.below(10);
    case 3:
    case 4:
    case 5:
      return 1 + random.below(2);
    default:
      return 0;
  }
}

class RestlessSim final : public EngineUnderTest {
 public:
  RestlessSim(cloud::Cloud& cloud, engine::Options options) : engine_(cloud, options) {
    traits_ = engine_.traits();
    traits_.engine = "sim-restless";
    traits_.deterministic = false;
    traits_.disk_full = false;
    traits_.required_marks = {"three-calls-in-flight"};
    traits_.required_under_faults = {"overlapping-commands",     "sync-leaves-changed-row",
                                     "crash-during-recovery",    "recovery-resumed-intent",
                                     "settled-after-lost-reply", "drift-rejected"};
    traits_.crash_moments = {CrashMoment::kBeforeCallApplied, CrashMoment::kAfterCallApplied,
                             CrashMoment::kAfterAnswer,       CrashMoment::kDuringRecovery,
                             CrashMoment::kProviderDies,      CrashMoment::kProviderLosesCall,
                             CrashMoment::kProviderHangs,     CrashMoment::kProviderStartsSlowly};
  }

  void go_on();

  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& setup) override {
    random_ = Random(setup.seed);
    waits_ = false;
    return engine_.reset(setup);
  }
  void end_case() override { waits_ = true; }
  Ticket start(const CommandRequest& request) override {
    const Ticket ticket = engine_.start(request);
    go_on();
    return ticket;
  }
  Poll poll(Ticket ticket) override { return engine_.poll(ticket); }
  std::optional<CommandView> status(const std::string& command_id) override {
    return looked(std::optional<CommandView>(), &SimEngine::status, command_id);
  }
  std::optional<CommandState> state_of(const std::string& command_id) override {
    return looked(std::optional<CommandState>(), &SimEngine::state_of, command_id);
  }
  std::vector<CommandView> commands() override {
    return looked(std::vector<CommandView>(), &SimEngine::commands);
  }
  std::vector<std::string> user_commands() override {
    return looked(std::vector<std::string>(), &SimEngine::user_commands);
  }
  std::vector<InventoryRow> inventory() override {
    return looked(std::vector<InventoryRow>(), &SimEngine::inventory);
  }
  std::vector<std::string> stacks() override {
    return looked(std::vector<std::string>(), &SimEngine::stacks);
  }
  std::vector<std::string> leaks(const std::vector<std::string>& secrets) override {
    return engine_.leaks(secrets);
  }
  Waited run_until(const std::function<bool()>& condition, Duration deadline) override {
    waits_ = false;
    const Instant end = engine_.now() + std::min(deadline, Instant::max() - engine_.now());
    for (;;) {
      // To look at it lets it go on, so the condition may come to hold at any time.
      if (engine_.alive() && condition()) return Waited::kConditionMet;
      if (const std::optional<Waited> ended = engine_.run_one(end)) return *ended;
    }
  }
  Instant now() const override { return engine_.now(); }
  void pass_time(Duration how_long) override { engine_.pass_time(how_long); }
  bool alive() const override { return engine_.alive(); }
  std::optional<std::string> ended_by_itself() override {
    if (engine_.last_stop_reason() == told_) return std::nullopt;
    told_ = engine_.last_stop_reason();
    return told_.empty() ? std::nullopt : std::optional(told_);
  }
  void arm_crash(const CrashPoint& point) override { engine_.arm_crash(point); }
  void disarm_crashes() override { engine_.disarm_crashes(); }
  void set_disk_full(bool full) override { engine_.set_disk_full(full); }
  void kill() override { engine_.kill(); }
  Result<void> restart() override {
    waits_ = true;
    return engine_.restart();
  }
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return engine_.marks(); }
  uint64_t peak_calls_in_flight() const override { return engine_.peak_calls_in_flight(); }
  uint64_t trace_hash() const override { return 0; }

 private:
  // What a look gives; `dead` where nobody is there to be asked.
  template <class T, class Look, class... Arguments>
  T looked(T dead, Look look, const Arguments&... arguments) {
    go_on();
    return engine_.alive() ? (engine_.*look)(arguments...) : std::move(dead);
  }

  SimEngine engine_;
  Traits traits_;
  Random random_{0};
  bool waits_ = false;
  std::string told_;
};

void RestlessSim::go_on() {
  if (!engine_.alive() || waits_ || engine_.may_be_struck()) return;
  const Instant end = engine_.now() + kLongest;
  for (uint64_t left = draw_events(random_); left > 0; --left)
    if (engine_.run_one(end)) return;
}

class RestlessController final : public cloud::GuardedController {
 public:
  RestlessController(cloud::Cloud& cloud, RestlessSim& engine) : cloud_(cloud), engine_(engine) {}

 private:
  void use(const std::function<void(cloud::Cloud&)>& with) const override {
    engine_.go_on();
    with(cloud_);
  }

  cloud::Cloud& cloud_;
  RestlessSim& engine_;
};

}  // namespace

RestlessRig make_restless_rig(cloud::Cloud& cloud, engine::Options options) {
  auto engine = std::make_unique<RestlessSim>(cloud, options);
  RestlessRig rig;
  rig.controller = std::make_unique<RestlessController>(cloud, *engine);
  rig.engine = std::move(engine);
  return rig;
}

}  // namespace squall::engines
