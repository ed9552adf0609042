// What the agent's log tells of its start: where it goes on. Its answers tell less, since it goes
// on while it is asked.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "documents/command.h"

namespace squall::engines {

// The updates, by command, that had begun by what the agent found in its store. `log` is that of
// one process, JSON lines; what is something else is left out.
std::set<std::pair<std::string, UpdateKey>> begun_before(std::string_view log);

// The commands as they were then, by what they are now.
std::vector<CommandView> as_found(std::vector<CommandView> commands, std::string_view log);

}  // namespace squall::engines
