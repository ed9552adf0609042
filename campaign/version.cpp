#include "campaign/version.h"

namespace squall::campaign {

// SQUALL_VERSION is the version of the CMake project, set for this file alone.
std::string_view squall_version() { return SQUALL_VERSION; }

}  // namespace squall::campaign
