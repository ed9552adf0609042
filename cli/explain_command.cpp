// squall explain: a scenario file in words.
#include <memory>

#include "cli/console.h"
#include "cli/scenario_file.h"
#include "cli/subcommands.h"
#include "report/explanation.h"

namespace squall::cli {
namespace explain_command {
namespace {

int run(const std::string& file) {
  const Result<suite::Scenario> scenario = load_scenario(file);
  if (!scenario) return complain(scenario.error().message);
  print(report::explanation(*scenario, style_of_output()));
  return 0;
}

Action declare(Arguments& arguments) {
  const auto file = std::make_shared<std::string>();
  arguments.positional("FILE", *file, "a scenario file");
  return [file] { return run(*file); };
}

}  // namespace
}  // namespace explain_command

const Subcommand kExplain = {
    .name = "explain",
    .summary = "say in words what a scenario file does; runs no engine",
    .declare = explain_command::declare,
};

}  // namespace squall::cli
