// The clock of searches that are not told another one.
#pragma once

#include <chrono>

#include "base/time.h"

namespace squall::property {

// Never goes back; its zero is some moment of this machine's.
inline Instant monotonic_now() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return Instant(std::chrono::duration_cast<Duration>(since_start));
}

}  // namespace squall::property
