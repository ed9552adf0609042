#include "base/split_text.h"

#include <gmock/gmock.h>

namespace squall {
namespace {

using ::testing::ElementsAre;

// Shows: every separator parts something from something, and that may be nothing.
TEST(SplitText, HasOnePartMoreThanTheSeparators) {
  EXPECT_THAT(split_text("", "/"), ElementsAre(""));
  EXPECT_THAT(split_text("a", " and "), ElementsAre("a"));
  EXPECT_THAT(split_text("a and b and ", " and "), ElementsAre("a", "b", ""));
  EXPECT_THAT(split_text("//", "/"), ElementsAre("", "", ""));
}

}  // namespace
}  // namespace squall
