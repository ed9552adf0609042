#include "tests/quality/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "property/runner.h"
#include "property/shrink.h"

namespace squall::quality {
namespace {

constexpr int kRuns = 100;
// Enough for the rarest failure, two 31-bit numbers that differ by one.
constexpr uint64_t kMostCases = 1'000'000;

property::Verdict judge(const Challenge& challenge, property::Choices& choices,
                        std::string& shown) {
  property::Verdict verdict;
  verdict.kind = challenge.property(choices, shown);
  if (verdict.kind == property::Verdict::Kind::fail) verdict.signatures = {"failure"};
  return verdict;
}

}  // namespace

Score measure(const Challenge& challenge, int runs) {
  Score score{.challenge = challenge, .runs = runs};
  std::string shown;
  property::TestFunction test = [&](property::Choices& choices) {
    return judge(challenge, choices, shown);
  };
  uint64_t evaluations = 0;
  for (int seed = 0; seed < runs; ++seed) {
    property::Listener silent;
    const property::RunOptions options{.seed = static_cast<uint64_t>(seed), .cases = kMostCases};
    const property::RunSummary run =
        property::run(options, [&]() -> property::TestFunction { return test; }, silent);
    SQUALL_CHECK(run.failures.size() == 1);
    const property::ShrinkResult result =
        property::shrink(run.failures.front().sequence, "failure", test, {});
    evaluations += result.tries;
    score.most_evaluations = std::max(score.most_evaluations, result.tries);
    property::Choices replay(result.sequence.choices);
    judge(challenge, replay, shown);
    ++score.results[shown];
    score.optimal += shown == challenge.optimum ? 1 : 0;
  }
  score.mean_evaluations = static_cast<double>(evaluations) / runs;
  return score;
}

std::vector<Score> measure_all() {
  std::vector<Score> scores;
  for (const Challenge& challenge : challenges()) scores.push_back(measure(challenge, kRuns));
  return scores;
}

std::string table(const std::vector<Score>& scores) {
  std::string out = fmt::format("{:<22}{:>10}{:>14}{:>8}{:>12}\n", "challenge", "optimal",
                                "mean evals", "most", "published");
  auto end = std::back_inserter(out);
  for (const Score& score : scores) {
    const std::optional<int> published = score.challenge.best_published;
    fmt::format_to(end, "{:<22}{:>6}/{}{:>14.1f}{:>8}{:>12}{}\n", score.challenge.name,
                   score.optimal, score.runs, score.mean_evaluations, score.most_evaluations,
                   published ? std::to_string(*published) : "-", score.best() ? "  *" : "");
  }
  fmt::format_to(end,
                 "at the optimum in all runs: {} of {}; at or under the published mean (*): {}\n",
                 std::ranges::count_if(scores, &Score::all_optimal), scores.size(),
                 std::ranges::count_if(scores, &Score::best));
  return out;
}

}  // namespace squall::quality
