#include "cli/values.h"

#include <gtest/gtest.h>

namespace squall::cli {
namespace {

TEST(Values, NumbersAreDigitsWithinTheirBounds) {
  // Shows that a number is read whole or refused, with what would fit in the message.
  EXPECT_EQ(parse_number("0", 0, 9), 0U);
  EXPECT_EQ(parse_number("18446744073709551615", 1, UINT64_MAX), UINT64_MAX);
  for (const char* wrong : {"", "-1", "+1", "1.5", "1e3", " 1", "1 ", "0x10", "ten"}) {
    EXPECT_FALSE(parse_number(wrong, 0, UINT64_MAX)) << wrong;
  }
  EXPECT_EQ(parse_number("18446744073709551616", 1, UINT64_MAX).error().message,
            "\"18446744073709551616\" is not a whole number of at least 1");
  EXPECT_EQ(parse_number("300", 1, 256).error().message,
            "\"300\" is not a whole number from 1 to 256");
}

TEST(Values, DurationsHaveAUnitOrAreSeconds) {
  // Shows every unit, the default one, and that nothing overflows or passes for no time at all.
  EXPECT_EQ(parse_duration("30"), std::chrono::seconds(30));
  EXPECT_EQ(parse_duration("30s"), std::chrono::seconds(30));
  EXPECT_EQ(parse_duration("250ms"), std::chrono::milliseconds(250));
  EXPECT_EQ(parse_duration("5m"), std::chrono::minutes(5));
  EXPECT_EQ(parse_duration("2h"), std::chrono::hours(2));
  for (const char* wrong : {"", "s", "0s", "-1s", "1.5s", "10d", "721h", "99999999999999999999"}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
}

TEST(Values, SizesAreBytesOrHaveAUnit) {
  // Shows every unit, that 0 is a size, and that nothing overflows.
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("512"), 512U);
  EXPECT_EQ(parse_size("64K"), 65536U);
  EXPECT_EQ(parse_size("512M"), uint64_t{1} << 29);
  EXPECT_EQ(parse_size("1024G"), uint64_t{1} << 40);
  for (const char* wrong : {"", "M", "-1", "1.5G", "1T", "1GB", "1025G", "18446744073709551615"}) {
    EXPECT_FALSE(parse_size(wrong)) << wrong;
  }
}

TEST(Values, AShardIsOneOfSeveral) {
  // Shows that shards count from 0 and that one beyond the last is refused.
  const Result<Shard> shard = parse_shard("2/8");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->index, 2U);
  EXPECT_EQ(shard->count, 8U);
  EXPECT_TRUE(parse_shard("0/1"));
  for (const char* wrong : {"", "1", "/", "8/8", "0/0", "-1/2", "1/2/3", "1 /2"}) {
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
  }
}

TEST(Values, AListHasNoEmptyParts) {
  // Shows that a comma too many is noticed.
  EXPECT_EQ(parse_list("a"), std::vector<std::string>({"a"}));
  EXPECT_EQ(parse_list("a,b-c"), std::vector<std::string>({"a", "b-c"}));
  for (const char* wrong : {"", ",", "a,", ",a", "a,,b"}) EXPECT_FALSE(parse_list(wrong)) << wrong;
}

TEST(Values, WordsStandBetweenSpaces) {
  // Shows that spaces at the ends, and several in a row, make no empty words.
  EXPECT_EQ(split_words(" -a=1  b "), std::vector<std::string>({"-a=1", "b"}));
  EXPECT_TRUE(split_words("  ").empty());
  EXPECT_TRUE(split_words("").empty());
}

}  // namespace
}  // namespace squall::cli
