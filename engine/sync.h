// Waiting for one another inside the engine: a FIFO lock with a shared mode, and a one-time signal.
// Everything runs on one thread; whoever may go on is resumed through Env's ready queue, in order.
//
// There is no unlocking destructor on purpose: a crash destroys the frames that hold or await a
// lock, in any order, and nothing must run then. A task that takes a lock runs on until it gives it
// back, or is dropped together with the whole incarnation.
#pragma once

#include <coroutine>
#include <deque>
#include <vector>

#include "base/check.h"
#include "engine/env.h"

namespace squall::engine {

class FifoLock {
 public:
  explicit FifoLock(Env& env) : env_(env) {}

  // co_await lock.exclusive(); … lock.release_exclusive();
  auto exclusive() { return Awaiter{*this, false}; }
  // Any number of holders in shared mode at a time, and none while one is exclusive.
  auto shared() { return Awaiter{*this, true}; }

  void release_exclusive() {
    SQUALL_CHECK(exclusively_held_);
    exclusively_held_ = false;
    grant();
  }
  void release_shared() {
    SQUALL_CHECK(shared_holders_ > 0);
    --shared_holders_;
    grant();
  }

 private:
  struct Waiter {
    std::coroutine_handle<> handle;
    bool shared;
  };
  struct Awaiter {
    FifoLock& lock;
    bool shared;
    bool await_ready() { return lock.waiting_.empty() && lock.take(shared); }
    void await_suspend(std::coroutine_handle<> handle) {
      lock.waiting_.push_back({handle, shared});
    }
    void await_resume() {}
  };

  bool take(bool shared) {
    if (exclusively_held_ || (!shared && shared_holders_ > 0)) return false;
    if (shared) {
      ++shared_holders_;
    } else {
      exclusively_held_ = true;
    }
    return true;
  }

  // The lock changes hands here and not when the waiter runs: nobody can slip in between.
  void grant() {
    while (!waiting_.empty() && take(waiting_.front().shared)) {
      const std::coroutine_handle<> next = waiting_.front().handle;
      waiting_.pop_front();
      env_.resume_soon(next);
    }
  }

  Env& env_;
  bool exclusively_held_ = false;
  size_t shared_holders_ = 0;
  std::deque<Waiter> waiting_;
};

// Raised once; waiting for a raised signal does not suspend.
class Signal {
 public:
  explicit Signal(Env& env) : env_(env) {}

  bool raised() const { return raised_; }
  void raise() {
    raised_ = true;
    for (const std::coroutine_handle<> handle : waiting_) env_.resume_soon(handle);
    waiting_.clear();
  }
  auto wait() { return Awaiter{*this}; }

 private:
  struct Awaiter {
    Signal& signal;
    bool await_ready() const { return signal.raised_; }
    void await_suspend(std::coroutine_handle<> handle) { signal.waiting_.push_back(handle); }
    void await_resume() {}
  };

  Env& env_;
  bool raised_ = false;
  std::vector<std::coroutine_handle<>> waiting_;
};

// Closed now and then. `while (gate.closed()) co_await gate.opening();`: somebody else may have
// closed it again before its turn comes.
class Gate {
 public:
  explicit Gate(Env& env) : env_(env) {}

  bool closed() const { return closed_; }
  void close() {
    SQUALL_CHECK(!closed_);
    closed_ = true;
  }
  void open() {
    SQUALL_CHECK(closed_);
    closed_ = false;
    for (const std::coroutine_handle<> handle : waiting_) env_.resume_soon(handle);
    waiting_.clear();
  }
  auto opening() { return Awaiter{*this}; }

 private:
  struct Awaiter {
    Gate& gate;
    bool await_ready() const { return !gate.closed_; }
    void await_suspend(std::coroutine_handle<> handle) { gate.waiting_.push_back(handle); }
    void await_resume() const {}
  };

  Env& env_;
  bool closed_ = false;
  std::vector<std::coroutine_handle<>> waiting_;
};

// `co_await Forever{}`: this coroutine never goes on; it ends when its frame is destroyed.
struct Forever {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

}  // namespace squall::engine
