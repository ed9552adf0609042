#include "engines/agent/agent_engine.h"

#include <fmt/format.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGSTOP

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/contains.h"
#include "engines/agent/agent_host.h"
#include "engines/agent/agent_process.h"
#include "engines/agent/marks.h"
#include "engines/agent/start_log.h"
#include "engines/agent/strikes.h"
#include "provider/cloud_server/cloud_server.h"
#include "provider/locked_controller.h"
#include "provider/shared_cloud.h"

namespace squall::engines {

namespace {

using Clock = std::chrono::steady_clock;

// What the daemon is told, so that a case takes no longer than it must.
constexpr int kMaxRetries = 2;
constexpr Duration kRetryDelay = std::chrono::milliseconds(5);
constexpr Duration kMaxRetryDelay = std::chrono::milliseconds(200);
constexpr Duration kStatusInterval = std::chrono::milliseconds(10);
constexpr Duration kProviderPause = std::chrono::milliseconds(10);

constexpr Duration kStartDeadline = std::chrono::seconds(30);
constexpr Duration kRequestTimeout = std::chrono::seconds(30);
constexpr Duration kSettleDeadline = std::chrono::seconds(60);
constexpr Duration kEndTakes = std::chrono::seconds(2);
constexpr Duration kShortestLook = std::chrono::milliseconds(1);
constexpr Duration kLongestLook = std::chrono::milliseconds(32);

// So many deadlines of a call are that of an operation with all its attempts.
constexpr int kCallsInOperation = 6;

int64_t ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

// A request on its way, in a thread of its own.
struct Request {
  std::mutex mutex;
  Poll poll = Pending{};
  bool seen = false;    // the suite knows the answer
  std::jthread thread;  // the last member: it uses the others
};

class AgentEngine final : public EngineUnderTest {
 public:
  AgentEngine(std::shared_ptr<AgentHost> host, cloud::Cloud& cloud);
  ~AgentEngine() override;
  Result<void> open();
  SharedCloud& shared_cloud() { return *cloud_; }

  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& setup) override;
  void end_case() override;
  Ticket start(const CommandRequest& request) override;
  Poll poll(Ticket ticket) override;
  std::optional<CommandView> status(const std::string& command_id) override;
  std::optional<CommandState> state_of(const std::string& command_id) override;
  std::vector<CommandView> commands() override;
  std::vector<CommandView> commands_at_start() override;
  std::vector<std::string> user_commands() override;
  std::vector<InventoryRow> inventory() override;
  std::vector<std::string> stacks() override;
  std::vector<std::string> leaks(const std::vector<std::string>& secrets) override;
  Waited run_until(const std::function<bool()>& condition, Duration deadline) override;
  Instant now() const override { return cloud_->now(); }
  void pass_time(Duration how_long) override { std::this_thread::sleep_for(how_long); }
  bool alive() const override { return process_ != nullptr; }
  void arm_crash(const CrashPoint& point) override { strikes_.arm(point); }
  void disarm_crashes() override { strikes_.disarm(); }
  void set_disk_full(bool /*full*/) override {}
  std::optional<std::string> ended_by_itself() override;
  void kill() override;
  Result<void> restart() override;
  std::vector<std::pair<std::string, uint64_t>> marks() const override;
  uint64_t runs() const override { return lives_; }
  uint64_t peak_calls_in_flight() const override { return peak_; }
  uint64_t trace_hash() const override { return 0; }
  std::string_view undecided() const override { return undecided_; }

 private:
  Result<void> make_database();
  Result<void> begin_life();
  Result<void> write_settings(const std::string& socket) const;
  void end_life();
  void kill_process();
  // Looks whether it has ended; if so, ends its life. Is it gone?
  bool gone();
  bool is_idle();
  uint64_t end_of_log();
  bool on_call(CallStage stage, const ProviderRequest& request);
  bool is_in_step();
  bool has_lost_calls();
  CallCounts calls_of_this_life();
  void remove_directory();
  // Asks the daemon. nullopt: it died meanwhile; anything else it does wrong is kept as trouble.
  template <class T>
  std::optional<T> ask(Result<T> answer);

  const std::shared_ptr<AgentHost> host_;
  const std::unique_ptr<SharedCloud> cloud_;
  std::unique_ptr<CloudServer> server_;
  Strikes strikes_;
  Traits traits_;
  EngineSetup setup_;
  std::string directory_;
  std::string database_;  // where the store is PostgreSQL
  std::string socket_folder_;
  uint64_t lives_ = 0;     // since reset(): the number that calls carry
  std::mutex kill_mutex_;  // process_ changes under it, and whoever kills holds it
  std::unique_ptr<AgentProcess> process_;
  std::deque<std::unique_ptr<Request>> requests_;  // by ticket
  std::optional<std::string> trouble_;
  std::string_view undecided_;
  std::string earlier_logs_;
  std::atomic<uint64_t> in_flight_ = 0;
  std::atomic<uint64_t> peak_ = 0;
};

AgentEngine::AgentEngine(std::shared_ptr<AgentHost> host, cloud::Cloud& cloud)
    : host_(std::move(host)),
      cloud_(std::make_unique<SharedCloud>(cloud)),
      strikes_({.kill_engine = [this] { kill_process(); },
                .kill_provider =
                    [this] {
                      process_->signal_provider(SIGKILL);
                      server_->forget_callers(lives_);
                    },
                .stop_provider = [this] { process_->signal_provider(SIGSTOP); },
                .wake_provider = [this] { process_->signal_provider(SIGCONT); },
                .is_in_step = [this] { return is_in_step(); },
                .lose_track = [this] { undecided_ = "undecided-provider-blow"; }},
               host_->impl().call_deadline * 5 / 6) {
  traits_.engine = "agent";
  traits_.crash_moments = {CrashMoment::kBeforeCallApplied, CrashMoment::kAfterCallApplied,
                           CrashMoment::kAfterAnswer,       CrashMoment::kDuringRecovery,
                           CrashMoment::kProviderDies,      CrashMoment::kProviderLosesCall,
                           CrashMoment::kProviderHangs,     CrashMoment::kProviderStartsSlowly};
  traits_.disk_full = false;
  traits_.required_marks = {"three-calls-in-flight"};
  traits_.required_under_faults = {
      "cascade-delete",
      "conflict-read-decided",
      "crash-after-answer",
      "crash-after-call-applied",
      "crash-before-call-applied",
      "crash-during-recovery",
      "create-retried-same-token",
      "dependent-waits-for-commit",
      "drift-rejected",
      "followed-by-interpreter",
      "left-unsettled",
      "malformed-answer-heard",
      "overlapping-commands",
      "poll-resumed-after-crash",
      "polled-to-completion",
      "provider-dies",
      "provider-hangs",
      "provider-loses-call",
      "provider-starts-slowly",
      "reconcile-rejected-undeclared",
      "recovery-resumed-intent",
      "replace-carried-out",
      "settled-after-lost-reply",
      "stale-read-retried",
      "write-only-sent",
  };
  traits_.max_attempts = kMaxRetries + 1;
  traits_.retry_delay = kRetryDelay;
  traits_.max_retry_delay = kMaxRetryDelay;
  traits_.settle_deadline = kSettleDeadline;
}

AgentEngine::~AgentEngine() {
  strikes_.reset();
  end_life();
  requests_.clear();
  server_.reset();
  remove_directory();
}

Result<void> AgentEngine::open() {
  AgentHost::Impl& host = host_->impl();
  TRY(socket_folder_, host.area->make_directory(fmt::format("s{}", host.directories++)));
  TRY(server_, CloudServer::start(
                   *cloud_, {.folder = socket_folder_,
                             .on_call =
                                 [this](CallStage stage, const ProviderRequest& request) {
                                   return on_call(stage, request);
                                 },
                             .on_start = [this](uint64_t life) { strikes_.on_start(life); }}));
  return {};
}

bool AgentEngine::on_call(CallStage stage, const ProviderRequest& request) {
  if (stage == CallStage::kArrived) {
    const uint64_t now_in_flight = ++in_flight_;
    uint64_t seen = peak_;
    while (now_in_flight > seen && !peak_.compare_exchange_weak(seen, now_in_flight)) {
    }
  } else if (stage == CallStage::kAnswered) {
    --in_flight_;
  }
  return strikes_.on_call(stage, request);
}

// ---- lives

Result<void> AgentEngine::reset(const EngineSetup& setup) {
  end_case();
  requests_.clear();
  remove_directory();
  AgentHost::Impl& host = host_->impl();
  TRY(directory_, host.area->make_directory(fmt::format("a{}", host.directories++)));
  TRY_VOID(make_database());
  setup_ = setup;
  lives_ = 0;
  peak_ = 0;
  trouble_.reset();
  undecided_ = {};
  earlier_logs_.clear();
  TRY_VOID(begin_life());
  if (!alive()) return fail("start the agent on an empty store: it ended at once");
  return {};
}

// Messages under way belong to the world of this case: they come to their end before it does.
void AgentEngine::end_case() {
  strikes_.reset();
  end_life();
  cloud_->wait_until_idle(kSettleDeadline);
}

Result<void> AgentEngine::make_database() {
  AgentHost::Impl& host = host_->impl();
  if (host.postgres == nullptr) return {};
  const std::scoped_lock lock(host.postgres_mutex);
  TRY(database_, host.postgres->create_database());
  return {};
}

Result<void> AgentEngine::write_settings(const std::string& socket) const {
  const AgentHost::Impl& host = host_->impl();
  const std::string store = host.postgres == nullptr ? "sqlite" : host.postgres->where(database_);
  std::string command = fmt::format(
      R"("{}", "provider", "--protocol", "squall", "--cloud-socket", "{}")", host.provider, socket);
  if (setup_.rate_per_second > 0)
    command += fmt::format(R"(, "--rate", "{}")", setup_.rate_per_second);
  return processes::write_text(
      directory_ + "/agent.toml",
      fmt::format("data = \"{}/data\"\nstore = \"{}\"\nsync_interval_ms = 0\n"
                  "[server]\nlisten = \"127.0.0.1:0\"\n"
                  "[provider]\ncommand = [{}]\nfirst_pause_ms = {}\n"
                  "[engine]\nmax_retries = {}\nretry_delay_ms = {}\nmax_retry_delay_ms = {}\n"
                  "call_deadline_ms = {}\nstatus_check_interval_ms = {}\n"
                  "operation_deadline_ms = {}\n",
                  directory_, store, command, ms(kProviderPause), kMaxRetries, ms(kRetryDelay),
                  ms(kMaxRetryDelay), ms(host.call_deadline), ms(kStatusInterval),
                  ms(host.call_deadline * kCallsInOperation)));
}

// What is armed for its recovery may strike before it answers anybody.
Result<void> AgentEngine::begin_life() {
  SQUALL_CHECK(!alive());
  const uint64_t life = ++lives_;
  in_flight_ = 0;
  TRY(const std::string socket, server_->listen_for_providers(life));
  TRY_VOID(write_settings(socket));
  strikes_.begin_life(life);
  AgentHost::Impl& host = host_->impl();
  TRY(std::unique_ptr<AgentProcess> started,
      AgentProcess::start(*host.guardian, {.binary = host.binary,
                                           .plants = host.options.plants,
                                           .directory = directory_,
                                           .start_deadline = kStartDeadline,
                                           .request_timeout = kRequestTimeout}));
  {
    const std::scoped_lock lock(kill_mutex_);
    process_ = std::move(started);
  }
  strikes_.open();
  const Result<void> ready = process_->get_ready();
  strikes_.close();
  if (!ready) {
    end_life();
    return ready;
  }
  gone();
  return {};
}

void AgentEngine::kill_process() {
  const std::scoped_lock lock(kill_mutex_);
  if (process_ != nullptr) process_->kill();
}

// Every call that was made is one that has arrived: a message that is lost takes that from them for
// good.
bool AgentEngine::is_in_step() {
  const Result<std::string> metrics = process_->api().metrics();
  if (!metrics) return false;
  const CallCounts of_agent = calls_in(*metrics);
  const CallCounts of_cloud = calls_of_this_life();
  return of_agent.made + calls_in_flight_in(*metrics) == of_cloud.made &&
         of_agent.heard == of_cloud.heard;
}

// Has a call ended, for the engine, that never arrived? One does that waits in vain for a provider,
// or on the way on a machine that has too much to do.
bool AgentEngine::has_lost_calls() {
  const Result<std::string> metrics = process_->api().metrics();
  return metrics && calls_in(*metrics).made > calls_of_this_life().made;
}

// The calls of this life, as the cloud has them.
CallCounts AgentEngine::calls_of_this_life() {
  CallCounts out;
  cloud_->locked([&](cloud::Cloud& cloud) {
    std::set<cloud::CallId> heard;
    for (const cloud::LogRecord& record : cloud.records()) {
      if (record.request == nullptr || record.request->connection != lives_) continue;
      if (record.phase == cloud::LogPhase::kArrived) ++out.made;
      if (record.phase == cloud::LogPhase::kUndelivered) heard.erase(record.call);
      if (record.phase != cloud::LogPhase::kAnswered) continue;
      const bool failed = record.reply->status == ReplyStatus::kFailure;
      if (!failed || !may_be_silence(to_string(record.reply->error))) heard.insert(record.call);
    }
    out.heard = heard.size();
  });
  return out;
}

// Requests first: their connections break with the process, and then their threads end.
void AgentEngine::end_life() {
  if (!alive()) return;
  kill_process();
  strikes_.end_life();
  server_->drop_providers(lives_);
  // An answer that nobody has looked at yet is lost with the engine that gave it.
  for (const auto& request : requests_) {
    if (request->thread.joinable()) request->thread.join();
    if (!request->seen) request->poll = ReplyLost{};
  }
  const std::scoped_lock lock(kill_mutex_);
  earlier_logs_ += process_->log();
  process_.reset();
}

bool AgentEngine::gone() {
  if (!alive()) return true;
  // Asked again once it has ended: a strike may come in between.
  if (!process_->was_killed() && !process_->ended()) return false;
  if (!process_->was_killed() && !trouble_) trouble_ = process_->how_it_ended();
  end_life();
  return true;
}

void AgentEngine::kill() {
  if (alive()) end_life();
}

Result<void> AgentEngine::restart() { return begin_life(); }

std::optional<std::string> AgentEngine::ended_by_itself() {
  return std::exchange(trouble_, std::nullopt);
}

void AgentEngine::remove_directory() {
  if (!database_.empty()) {
    const std::scoped_lock lock(host_->impl().postgres_mutex);
    (void)host_->impl().postgres->drop_database(database_);
    database_.clear();
  }
  if (directory_.empty()) return;
  (void)host_->impl().area->remove_directory(directory_);
  directory_.clear();
}

// ---- requests

Ticket AgentEngine::start(const CommandRequest& request) {
  requests_.push_back(std::make_unique<Request>());
  Request& made = *requests_.back();
  const Ticket ticket = requests_.size();
  if (!alive()) {
    made.poll = ReplyLost{};
    return ticket;
  }
  made.thread = std::jthread([&made, request, client = process_->connect()] {
    Result<CommandReply> reply = client->submit(request);
    const std::scoped_lock lock(made.mutex);
    if (reply) {
      made.poll = *std::move(reply);
    } else {
      made.poll = ReplyLost{};
    }
  });
  return ticket;
}

Poll AgentEngine::poll(Ticket ticket) {
  SQUALL_CHECK(ticket > 0 && ticket <= requests_.size());
  Request& request = *requests_[ticket - 1];
  const std::scoped_lock lock(request.mutex);
  request.seen = request.seen || !std::holds_alternative<Pending>(request.poll);
  return request.poll;
}

template <class T>
std::optional<T> AgentEngine::ask(Result<T> answer) {
  if (answer) return *std::move(answer);
  // Whoever ends closes its connections a little before it has ended.
  const Clock::time_point end = Clock::now() + kEndTakes;
  while (!process_->was_killed() && !process_->ended() && Clock::now() < end)
    std::this_thread::sleep_for(kLongestLook);
  if (process_->was_killed() || process_->ended()) return std::nullopt;
  // One that lives and makes no sense is no better than one that crashes.
  if (!trouble_) trouble_ = answer.error().message;
  kill_process();
  return std::nullopt;
}

// A failure is judged by the calls that the cloud has seen.
std::optional<CommandView> AgentEngine::status(const std::string& command_id) {
  std::optional<CommandView> out = ask(process_->api().status(command_id)).value_or(std::nullopt);
  const bool has_failed =
      out && std::ranges::any_of(out->updates, [](const ResourceUpdateView& update) {
        return update.state == UpdateState::kFailed || update.state == UpdateState::kRejected;
      });
  if (has_failed && undecided_.empty() && has_lost_calls()) undecided_ = "undecided-lost-call";
  return out;
}

std::vector<CommandView> AgentEngine::commands() {
  return ask(process_->api().commands()).value_or(std::vector<CommandView>());
}

std::optional<CommandState> AgentEngine::state_of(const std::string& command_id) {
  const auto outline = ask(process_->api().outline(command_id)).value_or(std::nullopt);
  if (!outline) return std::nullopt;
  return outline->command.state;
}

std::vector<CommandView> AgentEngine::commands_at_start() {
  return as_found(commands(), process_->log());
}

std::vector<std::string> AgentEngine::user_commands() {
  std::vector<std::string> out;
  for (CommandOutline& outline :
       ask(process_->api().outlines()).value_or(std::vector<CommandOutline>()))
    if (outline.command.source == Source::kUser) out.push_back(std::move(outline.command.id));
  return out;
}

std::vector<InventoryRow> AgentEngine::inventory() {
  return ask(process_->api().inventory()).value_or(std::vector<InventoryRow>());
}

std::vector<std::string> AgentEngine::stacks() {
  return ask(process_->api().stacks()).value_or(std::vector<std::string>());
}

// ---- time

uint64_t AgentEngine::end_of_log() {
  uint64_t end = 0;
  cloud_->locked([&end](cloud::Cloud& cloud) { end = cloud.log_end(); });
  return end;
}

// Nothing is under way that could change anything: no request, no command, no message.
bool AgentEngine::is_idle() {
  for (const auto& request : requests_) {
    const std::scoped_lock lock(request->mutex);
    if (std::holds_alternative<Pending>(request->poll)) return false;
  }
  if (cloud_->pending() > 0) return false;
  const auto all = ask(process_->api().outlines());
  return all && std::ranges::all_of(*all, [](const CommandOutline& outline) {
           return is_terminal(outline.command.state);
         });
}

Waited AgentEngine::run_until(const std::function<bool()>& condition, Duration deadline) {
  const Clock::time_point end = Clock::now() + deadline;
  Duration pause = kShortestLook;
  uint64_t log_end = UINT64_MAX;
  strikes_.release();
  for (;;) {
    if (gone()) return Waited::kEngineDied;
    // Nothing strikes while the suite looks: whoever lives here lives when this returns.
    if (condition()) return Waited::kConditionMet;
    // Asking for all of its commands is dear, and in vain while the cloud is busy.
    const bool quiet = std::exchange(log_end, end_of_log()) == log_end;
    if (quiet && is_idle()) return Waited::kIdle;
    if (Clock::now() >= end) return Waited::kDeadline;
    strikes_.open();
    std::this_thread::sleep_for(pause);
    strikes_.pass();
    // Meanwhile no answer leaves, and there is nothing new to look at.
    while (strikes_.is_busy() && !process_->was_killed() && !process_->ended()) {
      std::this_thread::sleep_for(kShortestLook);
      strikes_.pass();
    }
    strikes_.close();
    pause = std::min(pause * 2, kLongestLook);
  }
}

// ---- what there is to see

std::vector<std::string> AgentEngine::leaks(const std::vector<std::string>& secrets) {
  std::vector<std::string> out;
  if (secrets.empty()) return out;
  const auto look_into = [&](const std::string& text, const std::string& place) {
    if (contains_any(text, secrets)) out.push_back(place);
  };
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_, error)) {
    if (!entry.is_regular_file(error)) continue;
    const Result<std::string> text = processes::read_text(entry.path().string());
    if (text) look_into(*text, "the file " + entry.path().filename().string());
  }
  look_into(earlier_logs_ + (alive() ? process_->log() : ""), "the log");
  return out;
}

std::vector<std::pair<std::string, uint64_t>> AgentEngine::marks() const {
  std::vector<std::pair<std::string, uint64_t>> out;
  for (const auto& [moment, count] : strikes_.struck())
    out.emplace_back((befalls_provider(moment) ? "" : "crash-") + std::string(to_string(moment)),
                     count);
  if (peak_ >= 3) out.emplace_back("three-calls-in-flight", 1);
  if (!alive()) return out;
  // Of the life that goes on: one that was killed has not told of its own.
  if (const Result<std::string> metrics = process_->api().metrics()) {
    const std::map<std::string, uint64_t> of_engine = marks_in(*metrics);
    out.insert(out.end(), of_engine.begin(), of_engine.end());
  }
  return out;
}

}  // namespace

Result<AgentRig> make_agent_rig(std::shared_ptr<AgentHost> host, cloud::Cloud& cloud) {
  auto engine = std::make_unique<AgentEngine>(std::move(host), cloud);
  TRY_VOID(engine->open());
  AgentRig rig;
  rig.controller = make_locked_controller(engine->shared_cloud());
  rig.engine = std::move(engine);
  return rig;
}

}  // namespace squall::engines
