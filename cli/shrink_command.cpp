// squall shrink: goes on with shrinking a scenario file.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "campaign/files.h"
#include "campaign/replay.h"
#include "cli/console.h"
#include "cli/hang.h"
#include "cli/progress.h"
#include "cli/scenario_file.h"
#include "cli/shrink_log.h"
#include "cli/signals.h"
#include "cli/subcommands.h"
#include "report/text.h"

namespace squall::cli {
namespace shrink_command {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kRuns = 10;

struct Options {
  campaign::EngineChoice choice;  // but for its plants
  std::string file;
  std::optional<std::string> output;
  bool in_place = false;
  std::optional<std::string> shrink_log;
  std::vector<std::string> types;
  uint64_t tries = 20000;
  std::optional<Duration> time;
  campaign::CaseLimits case_limits = kDefaultCaseLimits;
};

// "crash.json" goes to "crash.shrunk.json", unless something else is asked for.
Result<fs::path> target_of(const Options& options) {
  if (options.in_place) {
    if (options.output) return fail("--in-place and --output name two places: choose one of them");
    return fs::path(options.file);
  }
  if (options.output) return fs::path(*options.output);
  fs::path target = options.file;
  target.replace_extension(".shrunk" + target.extension().string());
  std::error_code ignored;
  if (fs::exists(target, ignored)) {
    return fail(fmt::format("writing {}: it is there already; choose another file with --output",
                            target.string()));
  }
  return target;
}

std::string size_words(const campaign::CaseSize& size) {
  return fmt::format("{}, {}, {}", report::counted(size.operations, "operation"),
                     report::counted(size.resources, "resource"),
                     report::counted(size.faults, "fault"));
}

void print_result(const campaign::Finding& finding, const fs::path& target) {
  const campaign::Shrinking& shrinking = *finding.shrinking;
  print(fmt::format("{}: {} of {}\n", finding.signature, finding.confirmed, finding.runs));
  print(fmt::format("{} → {}   in {}, {}{}\n", size_words(shrinking.before),
                    size_words(shrinking.after), report::counted(shrinking.tries, "attempt"),
                    report::time_words(shrinking.elapsed),
                    shrinking.complete ? "" : "; not finished, smaller may exist"));
  print(fmt::format("written to {}\n", target.string()));
}

Result<campaign::Finding> shrink(const suite::Scenario& scenario, const Options& options,
                                 std::optional<ShrinkLog>& log) {
  TRY(const campaign::SharedCatalogue catalogue, campaign::load_catalogue(options.types));
  TRY(campaign::Worker worker, campaign::worker_for(scenario, catalogue, options.choice));
  worker.watchdog = watchdog_for(scenario, worker, options.case_limits);
  ProgressLine progress(error_output_is_terminal(), std::nullopt);
  campaign::Investigation how;
  how.max_tries = options.tries;
  how.time_limit = options.time;
  how.confirm_runs = kRuns;
  how.stop = &stop_on_signals();
  how.on_attempt = [&](const campaign::Attempt& attempt) {
    if (log) log->add(attempt);
    progress.on_attempt(attempt);
  };
  return campaign::shrink_scenario(scenario, worker, how);
}

Result<void> run(const Options& options) {
  TRY(const suite::Scenario scenario, load_scenario(options.file));
  TRY(const fs::path target, target_of(options));
  TRY_VOID(campaign::check_can_write(target));
  std::optional<ShrinkLog> log;
  if (options.shrink_log) {
    std::error_code ignored;
    if (fs::equivalent(*options.shrink_log, options.file, ignored)) {
      return fail(
          fmt::format("writing the shrink log {}: that is the scenario; choose another file",
                      *options.shrink_log));
    }
    TRY(log, ShrinkLog::open(*options.shrink_log));
  }
  const Result<campaign::Finding> finding = shrink(scenario, options, log);
  if (!finding) {
    return fail(fmt::format("shrinking {}: {}", options.file, finding.error().message));
  }
  TRY_VOID(campaign::write_file(target, suite::to_text(finding->scenario)));
  print_result(*finding, target);
  return log ? log->close() : Result<void>();
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.positional("FILE", options->file, "a scenario file that fails");
  arguments.path("-o,--output", options->output,
                 "where the smaller scenario goes; FILE with .shrunk before its ending by default");
  arguments.flag("--in-place", options->in_place, "write it over FILE");
  arguments.path("--shrink-log", options->shrink_log,
                 "write every attempt to this file, a line of JSON each");
  arguments.text("--binary", options->choice.binary, kBinaryHelp);
  arguments.texts("--switch-to", options->choice.later_binaries, kSwitchToHelp);
  arguments.paths("--types", options->types, kTypesHelp);
  arguments.number("--tries", options->tries, {.minimum = 1}, "attempts at most, 20000 by default");
  arguments.duration("--time", options->time, "begin no attempt after this much time: 30s, 5m");
  declare_case_limits(arguments, options->case_limits, "an attempt");
  return [options] {
    const Result<void> done = run(*options);
    return done ? 0 : complain(done.error().message);
  };
}

}  // namespace
}  // namespace shrink_command

const Subcommand kShrink = {
    .name = "shrink",
    .summary = "take out of a failing scenario file what its failure does not need",
    .declare = shrink_command::declare,
};

}  // namespace squall::cli
