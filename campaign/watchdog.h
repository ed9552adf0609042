// Watches over running cases: a thread that hangs, or eats memory without end, cannot be stopped
// from outside, but somebody can say which case it is in.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/time.h"
#include "campaign/case_memory.h"
#include "invariants/invariant.h"
#include "suite/case.h"

namespace squall::campaign {

// For one case. A case that is over one of them when it ends is a failure like any other
// (run_and_judge).
struct CaseLimits {
  std::optional<Duration> time = {};  // real time
  uint64_t memory = 0;  // bytes, where they can be counted (case_memory.h); 0: no limit
};

// What no invariant can see, since it looks at what was recorded: the case took too long, or too
// much.
inline constexpr std::string_view kLive = "live";
inline constexpr std::string_view kCaseTimeLimit = "case-time-limit";
inline constexpr std::string_view kCaseMemoryLimit = "case-memory-limit";
invariants::Violation over_case_time(Duration limit, const std::string& actual);
invariants::Violation over_case_memory(uint64_t limit, const std::string& actual);

// "12.5 MiB"
std::string memory_words(uint64_t bytes);

class Watchdog {
 public:
  // A case that has not come to an end after twice its time is handed to on_hang, once, on the
  // watchdog's own thread; one that holds twice its memory, on its own. Until on_hang returns no
  // case begins or ends.
  using OnHang = std::function<void(const suite::Case&, const invariants::Violation&)>;
  Watchdog(const CaseLimits& limits, OnHang on_hang);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  // Waits for on_hang, if it is running. REQUIRES: no case is being watched.
  ~Watchdog() = default;

  const CaseLimits& limits() const { return limits_; }

  // The case is watched as long as this lives. watchdog may be null: nothing is watched then.
  class Watch {
   public:
    Watch(Watchdog* watchdog, const suite::Case& test_case);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

    // MemoryWatch::peak()
    uint64_t peak_memory() const { return memory_ ? memory_->peak() : 0; }

   private:
    Watchdog* watchdog_;
    uint64_t ticket_ = 0;
    std::optional<MemoryWatch> memory_;
  };

 private:
  using Clock = std::chrono::steady_clock;
  struct Watched {
    const suite::Case* test_case;
    Clock::time_point hangs_at;
  };

  void run(const std::stop_token& stop);

  const CaseLimits limits_;
  const OnHang on_hang_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  uint64_t next_ticket_ = 1;
  std::map<uint64_t, Watched> watched_;
  // The last member: the thread ends before anything that it looks at.
  std::jthread thread_;
};

}  // namespace squall::campaign
