#include "engines/agent/marks.h"

#include <charconv>
#include <system_error>

#include "base/lines.h"

namespace squall::engines {

namespace {

constexpr std::string_view kBefore = "squall_engine_marks{mark=\"";
constexpr std::string_view kBetween = "\"} ";

}  // namespace

std::map<std::string, uint64_t> marks_in(std::string_view metrics) {
  std::map<std::string, uint64_t> out;
  for (std::string_view line : lines_of(metrics)) {
    if (!line.starts_with(kBefore)) continue;
    line.remove_prefix(kBefore.size());
    const size_t end = line.find(kBetween);
    if (end == std::string_view::npos) continue;
    const std::string_view count = line.substr(end + kBetween.size());
    uint64_t value = 0;
    const auto read = std::from_chars(count.data(), count.data() + count.size(), value);
    if (read.ec == std::errc() && read.ptr == count.data() + count.size())
      out.emplace(line.substr(0, end), value);
  }
  return out;
}

}  // namespace squall::engines
