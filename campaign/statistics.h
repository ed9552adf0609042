// What a run covered, as numbers: folded over its counted cases by increasing index, so that they
// do not depend on the number of workers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "cloud/controller.h"
#include "documents/command.h"
#include "engine_under_test/engine_under_test.h"
#include "suite/record.h"

namespace squall::campaign {

// Requests are the applies and destroys of the case's own operations. What the epilogue asks for is
// not counted: it would make every case look busy.
struct Statistics {
  uint64_t cases = 0;
  uint64_t resources = 0;             // slots of the worlds
  uint64_t operations = 0;            // skipped ones included
  uint64_t skipped = 0;               // operations that made no sense where they landed
  uint64_t effective_operations = 0;  // operations whose command changed the cloud

  uint64_t submitted = 0;           // = accepted + noop + all of rejected + unanswered
  uint64_t accepted = 0;            // also where the answer was lost and the command showed later
  uint64_t accepted_effective = 0;  // accepted, and changed the cloud
  uint64_t noop = 0;                // "nothing to do"
  uint64_t unanswered = 0;          // the engine died first and knows nothing of it
  std::array<uint64_t, kRejectionTypes> rejected{};  // by RejectionType
  uint64_t either = 0;  // requests whose answer could have been one of two things

  // Excuses: pairs of an identity and the call that blurred it. `excused_looks` of `looks` counts
  // the same by comparison: how many of the rows compared at the checkpoints were let off.
  uint64_t excused = 0;
  uint64_t excused_looks = 0;
  uint64_t looks = 0;

  uint64_t engine_runs = 0;           // where each request starts the engine anew
  uint64_t peak_calls_in_flight = 0;  // the highest of any case
  uint64_t crashes = 0;
  uint64_t crashes_during_recovery = 0;
  std::array<uint64_t, kCrashMoments> armed_crashes{};  // by CrashMoment; not all of them strike
  std::map<std::string, uint64_t> marks;
  cloud::FaultTable faults;

  uint64_t rejected_in_all() const;
};

// Of one case.
Statistics statistics_of(const suite::CaseRecord& record);

// Adds what `one` counted to `total`.
void add(Statistics& total, const Statistics& one);

}  // namespace squall::campaign
