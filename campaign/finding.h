// A finding: one kind of failure, with the simplest case that shows it, ready to be reported and
// saved.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "campaign/attempt.h"
#include "campaign/case_shrink.h"
#include "campaign/engine_factory.h"
#include "campaign/judged_case.h"
#include "property/choices.h"
#include "suite/profile.h"
#include "suite/scenario.h"

namespace squall::campaign {

struct Shrinking {
  CaseSize before;
  CaseSize after;
  uint64_t tries = 0;
  Duration elapsed = Duration(0);  // real time
  bool complete = false;           // nothing simpler was left to try when it ended
};

struct Finding {
  std::string signature;  // "no-duplicate/two-objects"
  // Or "expected": the scenario that was replayed says so. Or "still fails": an earlier run saved
  // it. Or "remark": nobody has promised otherwise (Weight).
  std::string status = "new";
  invariants::Violation violation;  // as the shrunk case shows it
  // Others that the shrunk case shows as well.
  std::vector<std::string> also;
  suite::CaseRecord record;  // of the shrunk case
  suite::Scenario scenario;  // the shrunk case, as it is saved; expected = signature
  suite::Case original;
  std::optional<Shrinking> shrinking;  // nullopt: not asked for
  // Does the case as it was drawn fail in the simulation, too? nullopt: the engine has no part
  // there.
  std::optional<bool> in_simulation;
  // The shrunk case was run again `runs` times, and failed with the same signature `confirmed`
  // times.
  uint32_t confirmed = 0;
  uint32_t runs = 0;
  std::string severity;

  uint64_t case_index = 0;   // the first case of the run that showed it
  uint64_t occurrences = 0;  // cases of the run whose primary signature it was

  // The engine's binary and those that the case goes on to, where the run was told of them.
  std::string binary;
  std::vector<std::string> later_binaries;

  std::filesystem::path folder;    // empty: not saved
  std::vector<std::string> files;  // names in it
  std::string save_error;          // why it could not be saved; empty: nothing went wrong

  // Nobody else's engine is accused before the failure has shown without Squall.
  bool is_confirmed() const {
    return runs > 0 && confirmed == runs && !record.traits.confirmed_outside_only;
  }
};

// Where the failing case came from and how it is to be looked into.
struct Investigation {
  const suite::Profile* profile = nullptr;
  // Everything of the scenario but its case, description and expectation.
  suite::Scenario origin;
  bool shrink = true;
  uint64_t max_tries = 20000;
  std::optional<Duration> time_limit;
  uint32_t confirm_runs = 10;
  // The same engine in the simulation, where there is one: what fails there, too, is shrunk there,
  // which is faster by thousands and never in vain. May be null.
  Worker* simulation = nullptr;
  // The case as it was seen to fail with the signature: what is reported where it never does so
  // again. May be null.
  const JudgedCase* seen = nullptr;
  const std::atomic<bool>* stop = nullptr;
  OnAttempt on_attempt;
  // What counts for nothing is no other failure that shrinking came across.
  Yardstick yardstick;
};

// Fills in what running `test_case` again shows of `signature`: violation, record, severity, how
// often it fails. Where it does not fail again, the violation says so and is_confirmed() is false.
// The error is the harness's.
Result<Finding> confirm(const suite::Case& test_case, const std::string& signature, Worker& worker,
                        uint32_t runs);

// Where a failure is looked into from: as it was drawn, or as a case that no draw may lead to.
using Start = std::variant<property::ChoiceSequence, suite::Case>;

struct Investigated {
  Finding finding;
  // Failures with other signatures that shrinking came across: a simple start of each.
  std::map<std::string, Start> others;
};

// Shrinks the failing case, first as draws (where it was drawn), then as a case, and confirms what
// is left. Of an engine that never does quite the same again, for no longer than
// kLongestRealShrinking, unless the time limit says otherwise.
inline constexpr Duration kLongestRealShrinking = std::chrono::minutes(5);
Result<Investigated> investigate(const Start& start, const std::string& signature, Worker& worker,
                                 const Investigation& how);

}  // namespace squall::campaign
