// The command line of squall-agent: `serve` runs the daemon; apply, destroy, status and inventory
// are for people, and talk to one that runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/plants.h"

namespace squall::agent {

// The set of the plants with these names; null where there are none to be had.
using PlantsNamed = Result<engine::PlantSet> (*)(const std::vector<std::string>& names);

// What main() returns: 0 done; 1 the engine refused, failed or stopped itself; 2 nothing could be
// done: a wrong option, no agent, a broken file.
int run_command_line(int argc, char** argv, PlantsNamed plants_named);

}  // namespace squall::agent
