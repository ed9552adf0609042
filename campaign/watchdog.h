// Watches over running cases: a thread that hangs cannot be stopped from outside, but somebody can
// say which case it hangs in.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/time.h"
#include "suite/case.h"

namespace squall::campaign {

class Watchdog {
 public:
  // limit: of real time, for one case. A case that is over it when it ends is a failure like any
  // other (run_and_judge). One that has not come to an end after twice the limit is handed to
  // on_hang, once, on the watchdog's own thread; until on_hang returns no case begins or ends.
  Watchdog(Duration limit, std::function<void(const suite::Case&)> on_hang);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  // Waits for on_hang, if it is running. REQUIRES: no case is being watched.
  ~Watchdog() = default;

  Duration limit() const { return limit_; }

  // The case is watched as long as this lives. watchdog may be null: nothing is watched then.
  class Watch {
   public:
    Watch(Watchdog* watchdog, const suite::Case& test_case);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    Watchdog* watchdog_;
    uint64_t ticket_ = 0;
  };

 private:
  using Clock = std::chrono::steady_clock;
  struct Watched {
    const suite::Case* test_case;
    Clock::time_point hangs_at;
  };

  void run(const std::stop_token& stop);

  const Duration limit_;
  const std::function<void(const suite::Case&)> on_hang_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  uint64_t next_ticket_ = 1;
  std::map<uint64_t, Watched> watched_;
  // The last member: the thread ends before anything that it looks at.
  std::jthread thread_;
};

}  // namespace squall::campaign
