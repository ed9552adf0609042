// Runs a challenge many times and says how well the shrinker did.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/quality/challenges.h"

namespace squall::quality {

struct Score {
  Challenge challenge;
  int runs = 0;
  int optimal = 0;
  double mean_evaluations = 0;
  uint64_t most_evaluations = 0;
  std::map<std::string, int> results = {};  // the final case, as shown, to how often it came out

  bool all_optimal() const { return optimal == runs; }
  bool best() const {
    return challenge.best_published && mean_evaluations <= *challenge.best_published;
  }
};

// Finds a failing case from each of `runs` seeds and shrinks it. Evaluations are the calls of the
// test function while shrinking, the first one included.
Score measure(const Challenge& challenge, int runs);

// All challenges with 100 seeds each.
std::vector<Score> measure_all();

// The table, as it is printed.
std::string table(const std::vector<Score>& scores);

}  // namespace squall::quality
