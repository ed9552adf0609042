#include "provider/plugin/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace squall::plugin {
namespace {

// Shows: work that comes while all other work is blocked is done.
TEST(WorkerPool, BlockedWorkKeepsNoOtherWaiting) {
  constexpr int kBlocked = 100;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  WorkerPool pool(kBlocked + 1);
  std::latch blocked(kBlocked);
  for (int i = 0; i < kBlocked; ++i) {
    pool.run([&] {
      blocked.count_down();
      released.wait();
    });
  }
  blocked.wait();
  std::promise<void> done;
  pool.run([&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_EQ(pool.threads(), kBlocked + 1U);
  release.set_value();
}

// Shows: there are never more threads than the limit says, and work beyond it is done in its turn.
TEST(WorkerPool, BeyondTheLimitWorkWaits) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(2);
    for (int i = 0; i < 1000; ++i) pool.run([&] { ++done; });
    EXPECT_LE(pool.threads(), 2U);
  }
  EXPECT_EQ(done, 1000) << "the pool does what is left before it goes";
}

// Shows: threads that are idle are used again.
TEST(WorkerPool, IdleThreadsAreUsedAgain) {
  WorkerPool pool(100);
  for (int i = 0; i < 200; ++i) {
    std::promise<void> done;
    pool.run([&] { done.set_value(); });
    done.get_future().wait();
  }
  // A thread has told of its work a moment before it is idle.
  EXPECT_LT(pool.threads(), 100U);
}

}  // namespace
}  // namespace squall::plugin
