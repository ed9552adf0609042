// Time as the whole project counts it: microseconds, on a clock that may be virtual.
#pragma once

#include <chrono>
#include <cstdint>

namespace squall {

using Duration = std::chrono::microseconds;

// A tag, not a clock: no now(). Who may know the time is handed it (engine::Env, the simulation).
struct SquallClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SquallClock>;
};

using Instant = SquallClock::time_point;

constexpr int64_t microseconds_of(Instant t) { return t.time_since_epoch().count(); }
constexpr Instant instant_at(int64_t us) { return Instant(Duration(us)); }

}  // namespace squall
