// One attempt of the shrinker, whichever part of it makes it: for progress and for --shrink-log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace squall::campaign {

struct Attempt {
  std::string_view signature;  // of the failure that is shrunk
  uint64_t number = 0;         // from 1, over both stages
  std::string_view stage;      // "draws" (property/shrink.h), then "case" (case_shrink.h)
  std::string_view pass;       // "delete spans", "take out an operation"
  std::string_view outcome;    // "simpler", "pass", …
  // What was tried, and the best so far: in choices for draws; in operations, resources and faults,
  // added up, for a case.
  size_t size = 0;
  size_t best = 0;
};

// Called for every attempt, by the thread that shrinks. May be empty. The texts are gone
// afterwards.
using OnAttempt = std::function<void(const Attempt&)>;

}  // namespace squall::campaign
