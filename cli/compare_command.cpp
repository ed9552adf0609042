// squall compare: the same cases on two binaries of the terraform engine.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>

#include "campaign/files.h"
#include "campaign/side_by_side.h"
#include "campaign/version.h"
#include "cli/console.h"
#include "cli/progress.h"
#include "cli/scenario_file.h"
#include "cli/signals.h"
#include "cli/subcommands.h"
#include "report/comparison_report.h"

namespace squall::cli {
namespace compare_command {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEngine = "terraform";

struct Options {
  std::optional<std::string> a;
  std::optional<std::string> b;
  std::vector<std::string> a_flags;
  std::vector<std::string> b_flags;
  std::optional<std::string> profile;
  std::optional<uint64_t> cases;
  std::optional<uint64_t> seed;
  std::optional<uint64_t> jobs;
  uint64_t reruns = campaign::SideBySideOptions::kDefaultReruns;
  std::vector<std::string> types;
  std::optional<std::string> dir;
  std::vector<std::string> files;
};

class ComparisonProgress final : public ProgressLine {
 public:
  explicit ComparisonProgress(uint64_t cases)
      : ProgressLine(error_output_is_terminal(), cases), all_(cases) {}

  void on_progress(const campaign::Progress& progress) override {
    show(fmt::format("{} of {} · {} · {} with differences", progress.cases,
                     report::counted(all_, "case"), report::time_words(progress.elapsed),
                     progress.failing_cases));
  }

 private:
  uint64_t all_;
};

std::string name_of(const Traits& traits, const std::optional<std::string>& binary,
                    const std::vector<std::string>& flags) {
  std::string out = fmt::format("{} {}", traits.engine, campaign::version_of(traits));
  if (binary) out += fmt::format(" ({})", *binary);
  for (const std::string& flag : flags) out += " " + flag;
  return out;
}

// "A: …": which of the two a binary or an option is wrong of.
Result<campaign::WorkerFactory> factory_of(char side, const std::optional<std::string>& binary,
                                           const std::vector<std::string>& flags,
                                           const campaign::SharedCatalogue& catalogue) {
  Result<campaign::WorkerFactory> factory = campaign::worker_factory(
      kEngine, {.plants = {}, .binary = binary.value_or(""), .flags = flags}, catalogue);
  if (!factory) return fail(fmt::format("{}: {}", side, factory.error().message));
  return factory;
}

Result<std::vector<campaign::NamedScenario>> load(const std::vector<std::string>& files) {
  std::vector<campaign::NamedScenario> out;
  for (const std::string& file : files) {
    TRY(suite::Scenario scenario, load_scenario(file));
    if (scenario.engine != kEngine)
      return fail(
          fmt::format("comparing on {}: it is a scenario of the engine {}, and only {} has "
                      "binaries to compare",
                      file, scenario.engine, kEngine));
    out.push_back({.name = file, .scenario = std::move(scenario)});
  }
  return out;
}

Result<campaign::SideBySide> compared(const Options& options,
                                      const std::vector<campaign::NamedScenario>& scenarios) {
  TRY(const campaign::SharedCatalogue catalogue, campaign::load_catalogue(options.types));
  TRY(const auto a, factory_of('A', options.a, options.a_flags, catalogue));
  TRY(const auto b, factory_of('B', options.b, options.b_flags, catalogue));
  campaign::SideBySideOptions wanted;
  wanted.profile = options.profile.value_or(wanted.profile);
  wanted.cases = options.cases.value_or(wanted.cases);
  wanted.seed = options.seed.value_or(wanted.seed);
  wanted.jobs = static_cast<uint32_t>(
      options.jobs.value_or(std::max(1U, std::thread::hardware_concurrency())));
  wanted.reruns = static_cast<uint32_t>(options.reruns);
  wanted.stop = &stop_on_signals();
  ComparisonProgress progress(scenarios.empty() ? wanted.cases : scenarios.size());
  Result<campaign::SideBySide> result =
      scenarios.empty() ? campaign::run_side_by_side(wanted, a, b, progress)
                        : campaign::run_side_by_side(scenarios, wanted, a, b, progress);
  progress.clear();
  return result;
}

// "case 17" goes to DIR/case-17.json. A scenario that was given is there already.
Result<void> save(const campaign::ComparedCase& compared, const campaign::SideBySide& result,
                  const std::string& dir) {
  suite::Scenario scenario;
  scenario.description = "differs between " + campaign::version_of(result.a) + " and " +
                         campaign::version_of(result.b) + " (squall compare)";
  scenario.engine = kEngine;
  scenario.squall_version = campaign::squall_version();
  scenario.profile = result.profile;
  scenario.test_case = compared.test_case;
  std::string name = compared.name + ".json";
  std::ranges::replace(name, ' ', '-');
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return fail(fmt::format("making the folder {}: {}", dir, error.message()));
  return campaign::write_file(fs::path(dir) / name, suite::to_text(scenario));
}

Result<int> run(const Options& options) {
  const bool draws = options.profile || options.cases || options.seed || options.jobs;
  if (!options.files.empty() && (draws || options.dir))
    return fail(
        "scenario files run as they are, one after the other: leave out --profile, --cases, "
        "--seed, --jobs and --dir, or the files");
  TRY(const std::vector<campaign::NamedScenario> scenarios, load(options.files));
  TRY(const campaign::SideBySide result, compared(options, scenarios));
  const report::Style style = style_of_output();
  for (const campaign::ComparedCase& each : result.differing) {
    print(report::difference_report(each, style) + "\n");
    if (options.dir) TRY_VOID(save(each, result, *options.dir));
  }
  print(report::comparison_summary(result,
                                   {.a = name_of(result.a, options.a, options.a_flags),
                                    .b = name_of(result.b, options.b, options.b_flags)},
                                   style));
  return campaign::exit_code(result);
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.path("--a", options->a, "the command line to compare with: tofu or terraform on PATH");
  arguments.path("--b", options->b, "the one that is compared with it; the same by default");
  arguments.words("--a-flags", options->a_flags, "further options of each plan and apply of A");
  arguments.words("--b-flags", options->b_flags, "the same of B: \"-parallelism=1\"");
  arguments.text("--profile", options->profile,
                 "what to draw, happy by default (squall list profiles)");
  arguments.number("--cases", options->cases, {.minimum = 1}, "how many; 100 by default");
  arguments.number("--seed", options->seed, {}, "1 by default; the same seed, the same cases");
  arguments.number("-j,--jobs", options->jobs, {.minimum = 1, .maximum = kMostJobs},
                   "threads; one per core unless told otherwise");
  arguments.number("--reruns", options->reruns, {.minimum = 1, .maximum = 1000},
                   "how often a case that differs runs again on each, 4 by default; five times "
                   "that where one is worse");
  arguments.paths("--types", options->types, kTypesHelp);
  arguments.path("--dir", options->dir, "save each case that differs here, as a scenario file");
  arguments.positionals("FILE", options->files, "scenario files to run instead of drawn cases");
  arguments.footer(
      "What differs between two runs of the same binary is dropped and counted.\n"
      "Exit codes: 0 no difference, or none that makes B worse; 1 B breaks an invariant that A\n"
      "keeps, or fails where A succeeds; 2 bad input, interrupted, or the harness failed.");
  return [options] {
    Options wanted = *options;
    if (!wanted.b) wanted.b = wanted.a;
    const Result<int> code = run(wanted);
    return code ? *code : complain(code.error().message);
  };
}

}  // namespace
}  // namespace compare_command

const Subcommand kCompare = {
    .name = "compare",
    .summary = "run the same cases on two binaries and show what differs",
    .declare = compare_command::declare,
};

}  // namespace squall::cli
