#include "engines/sim/sim_engine.h"

#include <algorithm>
#include <utility>

#include "base/contains.h"
#include "engine/records.h"
#include "engines/sim/watch.h"
#include "simulation/link.h"
#include "simulation/simulated_env.h"
#include "simulation/store.h"
#include "simulation/vault.h"

namespace squall::engines {

using simulation::SimulatedEnv;

namespace {

// From the death of a provider to the first call that the next one takes.
constexpr Duration kProviderStart = std::chrono::milliseconds(60);

simulation::EventKind kind_of(ScheduledEvent event) {
  switch (event) {
    case ScheduledEvent::kRequestArrives:
      return simulation::EventKind::kRequestArrives;
    case ScheduledEvent::kAnswerArrives:
      return simulation::EventKind::kAnswerArrives;
    case ScheduledEvent::kDurable:
      return simulation::EventKind::kDurable;
    case ScheduledEvent::kWake:
      break;
  }
  return simulation::EventKind::kWake;
}

std::vector<simulation::Deviation> deviations_of(const std::vector<Deviation>& schedule) {
  std::vector<simulation::Deviation> out;
  out.reserve(schedule.size());
  for (const Deviation& each : schedule)
    out.push_back({.entity = simulation::entity(kind_of(each.event), each.label),
                   .ordinal = each.nth,
                   .extra_delay = each.delay,
                   .last_of_ties = each.last_of_ties});
  return out;
}

// Every text in what the store keeps of a record.
std::string texts_of(const engine::Record& record) {
  std::string out;
  const auto add = [&out](const Document& document) { out += canonical(*document) + '\n'; };
  if (const auto* row = std::get_if<engine::ResourceRow>(&record.value)) {
    for (const auto* document :
         {&row->declared, &row->values, &row->echo, &row->actual, &row->read_only})
      add(*document);
    if (!row->unsettled) return out;
    add(row->unsettled->wanted);
    add(row->unsettled->declared);
    add(row->unsettled->values);
  } else if (const auto* update = std::get_if<engine::StoredUpdate>(&record.value)) {
    out += update->error + '\n';
    add(update->plan->desired);
    if (!update->intent) return out;
    add(update->intent->wanted);
    add(update->intent->resolved);
    add(update->intent->declared);
  }
  return out;
}

}  // namespace

engine::Options sim_defaults() {
  engine::Options options;
  options.max_retries = 2;
  options.retry_delay = std::chrono::milliseconds(5);
  options.call_deadline = std::chrono::seconds(2);
  options.status_check_interval = std::chrono::milliseconds(10);
  // Time enough for every retry; a request that is stuck is polled all that time.
  options.operation_deadline = std::chrono::minutes(1);
  return options;
}

struct SimEngine::Impl {
  Impl(cloud::Cloud& the_cloud, engine::Options the_options);
  ~Impl();

  bool alive() const { return env != nullptr; }
  // Runs one event, and what follows from it: the engine may be dead afterwards. False: nothing is
  // due any more.
  bool step();
  void pass_time_to(Instant time);
  Result<void> boot();
  void die();
  void take_down();
  void strike_provider(CrashMoment blow);
  bool is_recovering() const;
  engine::Engine& living();

  static Task<void> recover(Impl* self);
  static Task<void> submit(Impl* self, Ticket ticket, CommandRequest request);

  cloud::Cloud& cloud;
  engine::Options options;
  Traits traits;

  // What outlives the engine's process.
  simulation::Executor executor;
  Watch watch{executor};
  simulation::Store store{executor, watch};
  simulation::Link link{executor, cloud, watch};
  simulation::Vault vault;
  engine::ProviderAnnouncement announcement;
  uint64_t seed = 0;
  uint64_t log_start = 0;  // the cloud's log up to here is not of this run
  std::vector<Poll> tickets;
  std::string stop_reason;

  // The process: both null when it is dead.
  std::unique_ptr<SimulatedEnv> env;
  std::unique_ptr<engine::Engine> engine;
  std::string recovery_error;
  std::vector<std::string> resumed;  // commands that were not terminal when the store was loaded
};

SimEngine::Impl::Impl(cloud::Cloud& the_cloud, engine::Options the_options)
    : cloud(the_cloud), options(the_options) {
  traits.engine = "sim";
  traits.deterministic = true;
  traits.schedule = true;
  traits.max_attempts = options.max_retries + 1;
  traits.retry_delay = options.retry_delay;
  traits.max_retry_delay = options.max_retry_delay;
  for (const CrashMoment moment : {CrashMoment::kProviderDies, CrashMoment::kProviderLosesCall,
                                   CrashMoment::kProviderHangs, CrashMoment::kProviderStartsSlowly})
    traits.crash_moments.push_back(moment);
}

SimEngine::Impl::~Impl() { take_down(); }

bool SimEngine::Impl::step() {
  if (!executor.step()) return false;
  cloud.set_time(executor.now());
  if (const auto blow = watch.take_provider_blow()) strike_provider(*blow);
  if (watch.strikes_when_idle() && !executor.has_ready()) executor.doom();
  if (executor.doomed()) die();
  return true;
}

void SimEngine::Impl::strike_provider(CrashMoment blow) {
  if (blow == CrashMoment::kProviderHangs) return link.provider_hangs(kProviderHang);
  const bool slowly = blow == CrashMoment::kProviderStartsSlowly;
  link.provider_dies(slowly ? kProviderSlowStart : kProviderStart);
}

void SimEngine::Impl::pass_time_to(Instant time) {
  executor.advance_to(time);
  cloud.set_time(time);
}

engine::Engine& SimEngine::Impl::living() {
  SQUALL_CHECK(engine != nullptr && engine->ready());
  return *engine;
}

Task<void> SimEngine::Impl::recover(Impl* self) {
  Task<Result<void>> recovery = self->engine->recover();
  const Result<void> recovered = co_await std::move(recovery);
  if (recovered) co_return;
  self->recovery_error = recovered.error().message;
  self->env->stop(self->recovery_error);
}

Task<void> SimEngine::Impl::submit(Impl* self, Ticket ticket, CommandRequest request) {
  Task<CommandReply> submission = self->engine->submit(std::move(request));
  CommandReply reply = co_await std::move(submission);
  self->tickets.at(ticket - 1) = std::move(reply);
}

Result<void> SimEngine::Impl::boot() {
  SQUALL_CHECK(!alive());
  recovery_error.clear();
  resumed.clear();
  env = std::make_unique<SimulatedEnv>(SimulatedEnv::World{.executor = executor,
                                                           .store = store,
                                                           .link = link,
                                                           .vault = vault,
                                                           .observer = watch,
                                                           .provider = announcement,
                                                           .seed = seed});
  engine = std::make_unique<engine::Engine>(*env, options);
  env->spawn(recover(this));
  while (alive() && !engine->ready())
    if (!step()) return fail("start the engine: it waits for what will never come");
  if (!recovery_error.empty()) return fail("start the engine on its store: " + recovery_error);
  if (!alive()) return {};
  if (executor.incarnation() == 1) return {};
  for (const CommandOutline& outline : engine->outlines())
    if (!is_terminal(outline.command.state)) resumed.push_back(outline.command.id);
  return {};
}

bool SimEngine::Impl::is_recovering() const {
  if (executor.incarnation() == 1) return false;
  if (!engine->ready()) return true;
  return std::ranges::any_of(resumed, [this](const std::string& id) {
    const std::optional<CommandState> state = engine->state_of(id);
    return state && !is_terminal(*state);
  });
}

void SimEngine::Impl::die() {
  watch.died({.call_applied_unanswered = link.applied_and_unanswered() > 0,
              .inside_commit = store.commits_under_way() > 0,
              .during_recovery = is_recovering()});
  if (!env->stop_reason().empty()) stop_reason = env->stop_reason();
  take_down();
  for (Poll& each : tickets)
    if (std::holds_alternative<Pending>(each)) each = ReplyLost{};
}

// Coroutines first: their frames refer to the engine, and the engine to its Env.
void SimEngine::Impl::take_down() {
  if (!alive()) return;
  env->end();
  engine.reset();
  env.reset();
}

SimEngine::SimEngine(cloud::Cloud& cloud, engine::Options options)
    : impl_(std::make_unique<Impl>(cloud, options)) {}

SimEngine::~SimEngine() = default;

const Traits& SimEngine::traits() const { return impl_->traits; }

Result<void> SimEngine::reset(const EngineSetup& setup) {
  Impl& self = *impl_;
  self.take_down();
  self.executor.reset();
  self.store.reset();
  self.link.reset();
  self.vault.reset();
  self.watch.reset();
  self.tickets.clear();
  self.stop_reason.clear();
  self.executor.set_deviations(deviations_of(setup.schedule));
  self.announcement.rate_per_second = setup.rate_per_second;
  self.announcement.versions = setup.versions;
  self.announcement.consistency_window = setup.consistency_window;
  // Most cases of a run share one catalogue.
  if (self.announcement.schemas != setup.schemas) self.announcement.schemas = setup.schemas;
  self.seed = setup.seed;
  self.log_start = self.cloud.log_end();
  self.cloud.set_time(self.executor.now());
  TRY_VOID(self.boot());
  if (!alive()) return fail("start the engine on an empty store: it stopped: " + self.stop_reason);
  return {};
}

Ticket SimEngine::start(const CommandRequest& request) {
  Impl& self = *impl_;
  self.tickets.emplace_back(Pending{});
  const Ticket ticket = self.tickets.size();
  if (!alive()) {
    self.tickets.back() = ReplyLost{};
    return ticket;
  }
  self.env->spawn(Impl::submit(&self, ticket, request));
  return ticket;
}

Poll SimEngine::poll(Ticket ticket) {
  SQUALL_CHECK(ticket > 0 && ticket <= impl_->tickets.size());
  return impl_->tickets[ticket - 1];
}

std::optional<CommandState> SimEngine::state_of(const std::string& command_id) {
  return impl_->living().state_of(command_id);
}

std::optional<CommandView> SimEngine::status(const std::string& command_id) {
  return impl_->living().status(command_id);
}
std::vector<CommandView> SimEngine::commands() { return impl_->living().commands(); }
std::vector<std::string> SimEngine::user_commands() { return impl_->living().user_commands(); }
std::vector<InventoryRow> SimEngine::inventory() { return impl_->living().inventory(); }
std::vector<std::string> SimEngine::stacks() { return impl_->living().stacks(); }

std::vector<std::string> SimEngine::leaks(const std::vector<std::string>& secrets) {
  std::vector<std::string> out;
  if (secrets.empty()) return out;
  for (const auto& [key, record] : impl_->store.records()) {
    if (contains_any(texts_of(*record), secrets))
      out.push_back("the record " + key + " of the store");
  }
  return out;
}

Waited SimEngine::run_until(const std::function<bool()>& condition, Duration deadline) {
  SQUALL_CHECK(deadline >= Duration(0));
  const Instant end = now() + std::min(deadline, Instant::max() - now());
  // What the engine says changes when its coroutines run, not while a message is on its way.
  bool may_have_changed = true;
  for (;;) {
    if (alive() && may_have_changed && condition()) return Waited::kConditionMet;
    may_have_changed = impl_->executor.has_ready();
    if (const std::optional<Waited> ended = run_one(end)) return *ended;
  }
}

std::optional<Waited> SimEngine::run_one(Instant end) {
  Impl& self = *impl_;
  if (!alive()) return Waited::kEngineDied;
  const std::optional<Instant> next = self.executor.next_time();
  if (!next) return Waited::kIdle;
  if (*next > end) {
    self.pass_time_to(end);
    return Waited::kDeadline;
  }
  self.step();
  return std::nullopt;
}

void SimEngine::pass_time(Duration how_long) { impl_->pass_time_to(now() + how_long); }

Instant SimEngine::now() const { return impl_->executor.now(); }

bool SimEngine::alive() const { return impl_->alive(); }

void SimEngine::arm_crash(const CrashPoint& point) { impl_->watch.arm(point); }

void SimEngine::disarm_crashes() { impl_->watch.disarm(); }

bool SimEngine::may_be_struck() const {
  return impl_->watch.armed() || impl_->watch.strikes_when_idle();
}

void SimEngine::set_disk_full(bool full) { impl_->store.set_disk_full(full); }

void SimEngine::kill() {
  if (alive()) impl_->die();
}

Result<void> SimEngine::restart() {
  SQUALL_CHECK(!alive());
  return impl_->boot();
}

std::vector<std::pair<std::string, uint64_t>> SimEngine::marks() const {
  return impl_->watch.marks();
}

uint64_t SimEngine::peak_calls_in_flight() const { return impl_->link.peak_in_flight(); }

uint64_t SimEngine::trace_hash() const {
  RunningHash events;
  events.add(impl_->executor.trace_hash());
  cloud::LogHash hash(events);
  const std::vector<cloud::LogRecord>& log = impl_->cloud.records();
  const size_t start = log.size() < impl_->log_start ? 0 : impl_->log_start;
  for (size_t i = start; i < log.size(); ++i) hash.add(log[i]);
  return hash.value();
}

const std::string& SimEngine::last_stop_reason() const { return impl_->stop_reason; }

std::unique_ptr<SimEngine> make_sim_engine(cloud::Cloud& cloud, engine::Options options) {
  return std::make_unique<SimEngine>(cloud, options);
}

}  // namespace squall::engines
