// Prints how the shrinker does on the public shrinking challenge, beside the best published
// results. With the argument --results also what came out other than the optimum.

#include <fmt/format.h>

#include <string_view>

#include "tests/quality/measure.h"

int main(int argc, char** argv) {
  const std::vector<squall::quality::Score> scores = squall::quality::measure_all();
  fmt::print("{}", squall::quality::table(scores));
  if (argc < 2 || std::string_view(argv[1]) != "--results") return 0;
  for (const squall::quality::Score& score : scores) {
    for (const auto& [shown, count] : score.results) {
      if (shown == score.challenge.optimum) continue;
      fmt::print("{}: {} times {}\n", score.challenge.name, count, shown);
    }
  }
}
