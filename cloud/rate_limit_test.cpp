#include "cloud/rate_limit.h"

#include <gtest/gtest.h>

#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using testing::at_ms;

// Shows: a full bucket holds as many calls as the rate, and refills continuously, not by the
// second.
TEST(RateLimit, RefillsContinuously) {
  RateLimit limit;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limit.take("Test", 10, at_ms(0)));
  EXPECT_FALSE(limit.take("Test", 10, at_ms(0)));
  EXPECT_FALSE(limit.take("Test", 10, at_ms(99)));
  EXPECT_TRUE(limit.take("Test", 10, at_ms(100)));
  EXPECT_FALSE(limit.take("Test", 10, at_ms(100)));
}

// Shows: fractions of a token are kept, so that no rounding loses calls over time.
TEST(RateLimit, KeepsFractions) {
  RateLimit limit;
  while (limit.take("Test", 3, at_ms(0))) continue;
  int taken = 0;
  for (int ms = 1; ms <= 10'000; ++ms) taken += limit.take("Test", 3, at_ms(ms)) ? 1 : 0;
  EXPECT_EQ(taken, 30);
}

// Shows: the bucket never holds more than the rate, however long nobody called.
TEST(RateLimit, HoldsNoMoreThanTheRate) {
  RateLimit limit;
  EXPECT_TRUE(limit.take("Test", 2, at_ms(0)));
  const Instant later = at_ms(int64_t{1} << 50);
  EXPECT_TRUE(limit.take("Test", 2, later));
  EXPECT_TRUE(limit.take("Test", 2, later));
  EXPECT_FALSE(limit.take("Test", 2, later));
}

// Shows: namespaces have buckets of their own, and asking takes nothing.
TEST(RateLimit, CountsByNamespace) {
  RateLimit limit;
  EXPECT_TRUE(limit.has_one("A", 1, at_ms(0)));
  EXPECT_TRUE(limit.has_one("A", 1, at_ms(0)));
  EXPECT_TRUE(limit.take("A", 1, at_ms(0)));
  EXPECT_FALSE(limit.has_one("A", 1, at_ms(0)));
  EXPECT_TRUE(limit.has_one("B", 1, at_ms(0)));
  EXPECT_TRUE(limit.has_one("A", 1, at_ms(1000)));
}

// Shows: a clock that jumps back and forth earns nothing twice.
TEST(RateLimit, IsNotFooledByTheClock) {
  RateLimit limit;
  EXPECT_TRUE(limit.take("A", 1, at_ms(1000)));
  EXPECT_FALSE(limit.take("A", 1, at_ms(0)));
  EXPECT_FALSE(limit.take("A", 1, at_ms(1000)));
  EXPECT_TRUE(limit.take("A", 1, at_ms(2000)));
}

// Shows: a rate of 0 is no limit.
TEST(RateLimit, IsOffAtZero) {
  RateLimit limit;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limit.take("A", 0, at_ms(0)));
}

}  // namespace
}  // namespace squall::cloud
