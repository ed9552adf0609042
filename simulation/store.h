// The simulated store of the engine: batches are atomic, become durable some time after they were
// begun, in the order in which they were begun, and are acknowledged a little later still. What is
// durable survives every incarnation; what is not dies with the one that began it.
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

  // No records, nothing under way.
  void reset();

  // Begins a commit; completes `ticket` once it is acknowledged. REQUIRES: an incarnation lives.
  void begin_commit(engine::Batch batch, WaitTicket ticket);
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
  void acknowledge(uint64_t number);

  Executor& executor_;
  Observer& observer_;
  StoreTimes times_;
  Records records_;
  std::deque<Commit> begun_;    // not durable yet, in order
  std::deque<Commit> durable_;  // durable, not acknowledged; without their batches
  uint64_t commits_ = 0;
};

}  // namespace squall::simulation
