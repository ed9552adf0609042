// A text by lines.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace squall {

// Without their ends; a last line that has none counts, and an empty rest does not. They point into
// the text.
inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

}  // namespace squall
