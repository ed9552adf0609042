// The engine's ready queue: what has come for it from other threads, and what it has put off
// itself, in the order in which it came. It is run in slices, in the thread that runs the
// io_context, so that connections and timers get their turn however much there is to do: ten
// thousand answers that come at once must not keep anybody waiting who only asks how the agent is.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <mutex>

namespace squall::agent {

class WorkQueue {
 public:
  // `io` must outlive it.
  explicit WorkQueue(boost::asio::io_context& io) : io_(io) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // From any thread. Tasks never run inside of it.
  void post(std::function<void()> task);
  // All of them at once.
  void post(std::deque<std::function<void()>> tasks);

 private:
  void run_slice();
  void run_later();

  boost::asio::io_context& io_;
  std::deque<std::function<void()>> taken_;  // the thread's own: what the slices work on
  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
  bool is_running_ = false;  // a slice is under way, or will be
};

}  // namespace squall::agent
