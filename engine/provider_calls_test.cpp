#include "engine/provider_calls.h"

#include <gtest/gtest.h>

#include "engine/test_env.h"

namespace squall::engine::provider_calls_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Shows: the bucket starts empty, refills continuously, holds one second's worth, and promises
// tokens in the order in which they are asked for.
TEST(RateLimiter, IsATokenBucket) {
  RateLimiter limiter{Instant{}};
  const auto at = [](int64_t ms) { return Instant(milliseconds(ms)); };
  EXPECT_EQ(limiter.take("A", 10, at(0)), milliseconds(100));
  EXPECT_EQ(limiter.take("A", 10, at(0)), milliseconds(200));
  EXPECT_EQ(limiter.take("B", 10, at(0)), milliseconds(100));
  EXPECT_EQ(limiter.take("A", 10, at(250)), milliseconds(50));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limiter.take("A", 10, at(100'000)), milliseconds(0));
  EXPECT_EQ(limiter.take("A", 10, at(100'000)), milliseconds(100));
  EXPECT_EQ(limiter.take("A", 0, at(100'000)), milliseconds(0));
}

// Shows: a rate that divides nothing evenly loses no token over time, and no pause overflows.
TEST(RateLimiter, CountsInIntegers) {
  RateLimiter limiter{Instant{}};
  Instant now{};
  for (int i = 0; i < 700; ++i) now += limiter.take("A", 7, now);
  EXPECT_GE(now, Instant(seconds(100)));
  EXPECT_LE(now, Instant(seconds(100) + milliseconds(1)));
  EXPECT_EQ(limiter.take("A", 4'000'000'000U, Instant(std::chrono::hours(1'000'000))), Duration(0));
}

Options options() {
  Options out;
  out.max_retries = 2;
  out.retry_delay = seconds(10);
  out.max_retry_delay = seconds(30);
  out.operation_deadline = seconds(100);
  return out;
}

// Shows: max_retries + 1 calls, and only after answers that are worth another one.
TEST(Attempts, HaveABudget) {
  const Options its = options();
  Attempts attempts(its, Instant{});
  for (int call = 1; call <= 3; ++call) {
    attempts.count();
    EXPECT_EQ(attempts.may_repeat(ErrorCode::kThrottling, false, Instant{}), call < 3);
  }
  Attempts fresh(its, Instant{});
  fresh.count();
  EXPECT_FALSE(fresh.may_repeat(ErrorCode::kAccessDenied, false, Instant{}));
  EXPECT_FALSE(fresh.may_repeat(ErrorCode::kNotFound, false, Instant{}));
  EXPECT_TRUE(fresh.may_repeat(ErrorCode::kNotFound, true, Instant{}));
  EXPECT_FALSE(fresh.may_repeat(ErrorCode::kThrottling, false, Instant(seconds(100))));
}

// Shows: throttling doubles the delay up to the cap, and any other answer starts that afresh.
TEST(Attempts, ThrottlingDoublesTheDelay) {
  const Options its = options();
  Attempts attempts(its, Instant{});
  EXPECT_EQ(attempts.delay_after(ErrorCode::kNetworkFailure), seconds(10));
  EXPECT_EQ(attempts.delay_after(ErrorCode::kThrottling), seconds(10));
  EXPECT_EQ(attempts.delay_after(ErrorCode::kThrottling), seconds(20));
  EXPECT_EQ(attempts.delay_after(ErrorCode::kThrottling), seconds(30));
  EXPECT_EQ(attempts.delay_after(ErrorCode::kNetworkFailure), seconds(10));
  EXPECT_EQ(attempts.delay_after(ErrorCode::kThrottling), seconds(10));
}

// Shows: no call may outlast its operation.
TEST(Attempts, CallsEndWithTheOperation) {
  const Options its = options();
  const Attempts attempts(its, Instant{});
  EXPECT_EQ(attempts.call_deadline(Instant{}), its.call_deadline);
  EXPECT_EQ(attempts.call_deadline(Instant(seconds(90))), seconds(10));
}

}  // namespace
}  // namespace squall::engine::provider_calls_test
