// Which Squall this is: what `squall --version` prints and what a saved scenario names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine_under_test/engine_under_test.h"

namespace squall::campaign {

std::string_view squall_version();  // "0.1.0"

// The engine's version, as reports, scenarios and known failures name it. The simulated engine is a
// part of Squall and says "0" of itself: its version is Squall's.
// Where there are later ones it goes on to those: "1.11.4 then 1.12.0".
std::string version_of(const Traits& traits);
// The versions in such a text, in that order; of most there is one.
std::vector<std::string> versions_in(std::string_view text);

}  // namespace squall::campaign
