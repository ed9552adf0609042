// squall test: a campaign.
#include <fmt/format.h>

#include <memory>

#include "campaign/campaign.h"
#include "cli/console.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/subcommands.h"
#include "documents/json.h"
#include "report/failure_report.h"
#include "report/summary.h"

namespace squall::cli {
namespace {

constexpr uint64_t kMostJobs = 1024;

struct Options {
  campaign::CampaignOptions campaign;
  uint64_t jobs = 0;
  uint64_t max_failures = 1;
  std::string failures_dir = ".squall";
  bool json = false;
  bool no_shrink = false;
};

std::string opening_words(const campaign::CampaignOptions& options) {
  std::string out = fmt::format("testing {} with profile {}, seed {}", options.engine,
                                options.profile, options.seed);
  if (!options.plants.empty()) out += ", planted: " + report::joined(options.plants, ", ");
  return out;
}

// Reports are written once all findings are known: each says which one of how many it is.
void report_findings(campaign::CampaignResult& result, const report::Style& style) {
  const size_t count = result.findings.size();
  for (size_t i = 0; i < count; ++i) {
    campaign::Finding& finding = result.findings[i];
    const report::Placement placement{.number = i + 1, .of = count};
    const Result<void> saved = report::save_reports(finding, placement);
    if (!saved) finding.save_error = saved.error().message;
    print(report::failure_report(finding, placement, style) + "\n");
  }
}

int run(Options& options) {
  campaign::CampaignOptions& wanted = options.campaign;
  wanted.jobs = static_cast<uint32_t>(options.jobs);
  wanted.max_failures = static_cast<uint32_t>(options.max_failures);
  wanted.failures_dir = options.failures_dir;
  wanted.shrink = !options.no_shrink;
  wanted.stop = &stop_on_signals();

  const std::optional<uint64_t> cases =
      wanted.cases || wanted.time ? wanted.cases : campaign::CampaignOptions::kDefaultCases;
  ProgressLine progress(error_output_is_terminal(), cases);
  progress.begin(opening_words(wanted));
  Result<campaign::CampaignResult> result = campaign::run_campaign(wanted, progress);
  progress.clear();
  if (!result) return complain(result.error().message);

  const report::Style style = style_of_output();
  report_findings(*result, style);
  print(report::summary(*result, style));
  if (options.json) print(canonical(report::summary_json(*result)) + "\n");
  return campaign::exit_code(*result);
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  campaign::CampaignOptions& wanted = options->campaign;
  arguments.text("--engine", wanted.engine,
                 "engine under test, sim by default (squall list engines)");
  arguments.text("--profile", wanted.profile,
                 "what to draw, failures by default (squall list profiles)");
  arguments.number("--cases", wanted.cases, {.minimum = 1},
                   "cases at most; 1000, or without limit where --time is given");
  arguments.duration("--time", wanted.time, "begin no case after this much time: 30s, 5m, 2h");
  arguments.number("--seed", wanted.seed, {}, "1 by default; the same seed gives the same cases");
  arguments.number("-j,--jobs", options->jobs, {.minimum = 1, .maximum = kMostJobs},
                   "threads; one per core unless told otherwise");
  arguments.texts("--plant", wanted.plants,
                  "switch a deliberate bug of the reference engine on (squall list plants)");
  arguments.path("--failures-dir", options->failures_dir,
                 "where failures are saved, .squall by default");
  arguments.number("--max-failures", options->max_failures, {.maximum = UINT32_MAX},
                   "stop at this many different failures, 1 by default; 0: go on to the end");
  arguments.flag("--json", options->json, "end with a summary object, the last line of stdout");
  arguments.flag("--no-shrink", options->no_shrink, "report failing cases as they were drawn");
  return [options] { return run(*options); };
}

}  // namespace

const Subcommand kTest = {
    .name = "test",
    .summary = "draw cases, run them on an engine, explain what fails",
    .declare = declare,
};

}  // namespace squall::cli
