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

// Shows: all calls count, and those that may have had no answer are left out of what was heard.
TEST(CallsIn, CountsTheCalls) {
  EXPECT_EQ(calls_in("squall_provider_calls_total{kind=\"create\",outcome=\"success\"} 3\n"
                     "squall_provider_calls_total{kind=\"read\",outcome=\"NotFound\"} 2\n"
                     "squall_provider_calls_total{kind=\"read\",outcome=\"NetworkFailure\"} 5\n"
                     "squall_provider_calls_total{kind=\"read\",outcome=\"DeadlineExceeded\"} 7\n"
                     "squall_provider_calls_in_flight 1\n"),
            (CallCounts{.made = 17, .heard = 5}));
  EXPECT_EQ(calls_in(""), CallCounts());
  EXPECT_EQ(calls_in_flight_in("squall_up 2\nsquall_provider_calls_in_flight 13\n"), 13U);
  EXPECT_EQ(calls_in_flight_in(""), 0U);
}

}  // namespace
}  // namespace squall::engines
