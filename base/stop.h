// How a long run is ended from outside.
#pragma once

#include <atomic>

namespace squall {

// Whether the run is to end. `stop` is set from outside, may be null, and must outlive the run.
inline bool is_set(const std::atomic<bool>* stop) {
  return stop != nullptr && stop->load(std::memory_order_relaxed);
}

}  // namespace squall
