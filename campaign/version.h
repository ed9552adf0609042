// Which Squall this is: what `squall --version` prints and what a saved scenario names.
#pragma once

#include <string_view>

namespace squall::campaign {

std::string_view squall_version();  // "0.1.0"

}  // namespace squall::campaign
