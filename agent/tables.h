// What people read of commands and of the inventory: tables and sentences, without colours.
#pragma once

#include <string>
#include <vector>

#include "documents/command.h"

namespace squall::agent {

// One command with its updates.
std::string table_of(const CommandView& command);
// One line a command.
std::string table_of(const std::vector<CommandView>& commands);
std::string table_of(const std::vector<InventoryRow>& rows);
// What a request was answered.
std::string words_of(const CommandReply& reply);

}  // namespace squall::agent
