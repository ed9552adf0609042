// Finds a simpler case that fails in the same way.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "property/choices.h"
#include "property/verdict.h"

namespace squall::property {

// What became of one attempt.
enum class TryOutcome : uint8_t {
  simpler,      // fails with the signature, and is simpler than the best so far: it is the best now
  not_simpler,  // fails with the signature, but drew something that is not simpler
  other_failure,  // fails, with other signatures only
  pass,
  discard,
  overrun,  // drew more than Choices::kMaximumChoices
};

std::string_view name_of(TryOutcome outcome);

// One call of the test function, for --shrink-log.
struct ShrinkTry {
  uint64_t number = 0;  // from 1
  std::string_view pass;
  TryOutcome outcome = TryOutcome::pass;
  size_t choices = 0;       // drawn by this attempt
  size_t best_choices = 0;  // of the best sequence after it
};

struct ShrinkOptions {
  // Calls of the test function at most.
  uint64_t max_tries = 20000;
  // No attempt is begun after this much real time.
  std::optional<Duration> time_limit = {};
  // Set from outside to end the search; may be null.
  const std::atomic<bool>* stop = nullptr;
  // Told of every call of the test function; may be empty.
  std::function<void(const ShrinkTry&)> on_try = {};
  // The real time, for the limit. Empty: a monotonic clock.
  std::function<Instant()> clock = {};
};

struct ShrinkResult {
  enum class End : uint8_t {
    minimal,         // no pass finds anything simpler
    out_of_tries,    //
    out_of_time,     //
    stopped,         // by the stop flag
    not_reproduced,  // the start does not fail with the signature; `sequence` is the start
  };

  // The simplest sequence found that fails with the signature, exactly as it was drawn.
  ChoiceSequence sequence;
  // What the test function said of it.
  Verdict verdict;
  End end = End::minimal;
  uint64_t tries = 0;       // calls of the test function, the first one with `start` included
  uint64_t cache_hits = 0;  // attempts answered from the cache instead
  uint64_t improvements = 0;
  // Failures of other kinds met on the way: primary signature to the simplest sequence seen with
  // it.
  std::map<std::string, ChoiceSequence> others;
};

// Simplifies `start`, which fails with `signature` among its signatures. A candidate counts only if
// `signature` is among its signatures too, so that one bug does not slip into another. The result
// depends on the arguments alone, unless the time limit or the stop flag ends the search.
ShrinkResult shrink(const ChoiceSequence& start, const std::string& signature,
                    const TestFunction& test, const ShrinkOptions& options);

}  // namespace squall::property
