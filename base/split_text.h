// A text by what stands between a separator.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace squall {

// One part more than there are separators; parts may be empty. REQUIRES: a separator that is not.
inline std::vector<std::string> split_text(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

}  // namespace squall
