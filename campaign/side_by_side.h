// Runs the same cases on two engines and keeps what differs every time (comparison.h).
//
// A case in which something differs runs again on both: what differs between two runs of one engine
// is dropped and counted, never reported. Where one is to be called worse, it runs five times as
// often: a race that one of them wins nine times of ten is a race of both. And an invariant that
// came and went in one case is held against nobody in another.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "campaign/campaign.h"
#include "campaign/comparison.h"
#include "campaign/engine_factory.h"
#include "suite/scenario.h"

namespace squall::campaign {

struct SideBySideOptions {
  static constexpr uint64_t kDefaultCases = 100;
  static constexpr uint32_t kDefaultReruns = 4;

  std::string profile = "happy";  // name or alias
  uint64_t seed = 1;
  uint64_t cases = kDefaultCases;
  uint32_t jobs = 1;  // threads. REQUIRES: > 0
  // Of each side, where something differs and not both are deterministic.
  uint32_t reruns = kDefaultReruns;
  const std::atomic<bool>* stop = nullptr;  // set from outside to end early; may be null
};

struct ComparedCase {
  std::string name;  // "case 17", or the scenario's file
  suite::Case test_case;
  std::vector<Difference> differences;  // the steady ones
  uint64_t dropped = 0;                 // those that came and went
  std::set<std::string> unsteady;       // signatures among them
  bool in_part = false;                 // an interruption kept the rest from being compared
  bool is_given_up = false;             // the run was to end before it was known what is steady
};

struct SideBySide {
  Traits a;
  Traits b;
  std::string profile;  // its full name; empty: scenarios
  uint64_t cases = 0;
  std::vector<ComparedCase> differing;
  uint64_t dropped = 0;           // differences, over all cases
  uint64_t dropped_cases = 0;     // that had any of these
  uint64_t compared_in_part = 0;  // cases
  std::optional<HarnessError> harness_error;
  bool interrupted = false;
  Duration elapsed = Duration(0);

  // How many differences make B worse, or A.
  uint64_t count(Worse which) const;
};

// Of the options, how often to run it again and whether to stop. The error is the harness's.
Result<ComparedCase> compare_on(const suite::Case& test_case, Worker& a, Worker& b,
                                const SideBySideOptions& options);

// Drawn cases. Errors: of usage, or the two would be drawn different cases: they are not of one
// kind.
Result<SideBySide> run_side_by_side(const SideBySideOptions& options, const WorkerFactory& a,
                                    const WorkerFactory& b, Observer& observer);

// Cases as they are written down, by name, one after the other.
struct NamedScenario {
  std::string name;
  suite::Scenario scenario;
};
Result<SideBySide> run_side_by_side(const std::vector<NamedScenario>& scenarios,
                                    const SideBySideOptions& options, const WorkerFactory& a,
                                    const WorkerFactory& b, Observer& observer);

// 0: no difference, or B is better; 1: B is worse in something; 2: the harness failed, or the run
// was interrupted before B was worse.
int exit_code(const SideBySide& result);

}  // namespace squall::campaign
