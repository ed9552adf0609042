#include "provider/tfplugin/number.h"

#include <gtest/gtest.h>

#include <limits>

namespace squall::tfplugin {
namespace {

Number number(std::string_view text) {
  const Result<Number> parsed = Number::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Number();
}

// Shows: however it is written, an equal number is equal, and others are not.
TEST(Number, EqualInWhateverForm) {
  EXPECT_EQ(number("1.50"), number("15e-1"));
  EXPECT_EQ(number("-0"), number("0.000"));
  EXPECT_EQ(number("1e3"), Number::of(int64_t{1000}));
  EXPECT_EQ(number("+12.0E+1"), number("120"));
  EXPECT_NE(number("0.1"), *Number::of_exact(0.1));
  EXPECT_EQ(number("0.5"), *Number::of_exact(0.5));
  EXPECT_EQ(number("0.1"), *Number::of_shortest(0.1));
}

// Shows: whole numbers of 64 bits are known as such, and no others.
TEST(Number, Integers) {
  for (const int64_t value : {std::numeric_limits<int64_t>::min(), int64_t{-10}, int64_t{0},
                              int64_t{100}, std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(Number::of(value).as_integer(), value);
    EXPECT_EQ(Number::of(value).text(), std::to_string(value));
  }
  EXPECT_EQ(number("9223372036854775808").as_integer(), std::nullopt);
  EXPECT_EQ(number("0.5").as_integer(), std::nullopt);
  EXPECT_EQ(number("1e1000").as_integer(), std::nullopt);
}

// Shows: what the cloud's JSON can hold goes there and back, and what it cannot is an error.
TEST(Number, ToJsonAndBack) {
  for (const std::string_view text : {"0", "-17", "0.1", "2.5", "1e-7", "123456789012345"}) {
    const Result<Json> json = number(text).to_json();
    ASSERT_TRUE(json) << text;
    EXPECT_EQ(*Number::from_json(*json), number(text)) << text;
  }
  EXPECT_FALSE(number("0.1000000000000000055511151231257827").to_json());
  EXPECT_FALSE(number("123456789012345678901").to_json());
  EXPECT_FALSE(number("1e999").to_json());
}

// Shows: what is no number, or too long to be meant, is refused.
TEST(Number, RefusesNonsense) {
  for (const std::string_view text : {"", "-", ".", "e1", "1e", "1e1.5", "0x10", "1 ", "1.2.3",
                                      "1e1000001", "inf", "nan", "--1", "1e99999999999999999999"}) {
    EXPECT_FALSE(Number::parse(text)) << text;
  }
  EXPECT_FALSE(Number::parse(std::string(20'000, '1')));
  EXPECT_FALSE(Number::of_exact(std::numeric_limits<double>::infinity()));
}

}  // namespace
}  // namespace squall::tfplugin
