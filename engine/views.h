// What clients may see, made from committed records.
#pragma once

#include "documents/command.h"
#include "engine/state.h"

namespace squall::engine {

CommandView view_of(const CommandEntry& command);
InventoryRow view_of(const ResourceRow& row);

}  // namespace squall::engine
