// The simulated store of the engine: batches are atomic, become durable some time after they were
// begun, in the order in which they were begun, and are acknowledged a little later still. What is
// durable survives every incarnation; what is not dies with the one that began it. A commit may
// fail: because an observer says so, or because the disk is full.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "engine/env.h"
#include "simulation/executor.h"
#include "simulation/observer.h"

namespace squall::simulation {

struct StoreTimes {
  Duration load = std::chrono::milliseconds(1);
  Duration durable = std::chrono::microseconds(200);       // from the begin of a commit
  Duration acknowledged = std::chrono::microseconds(100);  // from then on
};

class Store final : public EventHandler {
 public:
  using Records = std::map<std::string, std::shared_ptr<const engine::Record>>;

  // executor and observer must outlive the store.
  Store(Executor& executor, Observer& observer, StoreTimes times = {});

  // No records, nothing under way, room on the disk.
  void reset();

  // Begins a commit and gives its number; completes `ticket` once it is acknowledged or refused.
  // REQUIRES: an incarnation lives.
  uint64_t begin_commit(engine::Batch batch, WaitTicket ticket);
  // What became of a commit whose ticket was completed; once.
  engine::Committed take_outcome(uint64_t number);
  // While it is full, every commit that comes to be durable is refused as a whole.
  void set_disk_full(bool full) { disk_full_ = full; }
  // The incarnation has ended: batches that are not durable are lost, acknowledgements are not
  // sent. Call it after Executor::end_incarnation(), which destroyed the events.
  void lose_what_is_not_durable();

  // What is durable, in key order.
  const Records& records() const { return records_; }
  // Commits begun and not acknowledged.
  size_t commits_under_way() const { return begun_.size() + durable_.size(); }
  const StoreTimes& times() const { return times_; }

  void handle(EventKind kind, uint64_t id) override;

 private:
  struct Commit {
    uint64_t number = 0;
    engine::Batch batch;
    WaitTicket ticket;
    bool due = false;  // its time has come; an earlier one may still hold it up
  };

  void make_durable();
  void write(engine::Batch& batch);
  void acknowledge(uint64_t number);

  Executor& executor_;
  Observer& observer_;
  StoreTimes times_;
  Records records_;
  std::deque<Commit> begun_;    // not durable yet, in order
  std::deque<Commit> durable_;  // durable or refused, not acknowledged; without their batches
  std::map<uint64_t, engine::Committed> refused_;  // by number, until the engine was told
  bool disk_full_ = false;
  uint64_t commits_ = 0;
};

}  // namespace squall::simulation
