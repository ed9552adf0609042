#include "campaign/version_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::campaign {
namespace {

using ::testing::HasSubstr;

bool within(std::string_view range, std::string_view version) {
  const Result<VersionRange> parsed = VersionRange::parse(range);
  EXPECT_TRUE(parsed) << range;
  return parsed && parsed->contains(version);
}

TEST(VersionRange, VersionsAreComparedByNumber) {
  // Shows that 0.10 comes after 0.9, that missing numbers are zeros, and that a candidate comes
  // before its release.
  EXPECT_LT(compare_versions("0.9.1", "0.10"), 0);
  EXPECT_EQ(compare_versions("1", "1.0.0"), 0);
  EXPECT_EQ(compare_versions("v1.2", "1.2.0+build7"), 0);
  EXPECT_LT(compare_versions("1.0.0-rc1", "1.0.0"), 0);
  EXPECT_LT(compare_versions("1.0.0-rc1", "1.0.0-rc2"), 0);
  EXPECT_GT(compare_versions("2", "1.9.9"), 0);
}

TEST(VersionRange, HoldsWhereEveryConditionDoes) {
  // Shows each relation, two at a time, and the ranges that hold everything.
  EXPECT_TRUE(within(">=0.3.0 <0.5", "0.4.9"));
  EXPECT_FALSE(within(">=0.3.0 <0.5", "0.5.0"));
  EXPECT_FALSE(within(">=0.3.0 <0.5", "0.2"));
  EXPECT_TRUE(within("<=1.2", "1.2.0"));
  EXPECT_FALSE(within(">1.2", "1.2"));
  EXPECT_TRUE(within("=1.2", "1.2"));
  EXPECT_TRUE(within("*", "0"));
  EXPECT_TRUE(within("", "17"));
}

TEST(VersionRange, WhatIsNoConditionIsNamed) {
  // Shows that a slip of the pen does not silently match everything or nothing.
  for (const char* wrong : {"0.3", ">=", "~1.2", ">= 0.3", "=x"}) {
    const Result<VersionRange> parsed = VersionRange::parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_THAT(parsed.error().message, HasSubstr("is no condition on versions"));
  }
}

}  // namespace
}  // namespace squall::campaign
