// Values as people type them on a command line.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace squall::cli {

// Digits only, within [minimum, maximum]. The error says what was expected.
Result<uint64_t> parse_number(std::string_view text, uint64_t minimum, uint64_t maximum);

// "500ms", "30s", "5m", "2h"; without a unit seconds. More than none, at most 30 days.
Result<Duration> parse_duration(std::string_view text);

}  // namespace squall::cli
