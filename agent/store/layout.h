// Versions of what a database holds. Layout n is what the first n migrations make of an empty
// database; the database says which one it has.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace squall::agent {

// SQL, one statement or several. The list only grows: who changes a migration that was released
// changes nothing in the databases that are there.
using Migrations = std::span<const char* const>;

// Can a program with these migrations use a database of layout `found`? 0: it is empty.
// `database` names it.
Result<void> check_layout(int64_t found, Migrations known, std::string_view database);

}  // namespace squall::agent
