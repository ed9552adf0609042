// The thread between the engine's thread and the Store, so that the engine never waits for a disk.
// What is handed to it while a transaction is being written is written in the next one, together:
// the busier the engine, the more commits share one fsync.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/store/store.h"

namespace squall::agent {

class Writer {
 public:
  // Runs functions in the engine's thread, some time soon, in the order in which they are given.
  // Called in the writer's thread, also while ~Writer() runs.
  using Post = std::function<void(std::deque<std::function<void()>>)>;
  // why: in words, where it is not kYes.
  using Done = std::function<void(engine::Committed, const std::string& why)>;

  struct Statistics {
    uint64_t batches = 0;       // handed over and answered
    uint64_t transactions = 0;  // that they took; those that failed, too
    uint64_t records = 0;       // of the batches: put and deleted
    uint64_t refused = 0;       // batches for which the disk was full
    double seconds = 0;         // in transactions
    double longest_seconds = 0;
    size_t most_batches = 0;  // in one transaction
    size_t waiting = 0;       // batches, now
  };

  Writer(std::unique_ptr<Store> store, Post post);
  // Writes what is waiting, posts the answers, and returns.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Blocking, in the caller's thread. REQUIRES: no commit was begun.
  Result<void> load(const std::function<void(const std::string& key,
                                             std::shared_ptr<const engine::Record> record)>& visit);

  // Never blocks. `done` is posted once, after those of all commits before. A commit that is not
  // kYes says nothing about others, but after one that is kUnknown all are, and nothing is written.
  void commit(engine::Batch batch, Done done);

  // From any thread.
  Statistics statistics() const;

 private:
  struct Waiting {
    std::vector<engine::Batch> batches;
    std::vector<Done> dones;  // of the same
  };
  struct Outcome {
    engine::Committed committed = engine::Committed::kYes;
    std::string why;
  };
  using Clock = std::chrono::steady_clock;

  void run();
  std::vector<Outcome> write(std::span<const engine::Batch> batches);
  Outcome write_once(std::span<const engine::Batch> batches);
  void answer(std::vector<Done> dones, std::vector<Outcome> outcomes);

  const std::unique_ptr<Store> store_;  // the thread's, once it runs
  const Post post_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Waiting waiting_;
  bool is_stopping_ = false;
  Statistics statistics_;

  std::thread thread_;  // started by the first commit
};

}  // namespace squall::agent
