#include "campaign/version_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <sstream>

namespace squall::campaign {
namespace {

// The longer ones first: ">=" is not ">" of "=…".
constexpr std::array<std::string_view, 5> kRelations = {">=", "<=", ">", "<", "="};

struct Version {
  std::vector<uint64_t> numbers;
  std::string_view tail;  // with its dash; empty: none
};

Version read(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  Version out;
  const size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  out.tail = text.substr(end);
  // Build data never makes a version an earlier one.
  if (out.tail.starts_with('+')) out.tail = {};
  std::string_view numbers = text.substr(0, end);
  while (!numbers.empty()) {
    const std::string_view number = numbers.substr(0, numbers.find('.'));
    uint64_t value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    out.numbers.push_back(value);
    numbers.remove_prefix(std::min(number.size() + 1, numbers.size()));
  }
  return out;
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  Version left = read(a);
  Version right = read(b);
  const size_t length = std::max(left.numbers.size(), right.numbers.size());
  left.numbers.resize(length);
  right.numbers.resize(length);
  if (left.numbers != right.numbers) return left.numbers < right.numbers ? -1 : 1;
  if (left.tail.empty() != right.tail.empty()) return left.tail.empty() ? 1 : -1;
  return left.tail.compare(right.tail);
}

Result<VersionRange> VersionRange::parse(std::string_view text) {
  VersionRange out;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (word == "*") continue;
    const auto relation =
        std::ranges::find_if(kRelations, [&](const auto& each) { return word.starts_with(each); });
    const std::string version = relation == kRelations.end() ? "" : word.substr(relation->size());
    if (version.find_first_of("0123456789") == std::string::npos) {
      return fail(fmt::format(
          "\"{}\" is no condition on versions: write one like >=0.3.0, <1.0, =1.2 or *", word));
    }
    out.conditions_.push_back({.relation = std::string(*relation), .version = version});
  }
  return out;
}

bool VersionRange::contains(std::string_view version) const {
  return std::ranges::all_of(conditions_, [&](const Condition& each) {
    const int order = compare_versions(version, each.version);
    if (each.relation == ">=") return order >= 0;
    if (each.relation == "<=") return order <= 0;
    if (each.relation == ">") return order > 0;
    if (each.relation == "<") return order < 0;
    return order == 0;
  });
}

}  // namespace squall::campaign
