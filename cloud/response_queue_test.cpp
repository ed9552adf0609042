#include "cloud/response_queue.h"

#include <gtest/gtest.h>

namespace squall::cloud {
namespace {

// Shows: responses are used up in order, one per call, for their resource and kind of call only.
TEST(ResponseQueue, IsFirstInFirstOut) {
  ResponseQueue queue;
  queue.program({"a", CallKind::kUpdate, ErrorCode::kThrottling});
  queue.program({"a", CallKind::kUpdate, std::nullopt});
  queue.program({"a", CallKind::kUpdate, ErrorCode::kGone});
  EXPECT_FALSE(queue.take("b", CallKind::kUpdate).has_value());
  EXPECT_FALSE(queue.take("a", CallKind::kDelete).has_value());
  EXPECT_EQ(queue.take("a", CallKind::kUpdate)->code, ErrorCode::kThrottling);
  EXPECT_EQ(queue.take("a", CallKind::kUpdate)->code, std::nullopt);
  EXPECT_EQ(queue.take("a", CallKind::kUpdate)->code, ErrorCode::kGone);
  EXPECT_FALSE(queue.take("a", CallKind::kUpdate).has_value());
}

// Shows: withdrawing takes back what is unused, says how much, and leaves other queues alone.
TEST(ResponseQueue, CanBeWithdrawn) {
  ResponseQueue queue;
  for (int i = 0; i < 3; ++i) queue.program({"a", CallKind::kRead, ErrorCode::kGone});
  queue.program({"a", CallKind::kDelete, ErrorCode::kGone});
  queue.take("a", CallKind::kRead);
  EXPECT_EQ(queue.withdraw("a", CallKind::kRead), 2U);
  EXPECT_EQ(queue.withdraw("a", CallKind::kRead), 0U);
  EXPECT_FALSE(queue.take("a", CallKind::kRead).has_value());
  EXPECT_TRUE(queue.take("a", CallKind::kDelete).has_value());
}

}  // namespace
}  // namespace squall::cloud
