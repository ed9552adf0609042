// Whether a text holds one of several others, such as secrets.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace squall {

// An empty part is in none.
inline bool contains_any(std::string_view text, const std::vector<std::string>& parts) {
  return std::ranges::any_of(parts, [text](const std::string& part) {
    return !part.empty() && text.find(part) != std::string_view::npos;
  });
}

}  // namespace squall
