// The reference engine inside a deterministic simulation: one thread, virtual time, a store that
// survives crashes, links to the cloud. The same setup, requests, faults and crashes give the same
// run, event by event.
//
// Between the functions of this class nothing happens: time passes in run_until(), restart() and
// reset() only.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cloud/cloud.h"
#include "engine/engine.h"
#include "engine_under_test/engine_under_test.h"
#include "simulation/executor.h"

namespace squall::engines {

// What tests run it with: 3 attempts, 5 ms between them, calls given up after 2 s, a status every
// 10 ms, operations given up after a minute.
engine::Options sim_defaults();

// The deliberate bugs it can be given, in the order of engine/plants.h.
std::span<const engine::PlantInfo> sim_plants();
// sim_defaults() with the named plants. The error names one that does not exist, and those that do.
Result<engine::Options> sim_planted(const std::vector<std::string>& plants);

class SimEngine final : public EngineUnderTest {
 public:
  // cloud must outlive it. Reset the cloud before the engine: the trace hash covers the cloud's log
  // from the engine's reset() on.
  explicit SimEngine(cloud::Cloud& cloud, engine::Options options = sim_defaults());
  ~SimEngine() override;

  const Traits& traits() const override;
  Result<void> reset(const EngineSetup& setup) override;
  Ticket start(const CommandRequest& request) override;
  Poll poll(Ticket ticket) override;
  std::optional<CommandView> status(const std::string& command_id) override;
  std::optional<CommandState> state_of(const std::string& command_id) override;
  std::vector<CommandView> commands() override;
  std::vector<std::string> user_commands() override;
  std::vector<InventoryRow> inventory() override;
  std::vector<std::string> stacks() override;
  std::vector<std::string> leaks(const std::vector<std::string>& secrets) override;
  void pass_time(Duration how_long) override;
  Waited run_until(const std::function<bool()>& condition, Duration deadline) override;
  Instant now() const override;
  bool alive() const override;
  void arm_crash(const CrashPoint& point) override;
  void disarm_crashes() override;
  void set_disk_full(bool full) override;
  void kill() override;
  Result<void> restart() override;
  std::vector<std::pair<std::string, uint64_t>> marks() const override;
  uint64_t peak_calls_in_flight() const override;
  uint64_t trace_hash() const override;

  // Runs one event that is due by `end`; else says why there is none. run_until() does so again and
  // again.
  std::optional<Waited> run_one(Instant end);
  // Is a crash armed, or just about to strike?
  bool may_be_struck() const;
  // Why the engine stopped itself the last time it did, since reset(); empty: it did not.
  const std::string& last_stop_reason() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::unique_ptr<SimEngine> make_sim_engine(cloud::Cloud& cloud,
                                           engine::Options options = sim_defaults());

}  // namespace squall::engines
