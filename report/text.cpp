#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace squall::report {
namespace {

std::string labelled_lines(std::string_view label, const std::vector<std::string>& lines,
                           const Style& style) {
  std::string out = "  " + style.faint(label);
  out.append(kLabelColumns - 2 - std::min(kLabelColumns - 3, width_of(label)), ' ');
  out += lines.front() + "\n";
  for (size_t i = 1; i < lines.size(); ++i) {
    out.append(kLabelColumns, ' ').append(lines[i]).append("\n");
  }
  return out;
}

}  // namespace

std::string Style::painted(std::string_view text, std::string_view code) const {
  return coloured_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string padded(std::string_view text, size_t width) {
  std::string out(text);
  out.append(width - std::min(width, width_of(text)), ' ');
  return out;
}

std::string padded_left(std::string_view text, size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ').append(text);
}

std::string spread(std::string_view left, std::string_view right, size_t columns) {
  const size_t used = width_of(left) + width_of(right);
  const size_t gap = used + 2 > columns ? 2 : columns - used;
  return std::string(left).append(gap, ' ').append(right);
}

std::vector<std::string> wrapped(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  size_t begin = 0;
  while (begin < text.size()) {
    // A word with the spaces before it: columns that the author aligned stay as they are.
    const size_t word = std::min(text.find_first_not_of(' ', begin), text.size());
    const size_t end = std::min(text.find(' ', word), text.size());
    const std::string_view piece = text.substr(begin, end - begin);
    if (lines.back().empty() || width_of(lines.back()) + width_of(piece) <= width) {
      lines.back().append(piece);
    } else {
      lines.emplace_back(text.substr(word, end - word));
    }
    begin = end;
  }
  return lines;
}

std::vector<std::string> wrapped_items(const std::vector<std::string>& items, size_t width) {
  constexpr std::string_view kSeparator = " · ";
  constexpr std::string_view kAtLineEnd = " ·";
  std::vector<std::string> lines;
  for (size_t i = 0; i < items.size(); ++i) {
    // The last item is followed by nothing, any other one at least by the separator's visible part.
    const size_t tail = i + 1 < items.size() ? width_of(kAtLineEnd) : 0;
    const size_t wanted = width_of(items[i]) + tail;
    if (!lines.empty() && width_of(lines.back()) + width_of(kSeparator) + wanted <= width) {
      lines.back().append(kSeparator).append(items[i]);
      continue;
    }
    if (!lines.empty()) lines.back().append(kAtLineEnd);
    for (std::string& line : wrapped(items[i], width - tail)) lines.push_back(std::move(line));
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::string labelled(std::string_view label, std::string_view text, const Style& style) {
  return labelled_lines(label, wrapped(text, kLabelledColumns), style);
}

std::string labelled(std::string_view label, const std::vector<std::string>& items,
                     const Style& style) {
  return labelled_lines(label, wrapped_items(items, kLabelledColumns), style);
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string grouped(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

std::string counted(uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "–";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return share > 0 && share < 1 ? fmt::format("{:.1f} %", share) : fmt::format("{:.0f} %", share);
}

std::string time_words(Duration elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (seconds < 0.1) return fmt::format("{:.2f} s", seconds);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<uint64_t>(std::llround(seconds));
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace squall::report
