#include "campaign/health.h"

#include <fmt/format.h>

namespace squall::campaign {

Health health_of(const Statistics& statistics, const suite::Profile& profile, bool deterministic) {
  Health out;
  const auto ask_for = [&](const std::vector<std::string_view>& marks) {
    for (const std::string_view mark : marks) {
      const auto found = statistics.marks.find(std::string(mark));
      if (found == statistics.marks.end() || found->second == 0)
        out.missing_marks.emplace_back(mark);
    }
  };
  ask_for(profile.required_marks);
  if (statistics.cases >= kFewestCasesForRareMarks) ask_for(profile.rare_marks);
  if (deterministic && statistics.either > 0) {
    out.doubts.push_back(
        fmt::format("{} of {} answers could have been one of two things, although this engine is "
                    "deterministic: the judge's intervals are too wide there",
                    statistics.either, statistics.submitted));
  }
  if (statistics.cases < kFewestCasesJudged) return out;
  if (statistics.accepted == 0) {
    out.problems.push_back(
        fmt::format("none of {} requests was ever accepted: the engine refuses everything, or the "
                    "cases ask for nonsense",
                    statistics.submitted));
  } else if (statistics.effective_operations == 0) {
    out.problems.push_back(
        fmt::format("none of {} operations changed the cloud: nothing was put to the test",
                    statistics.operations));
  }
  if (statistics.skipped * 1000 > statistics.operations * kMostSkipped_permille) {
    out.problems.push_back(
        fmt::format("{} of {} operations were skipped: the profile does not fit the engine",
                    statistics.skipped, statistics.operations));
  }
  if (statistics.excused_looks * 1000 > statistics.looks * kMostExcused_permille) {
    out.problems.push_back(
        fmt::format("{} of {} compared rows were excused: too few were judged to call this a pass",
                    statistics.excused_looks, statistics.looks));
  }
  if (statistics.cases >= kFewestCasesForMarks && !out.missing_marks.empty()) {
    std::string names;
    for (const std::string& mark : out.missing_marks) names += (names.empty() ? "" : ", ") + mark;
    out.problems.push_back(fmt::format("{} cases never reached what the profile is there for: {}",
                                       statistics.cases, names));
  }
  return out;
}

}  // namespace squall::campaign
