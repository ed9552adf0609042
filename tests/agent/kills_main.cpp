// build/agent_kills: SIGKILLs squall-agent and its provider at random moments under load, and holds
// what comes out against the cloud's truth. docs/measurements.md has its figures.
//
// Exit code 0: nothing was wrong. 1: something was; it says what. 2: it could not be measured.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <memory>
#include <mutex>

#include "tests/agent/killer.h"
#include "tests/agent/load.h"
#include "tests/agent/rig.h"
#include "tests/agent/truth.h"

namespace squall::measure {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLook = std::chrono::milliseconds(1);
constexpr auto kPauseDeadline = std::chrono::seconds(120);
constexpr Duration kLatency = std::chrono::milliseconds(3);
constexpr uint32_t kPolls = 2;

// As the tester's adapter has them: an agent that is killed all the time must not wait for long.
constexpr const char* kEngineSettings =
    "max_retries = 9\nretry_delay_ms = 5\nmax_retry_delay_ms = 200\ncall_deadline_ms = 2000\n"
    "status_check_interval_ms = 10\noperation_deadline_ms = 30000\n";

struct Options {
  uint64_t kills = 1000;
  uint64_t seed = 1;
  std::string store = "sqlite";
  uint64_t checkpoint = 50;
  int clients = 6;
  std::vector<std::string> plants;
  bool quiet = false;
};

struct KillCounts {
  std::map<std::string, uint64_t> by_moment;
  uint64_t before_ready = 0;
  uint64_t calls_in_flight = 0;  // kills that cut at least one
};

class Kills {
 public:
  explicit Kills(Options options) : options_(std::move(options)), random_(options_.seed) {}

  Result<int> run();

 private:
  Result<void> live_and_die();
  Result<void> check(bool last);
  Result<void> pause();
  void on_call(CallStage stage);
  void note(Moment moment);
  void behave();
  void report(const std::vector<std::string>& wrong, const char* when);
  void summarise(Duration wall) const;

  const Options options_;
  Random random_;
  std::unique_ptr<Rig> rig_;
  std::unique_ptr<Load> load_;
  std::unique_ptr<Truth> truth_;
  std::mutex killer_mutex_;
  std::shared_ptr<Killer> killer_;
  std::atomic<int64_t> in_flight_ = 0;
  KillCounts counts_;
  uint64_t kills_ = 0;
  uint64_t violations_ = 0;
  std::string last_lives_;  // how the ones since the last checkpoint ended
};

void Kills::note(Moment moment) {
  std::shared_ptr<Killer> killer;
  {
    const std::scoped_lock lock(killer_mutex_);
    killer = killer_;
  }
  if (killer != nullptr) killer->note(moment);
}

void Kills::on_call(CallStage stage) {
  if (stage == CallStage::kArrived) {
    ++in_flight_;
    note(Moment::kCallArrives);
  } else if (stage == CallStage::kExecuted) {
    note(Moment::kCallExecuted);
  } else {
    --in_flight_;
  }
}

// One after the other synchronous and not: asynchronous creates have a crash story of their own.
void Kills::behave() {
  cloud::Behaviours behaviours;
  behaviours.latency = {.kind = cloud::LatencyModel::Kind::kUniform, .typical = kLatency};
  behaviours.status_polls = kills_ / options_.checkpoint % 2 == 0 ? 0 : kPolls;
  rig_->cloud().locked([&](cloud::Cloud& cloud) { (void)cloud.set_behaviours(behaviours); });
}

Result<void> Kills::live_and_die() {
  const Strike strike = draw_strike(random_);
  in_flight_ = 0;
  std::atomic<bool> was_ready = false;
  TRY_VOID(rig_->begin_life());
  const auto blow = [&] {
    if (in_flight_ > 0) ++counts_.calls_in_flight;
    if (!was_ready) ++counts_.before_ready;
    rig_->kill();
  };
  {
    const std::scoped_lock lock(killer_mutex_);
    killer_ = std::make_shared<Killer>(strike, blow);
  }
  note(Moment::kStarted);
  const Result<void> ready = rig_->get_ready();
  if (!ready) return ready;
  was_ready = true;
  note(Moment::kReady);
  while (!rig_->ended()) std::this_thread::sleep_for(kLook);
  std::shared_ptr<Killer> last;
  {
    const std::scoped_lock lock(killer_mutex_);
    last = std::exchange(killer_, nullptr);
  }
  // Whoever notes something may hold it for a moment; its blow has been struck.
  last.reset();
  TRY_VOID(rig_->end_life());
  ++counts_.by_moment[std::string(to_string(strike.moment))];
  ++kills_;
  last_lives_ += fmt::format("  {} {} + {} us, {}\n", to_string(strike.moment), strike.number,
                             strike.delay.count(), was_ready ? "ready" : "not ready yet");
  return {};
}

Result<void> Kills::pause() {
  const Clock::time_point end = Clock::now() + kPauseDeadline;
  load_->ask_to_pause();
  while (!load_->paused()) {
    if (rig_->ended()) return rig_->end_life();
    if (Clock::now() > end) return fail("requests are not answered, although the agent lives");
    std::this_thread::sleep_for(kLook);
  }
  return {};
}

Result<void> Kills::check(bool last) {
  TRY_VOID(rig_->begin_life());
  TRY_VOID(rig_->get_ready());
  TRY_VOID(pause());
  TRY(const std::vector<std::string> wrong, truth_->judge(load_->take_acknowledged()));
  report(wrong, "at a checkpoint");
  if (last) {
    TRY(const std::vector<std::string> left, truth_->judge_end());
    report(left, "in the end");
    report(load_->contradictions(), "meanwhile");
  }
  rig_->kill();
  while (!rig_->ended()) std::this_thread::sleep_for(kLook);
  TRY_VOID(rig_->end_life());
  last_lives_.clear();
  if (!options_.quiet) fmt::print("{} kills, {} wrong\n", kills_, violations_);
  std::fflush(stdout);
  if (!last) {
    behave();
    load_->resume();
  }
  return {};
}

void Kills::report(const std::vector<std::string>& wrong, const char* when) {
  for (const std::string& one : wrong)
    fmt::print("WRONG {} after {} kills: {}\n", when, kills_, one);
  if (!wrong.empty()) fmt::print("the lives since the last checkpoint ended at\n{}", last_lives_);
  violations_ += wrong.size();
}

template <class Map>
std::string listed(const Map& counts) {
  std::string out;
  for (const auto& [what, count] : counts) {
    if constexpr (std::is_same_v<std::decay_t<decltype(what)>, std::string>) {
      out += fmt::format("{} {}, ", what, count);
    } else {
      out += fmt::format("{} {}, ", to_string(what), count);
    }
  }
  return out.substr(0, out.size() - std::min<size_t>(out.size(), 2));
}

void Kills::summarise(Duration wall) const {
  const LoadCounts load = load_->counts();
  const TruthCounts& truth = truth_->counts();
  fmt::print("{} kills in {:.1f} s, store {}, seed {}: {} wrong\n", kills_,
             static_cast<double>(wall.count()) / 1e6, options_.store, options_.seed, violations_);
  fmt::print("kills after: {}; before it was ready: {}; with calls in flight: {}\n",
             listed(counts_.by_moment), counts_.before_ready, counts_.calls_in_flight);
  fmt::print("requests: {} accepted ({} by sending again), {} with nothing to do, refused: {}\n",
             load.accepted, load.accepted_again, load.nothing_to_do, listed(load.rejections));
  fmt::print("answers lost: {}; keys sent again after their answer: {}\n", load.lost_answers,
             load.repeats + truth.keys_repeated);
  fmt::print("commands: {}: {}; updates: {}\n", truth.commands, listed(truth.ends),
             listed(truth.updates));
  if (!truth.a_failure.empty()) fmt::print("one that failed: {}\n", truth.a_failure);
  fmt::print("rows compared: {}, values that commands had promised: {}, settled by a sync: {}\n",
             truth.rows, truth.values, truth.unsettled);
}

Result<int> Kills::run() {
  const Clock::time_point begun = Clock::now();
  TRY(rig_, Rig::open({.store = options_.store,
                       .plants = options_.plants,
                       .engine_settings = kEngineSettings,
                       .on_call = [this](CallStage stage) { on_call(stage); }}));
  Load::Options load;
  load.seed = options_.seed;
  load.clients = options_.clients;
  load.on_request = [this] { note(Moment::kRequest); };
  load_ = std::make_unique<Load>(*rig_, load);
  truth_ = std::make_unique<Truth>(*rig_, options_.seed);
  behave();
  load_->resume();
  Result<void> going;
  while (going && kills_ < options_.kills) {
    going = live_and_die();
    const bool last = kills_ == options_.kills;
    if (going && (last || kills_ % options_.checkpoint == 0)) going = check(last);
  }
  if (!going) {
    fmt::print(stderr, "agent_kills: after {} kills: {}\n", kills_, going.error().message);
    std::fflush(stdout);
    // Clients may still wait for an answer that never comes.
    std::_Exit(2);
  }
  summarise(std::chrono::duration_cast<Duration>(Clock::now() - begun));
  load_.reset();
  return violations_ == 0 ? 0 : 1;
}

int main_of(int argc, char** argv) {
  CLI::App app("Kills squall-agent at random moments under load, and checks what comes out.");
  Options options;
  app.add_option("--kills", options.kills, "How often")->capture_default_str();
  app.add_option("--seed", options.seed, "Of the load and of the moments")->capture_default_str();
  app.add_option("--store", options.store, "sqlite or postgresql")->capture_default_str();
  app.add_option("--checkpoint", options.checkpoint, "Look after so many kills")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--clients", options.clients, "At a time")->capture_default_str();
  app.add_option("--plant", options.plants,
                 "A deliberate bug of squall-agent-planted that this should find; repeatable");
  app.add_flag("--quiet", options.quiet, "Print the end only");
  CLI11_PARSE(app, argc, argv);
  Kills kills(options);
  const Result<int> ended = kills.run();
  if (ended) return *ended;
  fmt::print(stderr, "agent_kills: {}\n", ended.error().message);
  return 2;
}

}  // namespace
}  // namespace squall::measure

int main(int argc, char** argv) { return squall::measure::main_of(argc, argv); }
