// Threads for handlers that block. One is made whenever work comes and none is idle, up to a limit;
// beyond it work waits for its turn. So hundreds of calls may hang until their deadlines, and those
// that come after them are served all the same.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace squall::plugin {

class WorkerPool {
 public:
  explicit WorkerPool(size_t most_threads) : most_threads_(most_threads) {}
  // Does what is still to do, and returns when it is done.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // From any thread; never blocks.
  void run(std::function<void()> work);

  size_t threads() const;

 private:
  bool add_thread();
  void work();

  const size_t most_threads_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  size_t idle_ = 0;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace squall::plugin
