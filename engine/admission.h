// Admission: may a request be carried out, and what would that be? The checks of docs/rules.md §5
// in their order; the first that fails answers. Pure: committing and starting is the engine's part.
#pragma once

#include <variant>
#include <vector>

#include "documents/command.h"
#include "engine/plants.h"
#include "engine/records.h"
#include "engine/schemas.h"
#include "engine/state.h"

namespace squall::engine {

struct Plan {
  std::vector<PlannedUpdate> updates;   // creates of new resources still without ksuid
  std::vector<ResourceRow> redeclared;  // rows that declare something new, with nothing to change
  std::vector<Target> targets;          // that are new, or differ from what is known
  size_t dropped_edges = 0;             // see ordering.h
  size_t cascades = 0;                  // deletes that are there because of a cascade
  size_t cascaded_consumers = 0;        // changed because what they refer to is replaced
};

// A Plan without updates means that there is nothing to do.
using Admission = std::variant<Plan, Rejection>;

// REQUIRES: request.kind is apply or destroy; its secrets are sealed, by `vault` (nullptr: it has
// none).
Admission admit(const State& state, const Schemas& schemas, const PlantSet& plants,
                const CommandRequest& request, Env* vault = nullptr);

}  // namespace squall::engine
