#include "agent/work_queue.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <iterator>
#include <utility>

namespace squall::agent {
namespace {

// Of a question's 100 ms a small part, and long beside what a turn of the io_context costs.
constexpr auto kSlice = std::chrono::milliseconds(4);

}  // namespace

void WorkQueue::post(std::function<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(task));
    if (std::exchange(is_running_, true)) return;
  }
  run_later();
}

void WorkQueue::post(std::deque<std::function<void()>> tasks) {
  {
    const std::scoped_lock lock(mutex_);
    std::move(tasks.begin(), tasks.end(), std::back_inserter(waiting_));
    if (std::exchange(is_running_, true)) return;
  }
  run_later();
}

void WorkQueue::run_later() {
  boost::asio::post(io_, [this] { run_slice(); });
}

void WorkQueue::run_slice() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + kSlice;
  do {
    if (taken_.empty()) {
      const std::scoped_lock lock(mutex_);
      std::swap(taken_, waiting_);
      if (taken_.empty()) {
        is_running_ = false;
        return;
      }
    }
    const std::function<void()> task = std::move(taken_.front());
    taken_.pop_front();
    task();
    // The task may have ended everything: nothing of the engine runs after that.
    if (io_.stopped()) return;
  } while (Clock::now() < end);
  run_later();
}

}  // namespace squall::agent
