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

// Shows: a thread that is idle is used again. (It tells of its work a moment before it is idle: so
// not always the next time.)
TEST(WorkerPool, IdleThreadsAreUsedAgain) {
  constexpr size_t kTries = 10'000;
  WorkerPool pool(kTries);
  bool used_again = false;
  for (size_t i = 0; i < kTries && !used_again; ++i) {
    const size_t before = pool.threads();
    std::promise<void> done;
    pool.run([&] { done.set_value(); });
    done.get_future().wait();
    used_again = pool.threads() == before;
  }
  EXPECT_TRUE(used_again);
}

}  // namespace
}  // namespace squall::plugin
