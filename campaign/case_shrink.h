// Simplifies a case by taking things out of it, one at a time, as a person would who reduces a
// report by hand.
//
// The search over draws (property/shrink.h) does the heavy work, but it only reaches cases that the
// generator could have drawn in that way: a resource that was drawn in for the sake of another one
// stays with it. This goes on from there, and it needs no draws: a scenario somebody wrote or
// edited can be simplified too.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "suite/case.h"

namespace squall::campaign {

struct CaseShrinkOptions {
  uint64_t max_tries = 20000;
  const std::atomic<bool>* stop = nullptr;  // ends the search; may be null
};

struct CaseShrinkResult {
  suite::Case simplest;
  uint64_t tries = 0;
  bool complete = false;  // nothing more can be taken out
};

// REQUIRES: fails(start), and fails() depends on the case alone. Every accepted step leaves a case
// that fails. The result depends on the arguments alone, unless the stop flag ends the search.
CaseShrinkResult shrink_case(const suite::Case& start,
                             const std::function<bool(const suite::Case&)>& fails,
                             const CaseShrinkOptions& options);

}  // namespace squall::campaign
