// A small seeded generator (splitmix64), the same on every platform. Whoever needs randomness owns
// one; there is no global generator.
#pragma once

#include <cstdint>

#include "base/check.h"
#include "base/hash.h"

namespace squall {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    const uint64_t out = mix(state_);
    state_ += 0x9e3779b97f4a7c15ULL;
    return out;
  }

  // Uniform in [0, bound), without modulo bias. REQUIRES: bound > 0.
  uint64_t below(uint64_t bound) {
    SQUALL_CHECK(bound > 0);
    const uint64_t threshold = (0 - bound) % bound;
    for (;;) {
      const uint64_t r = next();
      if (r >= threshold) return r % bound;
    }
  }

  // True with probability permille / 1000.
  bool chance(uint32_t permille) { return below(1000) < permille; }

 private:
  uint64_t state_;
};

}  // namespace squall
