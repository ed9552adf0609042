// Laying out text for a terminal: widths, wrapping, numbers, colours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace squall::report {

// What a report is laid out for: the columns of the widest line.
inline constexpr size_t kColumns = 100;

// Colours, where they are wanted: on a terminal, and not with NO_COLOR. Who prints decides.
class Style {
 public:
  explicit Style(bool coloured) : coloured_(coloured) {}

  std::string bad(std::string_view text) const { return painted(text, "1;31"); }
  std::string good(std::string_view text) const { return painted(text, "1;32"); }
  std::string strong(std::string_view text) const { return painted(text, "1"); }
  std::string faint(std::string_view text) const { return painted(text, "2"); }

 private:
  std::string painted(std::string_view text, std::string_view code) const;

  bool coloured_;
};

// Columns that UTF-8 text takes, counting every code point as one. Text without colours only.
size_t width_of(std::string_view text);

// `text` and spaces up to `width` columns; unchanged where it is wider.
std::string padded(std::string_view text, size_t width);
std::string padded_left(std::string_view text, size_t width);

// `left`, then `right` so that the line ends at `columns`, or two spaces on where they would touch.
std::string spread(std::string_view left, std::string_view right, size_t columns = kColumns);

// Lines of at most `width` columns, broken at spaces. A longer word has a line of its own. At least
// one line.
std::vector<std::string> wrapped(std::string_view text, size_t width);

// Columns that a label takes in a report, and those left for what it labels.
inline constexpr size_t kLabelColumns = 13;
inline constexpr size_t kLabelledColumns = kColumns - kLabelColumns;

// "label      text", the text wrapped at kColumns and its further lines indented to the first one.
// Ends with a line break.
std::string labelled(std::string_view label, std::string_view text, const Style& style);

// The same for a list: "one · two", with line breaks between the items, not inside them, unless one
// alone is too wide.
std::string labelled(std::string_view label, const std::vector<std::string>& items,
                     const Style& style);
std::vector<std::string> wrapped_items(const std::vector<std::string>& items, size_t width);

std::string joined(const std::vector<std::string>& parts, std::string_view separator);

std::string grouped(uint64_t number);                         // "12,345"
std::string counted(uint64_t number, std::string_view noun);  // "1 case", "12,345 cases"
std::string percent(uint64_t part, uint64_t whole);           // "61 %"; "–" of nothing
std::string time_words(Duration elapsed);                     // "0.4 s", "2 min 5 s"

}  // namespace squall::report
