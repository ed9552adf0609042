// An engine that hands all on to another one, for tests that change one thing of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "campaign/engine_factory.h"
#include "engine_under_test/engine_under_test.h"
#include "engines/sim/sim_engine.h"

namespace squall::campaign {

class Forwarding : public EngineUnderTest {
 public:
  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& setup) override { return used().reset(setup); }
  Ticket start(const CommandRequest& request) override { return used().start(request); }
  Poll poll(Ticket ticket) override { return used().poll(ticket); }
  std::optional<CommandView> status(const std::string& id) override { return used().status(id); }
  std::vector<CommandView> commands() override { return used().commands(); }
  std::vector<InventoryRow> inventory() override { return used().inventory(); }
  std::vector<std::string> stacks() override { return used().stacks(); }
  Waited run_until(const std::function<bool()>& condition, Duration deadline) override {
    return used().run_until(condition, deadline);
  }
  Instant now() const override { return used().now(); }
  void pass_time(Duration duration) override { used().pass_time(duration); }
  bool alive() const override { return used().alive(); }
  void arm_crash(const CrashPoint& point) override { used().arm_crash(point); }
  void disarm_crashes() override { used().disarm_crashes(); }
  void set_disk_full(bool full) override { used().set_disk_full(full); }
  void kill() override { used().kill(); }
  Result<void> restart() override { return used().restart(); }
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return {}; }
  uint64_t peak_calls_in_flight() const override { return 0; }
  uint64_t trace_hash() const override { return 0; }

 protected:
  explicit Forwarding(Traits traits) : traits_(std::move(traits)) {}
  virtual EngineUnderTest& used() const = 0;

  Traits traits_;
};

// The reference engine under the name, and in the version, of another one.
class Disguised final : public Forwarding {
 public:
  Disguised(std::unique_ptr<EngineUnderTest> engine, const std::string& name,
            const std::string& version)
      : Forwarding(engine->traits()), engine_(std::move(engine)) {
    traits_.engine = name;
    traits_.version = version;
  }

 private:
  EngineUnderTest& used() const override { return *engine_; }

  std::unique_ptr<EngineUnderTest> engine_;
};

inline WorkerFactory disguised(const std::string& name, const std::string& version,
                               const std::vector<std::string>& plants) {
  return [=]() -> Result<Worker> {
    Worker worker;
    worker.cloud = std::make_unique<cloud::Cloud>(built_in_catalogue(), 0);
    TRY(const engine::Options planted, engines::sim_planted(plants));
    worker.engine = std::make_unique<Disguised>(engines::make_sim_engine(*worker.cloud, planted),
                                                name, version);
    return worker;
  };
}

}  // namespace squall::campaign
