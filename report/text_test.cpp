#include "report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::report {
namespace {

using ::testing::ElementsAre;

TEST(Text, WidthCountsCodePoints) {
  // Shows that a column is a character, not a byte.
  EXPECT_EQ(width_of("→ ✗ ä"), 5U);
  EXPECT_EQ(padded("ä", 3), "ä  ");
  EXPECT_EQ(padded_left("ä", 3), "  ä");
  EXPECT_EQ(padded("long", 2), "long");
}

TEST(Text, WrapsAtSpacesAndKeepsColumns) {
  // Shows that lines break between words only, that a long word stands alone, and that runs of
  // spaces inside a line stay.
  EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("apply   stack-0  vpc-1", 17), ElementsAre("apply   stack-0", "vpc-1"));
  EXPECT_THAT(wrapped("unbreakable x", 4), ElementsAre("unbreakable", "x"));
  EXPECT_THAT(wrapped("", 4), ElementsAre(""));
}

TEST(Text, ListsBreakBetweenTheirItems) {
  // Shows that an item is broken only if it alone is too wide, and that no line is too wide.
  EXPECT_THAT(wrapped_items({"a b", "c d", "e"}, 9), ElementsAre("a b ·", "c d · e"));
  EXPECT_THAT(wrapped_items({"a b", "c d"}, 9), ElementsAre("a b · c d"));
  EXPECT_THAT(wrapped_items({"one two", "x"}, 6), ElementsAre("one", "two ·", "x"));
  EXPECT_THAT(wrapped_items({}, 6), ElementsAre(""));
}

TEST(Text, SpreadEndsAtTheLastColumn) {
  // Shows that the right part ends the line, and never touches the left one.
  EXPECT_EQ(spread("left", "right", 12), "left   right");
  EXPECT_EQ(spread("left", "right", 5), "left  right");
}

TEST(Text, NumbersAsPeopleWriteThem) {
  // Shows grouping, plurals, shares and times.
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(counted(1, "case"), "1 case");
  EXPECT_EQ(counted(2, "case"), "2 cases");
  EXPECT_EQ(percent(0, 0), "–");
  EXPECT_EQ(percent(1, 3), "33 %");
  EXPECT_EQ(percent(1, 500), "0.2 %");
  EXPECT_EQ(time_words(std::chrono::milliseconds(42)), "0.04 s");
  EXPECT_EQ(time_words(std::chrono::milliseconds(4240)), "4.2 s");
  EXPECT_EQ(time_words(std::chrono::seconds(125)), "2 min 5 s");
}

TEST(Style, PaintsOnlyWhereItIsWanted) {
  // Shows that no escape sequence comes out of a plain style.
  EXPECT_EQ(Style(false).bad("x"), "x");
  EXPECT_EQ(Style(true).bad("x"), "\x1b[1;31mx\x1b[0m");
}

}  // namespace
}  // namespace squall::report
