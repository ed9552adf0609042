#include "campaign/watchdog.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace squall::campaign {
namespace {

// Often enough to be on time by a quarter of the limit.
Duration interval_of(Duration limit) {
  return std::clamp(limit / 4, Duration(std::chrono::milliseconds(1)),
                    Duration(std::chrono::seconds(1)));
}

}  // namespace

Watchdog::Watchdog(Duration limit, std::function<void(const suite::Case&)> on_hang)
    : limit_(limit),
      on_hang_(std::move(on_hang)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
  SQUALL_CHECK(limit_ > Duration(0));
}

void Watchdog::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, interval_of(limit_), [] { return false; });
    for (auto& [ticket, watched] : watched_) {
      if (Clock::now() < watched.hangs_at) continue;
      watched.hangs_at = Clock::time_point::max();
      on_hang_(*watched.test_case);
    }
  }
}

Watchdog::Watch::Watch(Watchdog* watchdog, const suite::Case& test_case) : watchdog_(watchdog) {
  if (watchdog_ == nullptr) return;
  const std::lock_guard lock(watchdog_->mutex_);
  ticket_ = watchdog_->next_ticket_++;
  watchdog_->watched_.emplace(
      ticket_, Watched{.test_case = &test_case, .hangs_at = Clock::now() + 2 * watchdog_->limit_});
}

Watchdog::Watch::~Watch() {
  if (watchdog_ == nullptr) return;
  const std::lock_guard lock(watchdog_->mutex_);
  watchdog_->watched_.erase(ticket_);
}

}  // namespace squall::campaign
