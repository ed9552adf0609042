// What clients may see, made from committed records.
#pragma once

#include "documents/command.h"
#include "engine/state.h"

namespace squall::engine {

CommandView view_of(const CommandEntry& command);
CommandOutline outline_of(const CommandEntry& command);
// view_of(command).state, without the rest.
CommandState state_of(const CommandEntry& command);
// Secrets are masked.
InventoryRow view_of(const Schema& schema, const ResourceRow& row);
// An update that would be made.
ResourceUpdateView view_of(const PlannedUpdate& plan);

}  // namespace squall::engine
