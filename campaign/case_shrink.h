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
#include <optional>
#include <string_view>

#include "base/time.h"
#include "suite/case.h"

namespace squall::campaign {

// How large a case is to its reader; unused slots and stacks do not count.
struct CaseSize {
  size_t operations = 0;
  size_t resources = 0;
  size_t faults = 0;  // crashes included
  size_t sum() const { return operations + resources + faults; }
  friend bool operator==(const CaseSize&, const CaseSize&) = default;
};
CaseSize size_of(const suite::Case& test_case);

// One candidate that was tried.
struct CaseTry {
  uint64_t number = 0;    // from 1
  std::string_view edit;  // "take out an operation"
  bool fails = false;     // then it is the simplest now
  CaseSize size = {};
  CaseSize best = {};  // of the simplest after it
};

struct CaseShrinkOptions {
  uint64_t max_tries = 20000;
  std::optional<Duration> time_limit = {};  // no candidate is tried after this much real time
  const std::atomic<bool>* stop = nullptr;  // ends the search; may be null
  std::function<void(const CaseTry&)> on_try = {};  // may be empty
};

struct CaseShrinkResult {
  suite::Case simplest;
  uint64_t tries = 0;
  bool complete = false;  // nothing more can be taken out
};

// REQUIRES: fails(start), and fails() depends on the case alone. Every accepted step leaves a case
// that fails. The result depends on the arguments alone, unless the time limit or the stop
// flag ends the search.
CaseShrinkResult shrink_case(const suite::Case& start,
                             const std::function<bool(const suite::Case&)>& fails,
                             const CaseShrinkOptions& options);

}  // namespace squall::campaign
