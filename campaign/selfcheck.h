// How good is the tester? Runs the suite against each plant of the reference engine: a deliberate
// bug that it must find.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "campaign/campaign.h"

namespace squall::campaign {

struct SelfcheckOptions {
  static constexpr uint64_t kDefaultCases = 5000;

  std::string engine = "sim";       // or another that can have the plants: agent
  std::vector<std::string> plants;  // empty: all there are
  std::vector<uint64_t> seeds = {1};
  uint64_t cases = kDefaultCases;  // at most, for one plant and seed
  uint32_t jobs = 0;               // threads; 0: one per core
  CaseLimits case_limits;
  const std::atomic<bool>* stop = nullptr;
};

// The search for one plant with one seed.
struct PlantSearch {
  uint64_t seed = 0;
  bool found = false;
  std::string signature = {};  // of the first failure, which is the one shrunk
  bool confirmed = false;
  uint64_t cases = 0;                // the failing one included
  Duration elapsed = Duration(0);    // until it was found, in real time
  size_t operations = 0;             // after shrinking
  Duration shrinking = Duration(0);  // real time
};

// A plant is a subtle bug, not a broken engine: where no fault strikes, most of its work is right.
// Bugs of plain logic fail there as well, so this is shown, and decides nothing.
inline constexpr uint64_t kSmokeCases = 20;
inline constexpr uint64_t kSmokeSeed = 20;

struct PlantRow {
  std::string plant = {};
  std::vector<PlantSearch> searches = {};  // one for each seed
  uint64_t smoke_cases = 0;                // fault-free cases it was given …
  uint64_t smoke_passed = 0;               // … and passed

  bool found() const;  // with every seed
  bool smoke_holds() const { return smoke_cases == kSmokeCases && smoke_passed == smoke_cases; }
};

struct SelfcheckResult {
  std::vector<PlantRow> rows;  // in the order asked for
  bool interrupted = false;
  std::string harness_error;  // empty: none

  size_t found() const;  // plants
};

// The middle one of an odd number of values, the smaller middle one of an even number; 0 of none.
uint64_t median(std::vector<uint64_t> values);

// Told what happens, in addition to what an Observer of a single campaign is told.
class SelfcheckObserver : public Observer {
 public:
  virtual void on_plant(std::string_view /*plant*/, size_t /*number*/, size_t /*of*/) {}
  virtual void on_row(const PlantRow& /*row*/) {}
};

// 0: every plant was found; 1: one was not; 2: interrupted, or the harness failed.
int exit_code(const SelfcheckResult& result);

// Nothing is written to the disk. The error names a plant that does not exist.
Result<SelfcheckResult> run_selfcheck(const SelfcheckOptions& options, SelfcheckObserver& observer);

}  // namespace squall::campaign
