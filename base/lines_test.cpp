#include "base/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Shows: empty lines count, an empty rest after the last end does not.
TEST(LinesOf, AreWhatStandsBeforeTheEnds) {
  EXPECT_THAT(lines_of(""), IsEmpty());
  EXPECT_THAT(lines_of("a"), ElementsAre("a"));
  EXPECT_THAT(lines_of("\na\n\nb\n"), ElementsAre("", "a", "", "b"));
}

}  // namespace
}  // namespace squall
