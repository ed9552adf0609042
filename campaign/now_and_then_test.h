// An engine whose failures come and go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "campaign/engine_factory.h"
#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "engine_under_test/engine_under_test.h"
#include "engines/sim/sim_engine.h"

namespace squall::campaign {

// The reference engine, which has a planted bug in two of its cases, not in the third, and so on.
class NowAndThen final : public EngineUnderTest {
 public:
  NowAndThen(std::unique_ptr<EngineUnderTest> well, std::unique_ptr<EngineUnderTest> ill)
      : well_(std::move(well)), ill_(std::move(ill)), traits_(well_->traits()) {
    traits_.deterministic = false;
  }
  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& setup) override {
    is_ill_ = ++resets_ % 3 != 0;
    return now_used().reset(setup);
  }
  Ticket start(const CommandRequest& request) override { return now_used().start(request); }
  Poll poll(Ticket ticket) override { return now_used().poll(ticket); }
  std::optional<CommandView> status(const std::string& id) override {
    return now_used().status(id);
  }
  std::vector<CommandView> commands() override { return now_used().commands(); }
  std::vector<InventoryRow> inventory() override { return now_used().inventory(); }
  std::vector<std::string> stacks() override { return now_used().stacks(); }
  Waited run_until(const std::function<bool()>& condition, Duration deadline) override {
    return now_used().run_until(condition, deadline);
  }
  Instant now() const override { return (is_ill_ ? ill_ : well_)->now(); }
  void pass_time(Duration duration) override { now_used().pass_time(duration); }
  bool alive() const override { return (is_ill_ ? ill_ : well_)->alive(); }
  void arm_crash(const CrashPoint& point) override { now_used().arm_crash(point); }
  void disarm_crashes() override { now_used().disarm_crashes(); }
  void set_disk_full(bool full) override { now_used().set_disk_full(full); }
  void kill() override { now_used().kill(); }
  Result<void> restart() override { return now_used().restart(); }
  std::vector<std::pair<std::string, uint64_t>> marks() const override { return {}; }
  uint64_t peak_calls_in_flight() const override { return 0; }
  uint64_t trace_hash() const override { return 0; }

 private:
  EngineUnderTest& now_used() { return is_ill_ ? *ill_ : *well_; }

  std::unique_ptr<EngineUnderTest> well_;
  std::unique_ptr<EngineUnderTest> ill_;
  Traits traits_;
  uint64_t resets_ = 0;
  bool is_ill_ = false;
};

inline WorkerFactory now_and_then(const std::string& plant) {
  return [plant]() -> Result<Worker> {
    Worker worker;
    worker.cloud = std::make_unique<cloud::Cloud>(built_in_catalogue(), 0);
    TRY(const engine::Options planted, engines::sim_planted({plant}));
    worker.engine = std::make_unique<NowAndThen>(engines::make_sim_engine(*worker.cloud, {}),
                                                 engines::make_sim_engine(*worker.cloud, planted));
    return worker;
  };
}

}  // namespace squall::campaign
