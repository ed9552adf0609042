#include "engines/agent/marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::engines {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Shows: the marks alone are taken, each with its count; what is cut off or no number is left out.
TEST(MarksIn, TakesTheSamplesOfMarks) {
  EXPECT_THAT(marks_in("# HELP squall_engine_marks How often.\n"
                       "# TYPE squall_engine_marks gauge\n"
                       "squall_engine_marks{mark=\"drift-rejected\"} 2\n"
                       "squall_engine_marks{mark=\"odd\"} many\n"
                       "squall_engine_marks{mark=\"cut\n"
                       "squall_up 1\n"
                       "squall_engine_marks{mark=\"left-unsettled\"} 13"),
              ElementsAre(Pair("drift-rejected", 2), Pair("left-unsettled", 13)));
  EXPECT_THAT(marks_in(""), IsEmpty());
}

}  // namespace
}  // namespace squall::engines
