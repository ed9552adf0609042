// Whether a text holds one of several others, such as secrets.
#pragma once

#include <algorithm>
#include <ranges>
#include <string>
#include <string_view>

namespace squall {

// An empty part is in none.
template <std::ranges::input_range Texts>
bool contains_any(std::string_view text, const Texts& parts) {
  return std::ranges::any_of(parts, [text](const std::string& part) {
    return !part.empty() && text.find(part) != std::string_view::npos;
  });
}

}  // namespace squall
