// Values as people type them on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace squall::cli {

// Digits only, within [minimum, maximum]. The error says what was expected.
Result<uint64_t> parse_number(std::string_view text, uint64_t minimum, uint64_t maximum);

// "500ms", "30s", "5m", "2h"; without a unit seconds. More than none, at most 30 days.
Result<Duration> parse_duration(std::string_view text);

// "512M", "2G", "64K"; without a unit bytes. At most 1024 G.
Result<uint64_t> parse_size(std::string_view text);

// "2/8": the cases 2, 10, 18, …; the first number is from 0 to the second one, less 1.
struct Shard {
  uint64_t index = 0;
  uint64_t count = 1;
};
Result<Shard> parse_shard(std::string_view text);

// "A,B,C"; no part may be empty.
Result<std::vector<std::string>> parse_list(std::string_view text);

// "-a  -b": the words between spaces. There are no quotes.
std::vector<std::string> split_words(std::string_view text);

}  // namespace squall::cli
