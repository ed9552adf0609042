// Runs many cases of a property, on several threads, with an outcome that does not depend on them.
//
// Case i is drawn from hash(seed, i): no case learns from another. Verdicts are taken up strictly
// in the order of their index, whatever the order in which the workers finish; a run that stops at
// its last allowed failure therefore stops after the same case with one job or with many, and its
// statistics, reported failures and trace hash cover exactly the cases up to there. Verdicts of
// later cases, which other workers had begun in the meantime, are dropped unseen.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "property/choices.h"
#include "property/verdict.h"

namespace squall::property {

struct RunOptions {
  uint64_t seed = 0;
  // How many cases at most. kUnlimited makes sense only with a time limit or a stop flag.
  static constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();
  uint64_t cases = 1000;
  // Threads. REQUIRES: > 0.
  uint32_t jobs = 1;
  // The run ends when this many failures with different signatures are found. 0: no limit.
  uint32_t max_failures = 1;
  // No case is begun after this much real time. How many cases that makes is up to the machine.
  std::optional<Duration> time_limit = {};
  // Set from outside (a signal handler) to end the run; may be null. Cases under way are finished.
  const std::atomic<bool>* stop = nullptr;
  // Runs only the cases with index % shard_count == shard_index.
  uint64_t shard_index = 0;
  uint64_t shard_count = 1;
  // The real time, for the limit, the progress and RunSummary::elapsed. Empty: a monotonic clock.
  std::function<Instant()> clock = {};
};

// The seed of Choices for one case of a run: what it takes to run that case alone.
uint64_t case_seed(uint64_t run_seed, uint64_t index);

// The first case seen with a signature.
struct Failure {
  uint64_t index = 0;
  ChoiceSequence sequence;
  Verdict verdict;
};

struct RunSummary {
  // Over the counted cases: all, or those up to and including the last allowed failure.
  uint64_t cases = 0;
  uint64_t passed = 0;
  uint64_t failed = 0;
  uint64_t discarded = 0;
  // Of these, how many drew more than Choices::kMaximumChoices.
  uint64_t overrun = 0;
  // One for each primary signature, by increasing index.
  std::vector<Failure> failures;
  // Primary signature to the number of cases that failed with it.
  std::map<std::string, uint64_t> occurrences;
  // Folded over index, kind, signatures and trace hash of the counted cases.
  uint64_t trace_hash = 0;
  Duration elapsed{0};
  bool interrupted = false;       // by the stop flag
  bool out_of_time = false;       // by the time limit
  bool failures_reached = false;  // by max_failures
};

struct Progress {
  uint64_t cases = 0;  // counted so far
  uint64_t failed = 0;
  uint64_t discarded = 0;
  size_t failures = 0;  // distinct
  Duration elapsed{0};
};

// Told what happens, from worker threads but never by two at a time, and for one run in the same
// order every time (on_progress apart). A call holds up the run: do not shrink in it.
class Listener {
 public:
  virtual ~Listener() = default;

  // Each counted case, by increasing index.
  virtual void on_case(uint64_t /*index*/, const Verdict& /*verdict*/) {}
  // After on_case, if the primary signature is new. A repeat is only counted.
  virtual void on_failure(uint64_t /*index*/, const ChoiceSequence& /*sequence*/,
                          const Verdict& /*verdict*/) {}
  // At most once in kProgressInterval.
  virtual void on_progress(const Progress& /*progress*/) {}

  static constexpr Duration kProgressInterval = std::chrono::milliseconds(100);
};

// Runs the cases. make_worker is called `jobs` times, by the calling thread before the first case;
// each function it returns is used by one thread. With one job everything runs on the calling
// thread. An interrupted run returns what it did so far.
RunSummary run(const RunOptions& options, const std::function<TestFunction()>& make_worker,
               Listener& listener);

}  // namespace squall::property
