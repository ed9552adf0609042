// Stable hashing: the same bytes give the same hash on every machine, compiler and run. Used for
// trace hashes, signatures and request digests; never for anything that must resist an attacker.
#pragma once

#include <cstdint>
#include <string_view>

namespace squall {

// One round of a 64-bit mixer (splitmix64's finaliser): a bijection with good avalanche.
constexpr uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Order matters: combine(combine(0, a), b) != combine(combine(0, b), a).
constexpr uint64_t combine(uint64_t seed, uint64_t value) {
  return mix(seed ^ (mix(value) + 0x2545f4914f6cdd1dULL + (seed << 6) + (seed >> 2)));
}

// FNV-1a, 64 bits, finished with mix().
constexpr uint64_t hash_text(std::string_view text) {
  uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix(h);
}

// A hash that grows with what it is fed, in order.
class RunningHash {
 public:
  void add(uint64_t value) { state_ = combine(state_, value); }
  void add(std::string_view text) { state_ = combine(state_, hash_text(text)); }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0;
};

}  // namespace squall
