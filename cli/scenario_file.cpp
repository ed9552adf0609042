#include "cli/scenario_file.h"

#include <fmt/format.h>

#include <utility>

#include "campaign/files.h"

namespace squall::cli {

Result<suite::Scenario> load_scenario(const std::string& path) {
  TRY(const std::string text, campaign::read_file(path));
  Result<suite::Scenario> scenario = suite::parse_scenario(text);
  if (!scenario) {
    return fail(fmt::format("reading the scenario {}: {}", path, scenario.error().message));
  }
  return scenario;
}

}  // namespace squall::cli
