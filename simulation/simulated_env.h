// engine::Env in the simulation: one incarnation of the engine, that is, one life of its process.
//
// Order of an ending: end(), which destroys every coroutine; then the Engine; then this.
#pragma once

#include <string>

#include "base/random.h"
#include "engine/env.h"
#include "simulation/executor.h"
#include "simulation/link.h"
#include "simulation/observer.h"
#include "simulation/store.h"
#include "simulation/vault.h"

namespace squall::simulation {

class SimulatedEnv final : public engine::Env {
 public:
  // What every incarnation of a case shares; all of it must outlive the Env.
  struct World {
    Executor& executor;
    Store& store;
    Link& link;
    Vault& vault;
    Observer& observer;
    const engine::ProviderAnnouncement& provider;
    uint64_t seed;  // of ids and jitter; every incarnation draws its own from it
  };

  // Begins the next incarnation. REQUIRES: none lives.
  explicit SimulatedEnv(const World& world);
  ~SimulatedEnv() override;
  SimulatedEnv(const SimulatedEnv&) = delete;
  SimulatedEnv& operator=(const SimulatedEnv&) = delete;

  // SIGKILL: every coroutine, every event of this incarnation and every batch that is not durable
  // are gone. Once only; not from within an event.
  void end();

  // Why the engine stopped itself; empty: it did not.
  const std::string& stop_reason() const { return stop_reason_; }

  // Env. Once the incarnation is doomed nothing leaves it any more: commits and calls begun then
  // wait for ever.
  Instant wall_now() const override;
  Instant monotonic_now() const override;
  Task<void> sleep(Duration how_long) override;
  Task<Result<void>> load(
      std::function<void(const std::string& key, std::shared_ptr<const engine::Record>)> visit)
      override;
  Task<engine::Committed> commit(engine::Batch batch) override;
  void stop(std::string reason) override;
  Task<ProviderReply> call(engine::Outgoing request, Duration deadline) override;
  const engine::ProviderAnnouncement& provider() const override;
  std::string seal(std::string_view secret) override;
  Result<std::string> open(std::string_view sealed) override;
  uint64_t random() override;
  void spawn(Task<void> task) override;
  void resume_soon(std::coroutine_handle<> waiting) override;
  void mark(std::string_view name) override;

 private:
  World world_;
  Incarnation incarnation_;
  Random random_;
  std::string stop_reason_;
};

}  // namespace squall::simulation
