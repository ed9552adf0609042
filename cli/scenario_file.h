// Scenario files as arguments.
#pragma once

#include <string>

#include "base/result.h"
#include "suite/scenario.h"

namespace squall::cli {

// Reads a scenario file. The error names the file, what is wrong in it and where.
Result<suite::Scenario> load_scenario(const std::string& path);

}  // namespace squall::cli
