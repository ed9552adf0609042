#include "campaign/watchdog.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace squall::campaign {
namespace {

constexpr Duration kLongestInterval = std::chrono::seconds(1);

// Often enough to be on time by a quarter of the limit.
Duration interval_of(const std::optional<Duration>& limit) {
  if (!limit) return kLongestInterval;
  return std::clamp(*limit / 4, Duration(std::chrono::milliseconds(1)), kLongestInterval);
}

invariants::Violation over_limit(std::string_view kind, std::string headline, std::string expected,
                                 const std::string& actual) {
  invariants::Violation violation;
  violation.invariant = kLive;
  violation.kind = kind;
  violation.headline = std::move(headline);
  violation.expected = std::move(expected);
  violation.actual = actual;
  return violation;
}

}  // namespace

invariants::Violation over_case_time(Duration limit, const std::string& actual) {
  return over_limit(kCaseTimeLimit, "a case took longer than it may",
                    fmt::format("an end within {:.3g} s of real time",
                                std::chrono::duration<double>(limit).count()),
                    actual);
}

invariants::Violation over_case_memory(uint64_t limit, const std::string& actual) {
  return over_limit(kCaseMemoryLimit, "a case took more memory than it may",
                    fmt::format("{} at the most", memory_words(limit)), actual);
}

std::string memory_words(uint64_t bytes) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  return fmt::format("{:.3g} MiB", static_cast<double>(bytes) / kMebibyte);
}

Watchdog::Watchdog(const CaseLimits& limits, OnHang on_hang)
    : limits_(limits),
      on_hang_(std::move(on_hang)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
  SQUALL_CHECK(!limits_.time || *limits_.time > Duration(0));
}

void Watchdog::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, interval_of(limits_.time), [] { return false; });
    for (auto& [ticket, watched] : watched_) {
      if (Clock::now() < watched.hangs_at) continue;
      watched.hangs_at = Clock::time_point::max();
      on_hang_(*watched.test_case,
               over_case_time(*limits_.time, "it is still running after twice that time"));
    }
  }
}

Watchdog::Watch::Watch(Watchdog* watchdog, const suite::Case& test_case) : watchdog_(watchdog) {
  if (watchdog_ == nullptr) return;
  const CaseLimits& limits = watchdog_->limits_;
  {
    const std::lock_guard lock(watchdog_->mutex_);
    ticket_ = watchdog_->next_ticket_++;
    const auto hangs_at = limits.time ? Clock::now() + 2 * *limits.time : Clock::time_point::max();
    watchdog_->watched_.emplace(ticket_, Watched{.test_case = &test_case, .hangs_at = hangs_at});
  }
  memory_.emplace(limits.memory, [this, &test_case](uint64_t held) {
    const std::lock_guard lock(watchdog_->mutex_);
    watchdog_->on_hang_(test_case, over_case_memory(watchdog_->limits_.memory,
                                                    memory_words(held) + ", and it goes on"));
  });
}

Watchdog::Watch::~Watch() {
  if (watchdog_ == nullptr) return;
  memory_.reset();  // what it may say needs the lock
  const std::lock_guard lock(watchdog_->mutex_);
  watchdog_->watched_.erase(ticket_);
}

}  // namespace squall::campaign
