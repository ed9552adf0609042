// squall test: a campaign.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "campaign/campaign.h"
#include "cli/console.h"
#include "cli/hang.h"
#include "cli/run_outputs.h"
#include "cli/signals.h"
#include "cli/subcommands.h"
#include "cli/values.h"
#include "report/text.h"

namespace squall::cli {
namespace test_command {
namespace {

struct Options {
  campaign::CampaignOptions campaign;
  RunOutputs outputs;
  uint64_t jobs = 0;
  uint64_t max_failures = campaign::CampaignOptions::kDefaultMaxFailures;
  std::string failures_dir = ".squall";
  std::optional<std::string> shard;
  std::vector<std::string> known;
  bool no_shrink = false;
};

std::string opening_words(const campaign::CampaignOptions& options) {
  std::string out = fmt::format("testing {} with profile {}, seed {}", options.engine,
                                options.profile, options.seed);
  if (options.shard_count > 1) {
    out += fmt::format(", shard {}/{}", options.shard_index, options.shard_count);
  }
  if (!options.plants.empty()) out += ", planted: " + report::joined(options.plants, ", ");
  if (!options.types.empty()) out += ", types of " + report::joined(options.types, ", ");
  if (options.beyond) out += ", with faults that no engine can be expected to come through";
  if (options.strict) out += ", strict";
  return out;
}

// What was typed, as the campaign takes it.
Result<void> complete(Options& options) {
  campaign::CampaignOptions& wanted = options.campaign;
  wanted.jobs = options.jobs != 0 ? static_cast<uint32_t>(options.jobs)
                                  : std::max(1U, std::thread::hardware_concurrency());
  wanted.max_failures = static_cast<uint32_t>(options.max_failures);
  wanted.failures_dir = options.failures_dir;
  wanted.shrink = !options.no_shrink;
  if (options.failures_dir.empty()) return fail("--failures-dir: name a folder, such as .squall");
  if (options.shard) {
    TRY(const Shard shard, parse_shard(*options.shard));
    wanted.shard_index = shard.index;
    wanted.shard_count = shard.count;
  }
  for (const std::string& path : options.known) {
    TRY(const std::vector<campaign::KnownRule> rules, campaign::load_known(path));
    wanted.known.insert(wanted.known.end(), rules.begin(), rules.end());
  }
  return check(options.outputs);
}

// The cases of this run alone, for the progress; nullopt: nobody knows.
std::optional<uint64_t> cases_to_run(const campaign::CampaignOptions& wanted) {
  if (!wanted.cases && wanted.time) return std::nullopt;
  const uint64_t all = wanted.cases.value_or(campaign::CampaignOptions::kDefaultCases);
  return all / wanted.shard_count + (wanted.shard_index < all % wanted.shard_count ? 1 : 0);
}

campaign::CampaignResult before_the_run(const campaign::CampaignOptions& wanted) {
  campaign::CampaignResult out;
  out.plants = wanted.plants;
  out.types = wanted.types;
  out.beyond = wanted.beyond;
  out.strict = wanted.strict;
  out.seed = wanted.seed;
  out.jobs = wanted.jobs;
  out.shard_index = wanted.shard_index;
  out.shard_count = wanted.shard_count;
  return out;
}

int run(Options& options) {
  campaign::CampaignOptions& wanted = options.campaign;
  const Result<void> completed = complete(options);
  if (!completed) return complain(completed.error().message);
  std::optional<ShrinkLog> log;
  if (options.outputs.shrink_log) {
    Result<ShrinkLog> opened = ShrinkLog::open(*options.outputs.shrink_log);
    if (!opened) return complain(opened.error().message);
    log = std::move(*opened);
  }
  wanted.stop = &stop_on_signals();
  RunObserver progress(error_output_is_terminal(), cases_to_run(wanted), options.outputs,
                       before_the_run(wanted), log);
  progress.begin(opening_words(wanted));
  Result<campaign::CampaignResult> result = campaign::run_campaign(wanted, progress);
  progress.clear();
  if (!result) return complain(result.error().message);
  const int code = conclude(*result, options.outputs);
  if (!log) return code;
  const Result<void> closed = log->close();
  return closed ? code : complain(closed.error().message);
}

void declare_limits(Arguments& arguments, Options& options) {
  campaign::CampaignOptions& wanted = options.campaign;
  arguments.number("--cases", wanted.cases, {.minimum = 1},
                   "cases at most; 1000, or without limit where --time is given");
  arguments.duration("--time", wanted.time, "begin no case after this much time: 30s, 5m, 2h");
  declare_case_limits(arguments, wanted.case_limits, "a case");
  arguments.number("-j,--jobs", options.jobs, {.minimum = 1, .maximum = kMostJobs},
                   "threads; one per core unless told otherwise");
  arguments.text("--shard", options.shard,
                 "I/N: only the cases I, I+N, I+2N, … of the same run; I counts from 0");
  arguments.number("--max-failures", options.max_failures, {.maximum = UINT32_MAX},
                   "stop at this many different failures, 5 by default; 0: go on to the end");
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  campaign::CampaignOptions& wanted = options->campaign;
  wanted.case_limits = kDefaultCaseLimits;
  arguments.text("--engine", wanted.engine,
                 "engine under test, sim by default (squall list engines)");
  arguments.text("--binary", wanted.binary, kBinaryHelp);
  arguments.texts("--switch-to", wanted.later_binaries, kSwitchToHelp);
  arguments.text("--store", wanted.store,
                 "where the agent keeps its state: sqlite, by default, or postgresql");
  arguments.text("--profile", wanted.profile,
                 "what to draw, failures by default (squall list profiles)");
  arguments.flag("--beyond", wanted.beyond,
                 "also draw faults that no engine can be expected to come through (squall list "
                 "faults)");
  arguments.paths("--types", wanted.types, kTypesHelp);
  arguments.number("--seed", wanted.seed, {}, "1 by default; the same seed gives the same cases");
  declare_limits(arguments, *options);
  arguments.texts("--plant", wanted.plants,
                  "switch a deliberate bug of the reference engine on (squall list plants)");
  arguments.paths("--known", options->known,
                  "a file of known failures: they are shown, and fail nothing (squall known add)");
  arguments.flag("--strict", wanted.strict, kStrictHelp);
  arguments.path("--failures-dir", options->failures_dir,
                 "where failures are saved, and replayed from the next time; .squall by default");
  arguments.flag("--no-shrink", options->no_shrink, "report failing cases as they were drawn");
  declare_outputs(arguments, options->outputs);
  return [options] { return run(*options); };
}

}  // namespace
}  // namespace test_command

const Subcommand kTest = {
    .name = "test",
    .summary = "draw cases, run them on an engine, explain what fails",
    .declare = test_command::declare,
};

}  // namespace squall::cli
