#include "campaign/version.h"

#include "base/split_text.h"

namespace squall::campaign {

namespace {
constexpr std::string_view kThen = " then ";
}

// SQUALL_VERSION is the version of the CMake project, set for this file alone.
std::string_view squall_version() { return SQUALL_VERSION; }

std::string version_of(const Traits& traits) {
  const bool ours = (traits.engine == "sim" || traits.engine == "agent") && traits.version == "0";
  std::string out = ours ? std::string(squall_version()) : traits.version;
  for (const std::string& later : traits.later_versions) out.append(kThen).append(later);
  return out;
}

std::vector<std::string> versions_in(std::string_view text) { return split_text(text, kThen); }

}  // namespace squall::campaign
