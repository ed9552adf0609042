#include "simulation/simulated_env.h"

#include <utility>

namespace squall::simulation {

SimulatedEnv::SimulatedEnv(const World& world)
    : world_(world),
      incarnation_(world.executor.begin_incarnation()),
      random_(combine(world.seed, incarnation_)) {}

SimulatedEnv::~SimulatedEnv() {
  if (world_.executor.lives(incarnation_)) end();
}

void SimulatedEnv::end() {
  SQUALL_CHECK(world_.executor.lives(incarnation_));
  world_.link.callers_died();
  world_.executor.end_incarnation();
  world_.store.lose_what_is_not_durable();
}

Instant SimulatedEnv::wall_now() const { return world_.executor.now(); }

Instant SimulatedEnv::monotonic_now() const { return world_.executor.now(); }

Task<void> SimulatedEnv::sleep(Duration how_long) {
  Wait wait(world_.executor);
  wait.complete_after(how_long, EventKind::kWake);
  co_await wait;
}

Task<Result<void>> SimulatedEnv::load(
    std::function<void(const std::string& key, std::shared_ptr<const engine::Record>)> visit) {
  Wait wait(world_.executor);
  wait.complete_after(world_.store.times().load, EventKind::kLoaded);
  co_await wait;
  for (const auto& [key, record] : world_.store.records()) visit(key, record);
  co_return Result<void>();
}

Task<engine::Committed> SimulatedEnv::commit(engine::Batch batch) {
  Wait wait(world_.executor);
  uint64_t number = 0;
  if (!world_.executor.doomed())
    number = world_.store.begin_commit(std::move(batch), wait.ticket());
  co_await wait;
  co_return world_.store.take_outcome(number);
}

void SimulatedEnv::stop(std::string reason) {
  if (stop_reason_.empty()) stop_reason_ = std::move(reason);
  world_.executor.doom();
}

Task<ProviderReply> SimulatedEnv::call(engine::Outgoing request, Duration deadline) {
  if (world_.executor.doomed()) {
    Wait for_ever(world_.executor);
    co_await for_ever;
  }
  request->connection = incarnation_;
  PendingCall pending(world_.link, world_.executor, std::move(request), deadline);
  ProviderReply reply = co_await pending;
  co_return reply;
}

const engine::ProviderAnnouncement& SimulatedEnv::provider() const { return world_.provider; }

std::string SimulatedEnv::seal(std::string_view secret) { return world_.vault.seal(secret); }

Result<std::string> SimulatedEnv::open(std::string_view sealed) {
  return world_.vault.open(sealed);
}

uint64_t SimulatedEnv::random() { return random_.next(); }

void SimulatedEnv::spawn(Task<void> task) { world_.executor.spawn(std::move(task)); }

void SimulatedEnv::resume_soon(std::coroutine_handle<> waiting) {
  world_.executor.resume_soon(waiting);
}

void SimulatedEnv::mark(std::string_view name) { world_.observer.marked(name); }

}  // namespace squall::simulation
