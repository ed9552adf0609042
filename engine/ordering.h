// Which update waits for which: the graph over the updates of one command. docs/rules.md §6.
#pragma once

#include <string>
#include <vector>

#include "engine/plants.h"
#include "engine/records.h"
#include "engine/schemas.h"
#include "engine/state.h"

namespace squall::engine {

// An update on its way to becoming a PlannedUpdate.
struct Draft {
  PlannedUpdate update;
  const RowEntry* row = nullptr;  // as it is before; nullptr: none
  std::string name;               // value of the property Name, where it has one and it is known
  // Others that it will refer to if its row is settled as applied. Sorted, each once.
  std::vector<ResourceIdentity> may_refer_to = {};
};

// Fills in waits_for of every draft, without a cycle. Where the rules ask for one (rows whose
// declared documents refer to one another; a name that is freed and taken in a circle), an edge of
// the circle is dropped: one between equal names first, then the wait of a delete for an update.
// Returns how many were dropped.
size_t order_updates(const Schemas& schemas, const PlantSet& plants, std::vector<Draft>& drafts);

}  // namespace squall::engine
