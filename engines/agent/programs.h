// Where the programs are that a run under the agent needs.
#pragma once

#include <string>

#include "base/result.h"

namespace squall::engines {

Result<std::string> path_of_this_program();

// `asked`: a path, or a name to look for on PATH; empty: squall-agent (where `planted`,
// squall-agent-planted) beside this program, else on PATH. The error says where it was looked for.
Result<std::string> find_agent(const std::string& asked, bool planted);

}  // namespace squall::engines
