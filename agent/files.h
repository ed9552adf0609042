// Files as the agent's command line is given them.
#pragma once

#include <string>

#include "base/result.h"

namespace squall::agent {

// All of it; "-" is the standard input. The error names it, and says why not.
Result<std::string> read_file(const std::string& path);

}  // namespace squall::agent
