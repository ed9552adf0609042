// squall selfcheck: the tester is tested with the plants.
#include <fmt/format.h>

#include <memory>
#include <numeric>

#include "campaign/selfcheck.h"
#include "cli/console.h"
#include "cli/hang.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/subcommands.h"
#include "cli/values.h"
#include "documents/json.h"
#include "report/failure_report.h"
#include "report/selfcheck_table.h"

namespace squall::cli {
namespace selfcheck_command {
namespace {

constexpr uint64_t kMostSeeds = 10'000;

struct Options {
  campaign::SelfcheckOptions selfcheck;
  std::optional<std::string> plants;
  std::optional<uint64_t> seeds;
  std::optional<uint64_t> seed;
  uint64_t jobs = 0;
  bool json = false;
};

// Shows the progress of the campaign under way, and each plant when it is done with.
class Progress final : public campaign::SelfcheckObserver {
 public:
  Progress(bool terminal, uint64_t cases) : line_(terminal, cases) {}

  void on_plant(std::string_view plant, size_t number, size_t of) override {
    line_.set_prefix(fmt::format("plant {} of {}, {} · ", number, of, plant));
  }
  void on_progress(const campaign::Progress& progress) override { line_.on_progress(progress); }
  void on_attempt(const campaign::Attempt& attempt) override { line_.on_attempt(attempt); }
  void on_row(const campaign::PlantRow& row) override {
    line_.begin(fmt::format("{} {}", row.found() ? "✓" : "✗", row.plant));
  }
  void on_hang(const campaign::Finding& finding) override {
    clear();
    print(report::failure_report(finding, {}, style_of_output()));
    end_at_once(complain("a planted engine hangs in this case: the selfcheck cannot go on"));
  }
  void clear() { line_.clear(); }

 private:
  ProgressLine line_;
};

Result<void> complete(Options& options) {
  if (options.seeds && options.seed) {
    return fail("--seeds asks for the seeds from 1 on, --seed for that one: choose one of them");
  }
  options.selfcheck.seeds.assign(options.seeds.value_or(1), 0);
  std::iota(options.selfcheck.seeds.begin(), options.selfcheck.seeds.end(),
            options.seed.value_or(1));
  if (options.plants) {
    TRY(options.selfcheck.plants, parse_list(*options.plants));
  }
  options.selfcheck.jobs = static_cast<uint32_t>(options.jobs);
  return {};
}

int run(Options& options) {
  const Result<void> completed = complete(options);
  if (!completed) return complain(completed.error().message);
  options.selfcheck.case_limits = kDefaultCaseLimits;
  options.selfcheck.stop = &stop_on_signals();
  Progress progress(error_output_is_terminal(), options.selfcheck.cases);
  const Result<campaign::SelfcheckResult> result =
      campaign::run_selfcheck(options.selfcheck, progress);
  progress.clear();
  if (!result) return complain(result.error().message);
  print(report::selfcheck_table(*result, style_of_output()));
  if (options.json) print(canonical(report::selfcheck_json(*result)) + "\n");
  return campaign::exit_code(*result);
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.text(
      "--engine", options->selfcheck.engine,
      "the engine that has the plants: sim, by default, or agent, whose failures are not "
      "shrunk");
  arguments.text("--plants", options->plants,
                 "A,B,C: these alone (squall list plants); all by default");
  arguments.number("--seeds", options->seeds, {.minimum = 1, .maximum = kMostSeeds},
                   "search for every plant with the seeds 1 to N; it must be found with each");
  arguments.number("--seed", options->seed, {}, "search with this seed; 1 by default");
  arguments.number("--cases", options->selfcheck.cases, {.minimum = 1},
                   "cases at most for one plant and seed, 5000 by default");
  arguments.number("-j,--jobs", options->jobs, {.minimum = 1, .maximum = kMostJobs},
                   "threads; one per core unless told otherwise");
  arguments.flag("--json", options->json,
                 "end with the table as an object, the last line of stdout");
  return [options] { return run(*options); };
}

}  // namespace
}  // namespace selfcheck_command

const Subcommand kSelfcheck = {
    .name = "selfcheck",
    .summary = "run the suite against every plant: does it find them?",
    .declare = selfcheck_command::declare,
};

}  // namespace squall::cli
