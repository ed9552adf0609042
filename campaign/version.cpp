#include "campaign/version.h"

namespace squall::campaign {

// SQUALL_VERSION is the version of the CMake project, set for this file alone.
std::string_view squall_version() { return SQUALL_VERSION; }

std::string version_of(const Traits& traits) {
  const bool ours = (traits.engine == "sim" || traits.engine == "agent") && traits.version == "0";
  return ours ? std::string(squall_version()) : traits.version;
}

}  // namespace squall::campaign
