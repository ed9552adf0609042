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
#include <vector>

#include "base/time.h"
#include "campaign/engine_factory.h"
#include "campaign/judged_case.h"
#include "property/choices.h"
#include "suite/profile.h"
#include "suite/scenario.h"

namespace squall::campaign {

// How large a case is to its reader; unused slots and stacks do not count.
struct CaseSize {
  size_t operations = 0;
  size_t resources = 0;
  size_t faults = 0;  // crashes included
  friend bool operator==(const CaseSize&, const CaseSize&) = default;
};
CaseSize size_of(const suite::Case& test_case);

struct Shrinking {
  CaseSize before;
  CaseSize after;
  uint64_t tries = 0;
  Duration elapsed = Duration(0);  // real time
  bool complete = false;           // nothing simpler was left to try when it ended
};

struct Finding {
  std::string signature;            // "no-duplicate/two-objects"
  std::string status = "new";       // or "expected": the scenario that was replayed says so
  invariants::Violation violation;  // as the shrunk case shows it
  // Others that the shrunk case shows as well.
  std::vector<std::string> also;
  suite::CaseRecord record;  // of the shrunk case
  suite::Scenario scenario;  // the shrunk case, as it is saved; expected = signature
  suite::Case original;
  std::optional<Shrinking> shrinking;  // nullopt: not asked for
  // The shrunk case was run again `runs` times, and failed with the same signature `confirmed`
  // times.
  uint32_t confirmed = 0;
  uint32_t runs = 0;
  std::string severity;

  uint64_t case_index = 0;   // the first case of the run that showed it
  uint64_t occurrences = 0;  // cases of the run whose primary signature it was

  std::filesystem::path folder;    // empty: not saved
  std::vector<std::string> files;  // names in it
  std::string save_error;          // why it could not be saved; empty: nothing went wrong

  bool is_confirmed() const { return runs > 0 && confirmed == runs; }
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
  const std::atomic<bool>* stop = nullptr;
  // Told now and then how far shrinking has come; may be empty.
  std::function<void(uint64_t tries)> on_try;
};

// Fills in what running `test_case` again shows of `signature`: violation, record, severity, how
// often it fails. Where it does not fail again, the violation says so and is_confirmed() is false.
// The error is the harness's.
Result<Finding> confirm(const suite::Case& test_case, const std::string& signature, Worker& worker,
                        uint32_t runs);

struct Investigated {
  Finding finding;
  // Failures with other signatures that shrinking came across: the simplest sequence of each.
  std::map<std::string, property::ChoiceSequence> others;
};

// Shrinks the case that `start` draws, first as draws, then as a case, and confirms what is left.
Result<Investigated> investigate(const property::ChoiceSequence& start,
                                 const std::string& signature, Worker& worker,
                                 const Investigation& how);

}  // namespace squall::campaign
