// squall known: the file of failures that somebody has reported already.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "campaign/files.h"
#include "campaign/known.h"
#include "campaign/version.h"
#include "cli/console.h"
#include "cli/scenario_file.h"
#include "cli/subcommands.h"

namespace squall::cli {
namespace known_command {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string action;
  std::string scenario;
  std::string link;
  std::string file = "known.toml";
  std::optional<std::string> versions;
};

Result<void> check_link(const std::string& link) {
  const bool readable = std::ranges::all_of(link, [](char c) { return c > ' ' && c < 0x7f; });
  if (readable && link.find("://") != std::string::npos) return {};
  return fail(
      fmt::format("--link: \"{}\" is no address: where was the failure reported? "
                  "Write one like https://tracker.example/issues/12",
                  link));
}

Result<campaign::KnownRule> rule_of(const Options& options) {
  TRY(const suite::Scenario scenario, load_scenario(options.scenario));
  const size_t slash = scenario.expected.find('/');
  if (slash == std::string::npos) {
    return fail(
        fmt::format("{} does not say what it shows: give it \"expected\", such as "
                    "no-duplicate/two-objects, and see that `squall replay` agrees",
                    options.scenario));
  }
  TRY_VOID(check_link(options.link));
  campaign::KnownRule rule;
  rule.engine = scenario.engine;
  rule.invariant = scenario.expected.substr(0, slash);
  rule.shape = scenario.expected.substr(slash + 1);
  rule.link = options.link;
  // Until it is mended, that is; the run says when that is so.
  const std::string first = campaign::versions_in(scenario.engine_version).front();
  const std::string since = first.empty() ? "" : ">=" + first;
  rule.versions = options.versions.value_or(since);
  return rule;
}

// The name, beside the file of rules, for a copy of the scenario: they are kept together, whereas
// the failures under .squall come and go. A file of that name is only taken if it is the same.
std::string name_beside(const fs::path& rules, const campaign::KnownRule& rule,
                        const std::string& text) {
  for (int i = 1;; ++i) {
    std::string name = fmt::format("{}-{}{}.json", rule.invariant, rule.shape,
                                   i == 1 ? "" : fmt::format("-{}", i));
    std::error_code error;
    if (!fs::exists(rules.parent_path() / name, error)) return name;
    const Result<std::string> there = campaign::read_file(rules.parent_path() / name);
    if (there && *there == text) return name;
  }
}

// Enters the rule with a copy of its scenario, or leaves everything as it was.
Result<std::string> add(const Options& options) {
  TRY(campaign::KnownRule rule, rule_of(options));
  TRY(const std::string text, campaign::read_file(options.scenario));
  const fs::path rules = options.file;
  rule.scenario = name_beside(rules, rule, text);
  const fs::path copy = rules.parent_path() / rule.scenario;
  std::error_code error;
  const bool is_there = fs::exists(copy, error);
  if (!is_there) TRY_VOID(campaign::write_file(copy, text));
  const Result<void> added = campaign::add_known(rules, rule);
  if (!added && !is_there) fs::remove(copy, error);
  TRY_VOID(added);
  return fmt::format(
      "{}/{} of {} is known now: `squall test --known {}` does not fail for it; {}, beside it, "
      "shows "
      "it\n",
      rule.invariant, rule.shape, rule.engine, options.file, rule.scenario);
}

int run(const Options& options) {
  if (options.action != "add") {
    return complain(
        fmt::format("there is no `squall known {}`; there is `squall known add`", options.action));
  }
  const Result<std::string> added = add(options);
  if (!added) return complain(added.error().message);
  print(*added);
  return 0;
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.positional("ACTION", options->action, "add");
  arguments.positional("SCENARIO", options->scenario, "a scenario file that shows the failure");
  arguments.text("--link", options->link, "where it was reported; required");
  arguments.path("--file", options->file, "the file of known failures, known.toml by default");
  arguments.text("--versions", options->versions,
                 "of the engine, like \">=0.3 <0.5\"; that of the scenario and later by default");
  return [options] { return run(*options); };
}

}  // namespace
}  // namespace known_command

const Subcommand kKnown = {
    .name = "known",
    .summary = "add the failure of a scenario file to those that fail no run",
    .declare = known_command::declare,
};

}  // namespace squall::cli
