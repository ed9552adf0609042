// The first check of admission: is the forma well formed by itself, and against the schemas,
// targets and rows there are? docs/rules.md §5.1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/command.h"
#include "engine/schemas.h"
#include "engine/state.h"

namespace squall::engine {

// nullopt: nothing is wrong.
std::optional<Rejection> validate(const State& state, const Schemas& schemas,
                                  const CommandRequest& request);

// Stacks[] ∪ Resources[].Stack, sorted, each once.
std::vector<std::string> named_stacks(const Forma& forma);

}  // namespace squall::engine
