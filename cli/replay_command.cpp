// squall replay: runs one scenario file.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "campaign/files.h"
#include "campaign/replay.h"
#include "cli/console.h"
#include "cli/hang.h"
#include "cli/scenario_file.h"
#include "cli/subcommands.h"
#include "cloud/operation_log.h"
#include "documents/json.h"
#include "report/failure_report.h"
#include "report/narration.h"

namespace squall::cli {
namespace replay_command {
namespace {

constexpr uint32_t kRuns = 10;

struct Options {
  campaign::EngineChoice choice;  // but for its plants
  std::string file;
  std::optional<std::string> engine;
  std::vector<std::string> plants;
  std::vector<std::string> types;
  bool no_plants = false;
  bool strict = false;
  bool json = false;
  std::optional<std::string> log;
  campaign::CaseLimits case_limits = kDefaultCaseLimits;
};

std::string conclusion(const campaign::Replay& replay) {
  if (replay.shows_what_it_expects()) return "shows what it expects: " + replay.expected;
  if (replay.expected.empty() && replay.remarks_only) {
    return "expects nothing, and shows nothing but what is not promised (--strict)";
  }
  if (replay.expected.empty()) {
    return replay.finding ? "expects nothing, and fails" : "passes, as it should";
  }
  // With another engine or other plants it need not.
  const std::string_view words =
      replay.elsewhere ? "does not show here what it expects" : "no longer shows what it expects";
  if (!replay.finding) return fmt::format("{}: {}", words, replay.expected);
  return fmt::format("{} ({}); shows {} instead", words, replay.expected,
                     replay.finding->signature);
}

// To a file of the caller's choice; never over the scenario itself.
Result<void> write_log(const campaign::Replay& replay, const Options& options) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::equivalent(*options.log, options.file, ignored)) {
    return fail(fmt::format("writing the log to {}: that is the scenario; choose another file",
                            *options.log));
  }
  std::string text;
  for (const cloud::LogRecord& record : replay.record.log) {
    text += cloud::to_json_line(record) + "\n";
  }
  return campaign::write_file(*options.log, text);
}

JsonObject replay_json(const campaign::Replay& replay, const Options& options) {
  JsonObject out{{"scenario", options.file},
                 {"expected", replay.expected},
                 {"shows_what_it_expects", replay.shows_what_it_expects()},
                 {"remarks_only", replay.remarks_only},
                 {"exit_code", campaign::exit_code(replay)},
                 {"trace_hash", fmt::format("{:016x}", replay.record.trace_hash)}};
  JsonArray signatures;
  for (const std::string& signature : replay.signatures) signatures.emplace_back(signature);
  out["signatures"] = std::move(signatures);
  if (replay.finding) out["finding"] = report::failure_json(*replay.finding);
  return out;
}

void print_replay(const campaign::Replay& replay) {
  const report::Style style = style_of_output();
  if (replay.finding) {
    print(report::failure_report(*replay.finding, {}, style) + "\n");
  } else {
    print(style.good("✓ every invariant holds") + "\n\n");
    print(report::step_table(report::steps_of(replay.record), style) + "\n");
  }
  print(conclusion(replay) + "\n");
}

// The scenario, on the engine and with the plants that were asked for.
suite::Scenario chosen(const suite::Scenario& scenario, const Options& options) {
  suite::Scenario out = scenario;
  if (options.engine) out.engine = *options.engine;
  if (options.no_plants) out.plants.clear();
  for (const std::string& plant : options.plants) {
    if (std::ranges::find(out.plants, plant) == out.plants.end()) out.plants.push_back(plant);
  }
  return out;
}

Result<campaign::Replay> replayed(const suite::Scenario& as_named, const Options& options) {
  const suite::Scenario scenario = chosen(as_named, options);
  TRY(const campaign::SharedCatalogue catalogue, campaign::load_catalogue(options.types));
  TRY(campaign::Worker worker, campaign::worker_for(scenario, catalogue, options.choice));
  worker.watchdog = watchdog_for(scenario, worker, options.case_limits);
  TRY(campaign::Replay replay, campaign::replay(scenario, worker, kRuns, options.strict));
  replay.elsewhere = scenario.engine != as_named.engine || scenario.plants != as_named.plants;
  return replay;
}

int run(const Options& options) {
  const Result<suite::Scenario> scenario = load_scenario(options.file);
  if (!scenario) return complain(scenario.error().message);
  const Result<campaign::Replay> replay = replayed(*scenario, options);
  if (!replay) {
    return complain(fmt::format("replaying {}: {}", options.file, replay.error().message));
  }
  print_replay(*replay);
  if (options.json) print(canonical(replay_json(*replay, options)) + "\n");
  if (options.log) {
    const Result<void> written = write_log(*replay, options);
    if (!written) return complain(written.error().message);
  }
  return campaign::exit_code(*replay);
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.positional("FILE", options->file, "a scenario file");
  arguments.text("--engine", options->engine, "another engine than the scenario names");
  arguments.texts("--plant", options->plants, "switch a plant on, besides those of the scenario");
  arguments.flag("--no-plants", options->no_plants, "leave out the plants of the scenario");
  arguments.text("--binary", options->choice.binary, kBinaryHelp);
  arguments.texts("--switch-to", options->choice.later_binaries, kSwitchToHelp);
  arguments.paths("--types", options->types, kTypesHelp);
  arguments.flag("--strict", options->strict, kStrictHelp);
  arguments.flag("--json", options->json, "end with a summary object, the last line of stdout");
  arguments.path("--log", options->log, "write the cloud's operation log to this file");
  declare_case_limits(arguments, options->case_limits, "a run");
  arguments.footer(
      "Exit codes: 0 it shows what it expects, or expects nothing and passes; 1 it shows "
      "something\n"
      "else, or nothing; 2 bad input or the harness failed; 3 what it shows does not show every "
      "time.\nWith another engine or other plants than it names: 0 every invariant holds, 1 or 3 "
      "one "
      "does not.\nWithout --strict a remark is no failure: what the engine's documentation does "
      "not promise.");
  return [options] { return run(*options); };
}

}  // namespace
}  // namespace replay_command

const Subcommand kReplay = {
    .name = "replay",
    .summary = "run one scenario file and say whether it shows what it expects",
    .declare = replay_command::declare,
};

}  // namespace squall::cli
