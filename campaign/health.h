// Is a run worth believing? A tester that reaches nothing finds nothing; these checks fail such a
// run instead of letting it pass.
#pragma once

#include <string>
#include <vector>

#include "campaign/statistics.h"
#include "suite/profile.h"

namespace squall::campaign {

// Below this number of cases chance rules, and nothing is a problem.
inline constexpr uint64_t kFewestCasesJudged = 50;
// Below this number a mark may be missing by chance: the rarest ones that profiles name show in one
// case of fifty.
inline constexpr uint64_t kFewestCasesForMarks = 500;
// And the profile's rare ones: from one case of a hundred down to one of a thousand.
inline constexpr uint64_t kFewestCasesForRareMarks = 10'000;
// More skipped operations than this and the generator does not fit the engine.
inline constexpr uint64_t kMostSkipped_permille = 500;
// More excused comparisons than this and the verdict says little.
inline constexpr uint64_t kMostExcused_permille = 250;

struct Health {
  std::vector<std::string> problems;  // each fails the run (exit code 2) where nothing was found
  std::vector<std::string> doubts;    // printed only
  // Required by the profile, not reached. A problem in a run of kFewestCasesForMarks. The rare ones
  // are asked for from kFewestCasesForRareMarks on.
  std::vector<std::string> missing_marks;
};

Health health_of(const Statistics& statistics, const suite::Profile& profile, bool deterministic);

}  // namespace squall::campaign
