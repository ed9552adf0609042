#include "cli/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace squall::cli {
namespace {

constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();
constexpr Duration kLongest = std::chrono::hours(24 * 30);

struct Unit {
  std::string_view suffix;
  uint64_t microseconds;
};
// "ms" before "m" and "s": the first suffix that fits is taken.
constexpr std::array kUnits = {Unit{.suffix = "ms", .microseconds = 1'000},
                               Unit{.suffix = "s", .microseconds = 1'000'000},
                               Unit{.suffix = "m", .microseconds = 60'000'000},
                               Unit{.suffix = "h", .microseconds = 3'600'000'000}};

std::optional<uint64_t> digits(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<uint64_t> parse_number(std::string_view text, uint64_t minimum, uint64_t maximum) {
  const std::optional<uint64_t> value = digits(text);
  if (value && *value >= minimum && *value <= maximum) return *value;
  if (maximum == kUnlimited) {
    return fail(fmt::format("\"{}\" is not a whole number of at least {}", text, minimum));
  }
  return fail(fmt::format("\"{}\" is not a whole number from {} to {}", text, minimum, maximum));
}

Result<Duration> parse_duration(std::string_view text) {
  uint64_t unit = 1'000'000;
  std::string_view number = text;
  for (const Unit& each : kUnits) {
    if (!text.ends_with(each.suffix)) continue;
    unit = each.microseconds;
    number.remove_suffix(each.suffix.size());
    break;
  }
  const std::optional<uint64_t> value = digits(number);
  const auto most = static_cast<uint64_t>(kLongest.count()) / unit;
  if (!value || *value == 0 || *value > most) {
    return fail(
        fmt::format("\"{}\" is not a time of at most 30 days: write 30s, 500ms, 5m or 2h", text));
  }
  return Duration(static_cast<int64_t>(*value * unit));
}

Result<uint64_t> parse_size(std::string_view text) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  constexpr std::string_view kSuffixes = "KMG";
  const size_t suffix = text.empty() ? std::string_view::npos : kSuffixes.find(text.back());
  const bool has_unit = suffix != std::string_view::npos;
  const uint64_t unit = has_unit ? uint64_t{1} << (10 * (suffix + 1)) : 1;
  const std::optional<uint64_t> value = digits(text.substr(0, text.size() - (has_unit ? 1 : 0)));
  if (!value || *value > kMost / unit) {
    return fail(fmt::format("\"{}\" is not a size of at most 1024G: write 512M, 2G or 0", text));
  }
  return *value * unit;
}

Result<Shard> parse_shard(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::optional<uint64_t> index = digits(text.substr(0, slash));
    const std::optional<uint64_t> count = digits(text.substr(slash + 1));
    if (index && count && *index < *count) return Shard{.index = *index, .count = *count};
  }
  return fail(fmt::format("\"{}\" is no shard: write 0/4, 1/4, 2/4 or 3/4 for one of four", text));
}

Result<std::vector<std::string>> parse_list(std::string_view text) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    if (end == begin) return fail(fmt::format("\"{}\" is no list: write A,B,C", text));
    out.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) out.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace squall::cli
