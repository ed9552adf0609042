#include "base/task.h"

#include <gtest/gtest.h>

namespace squall {
namespace {

// Shows: a task does nothing until started, and gives its value when done.
Task<int> seven() { co_return 7; }
TEST(Task, IsLazyAndReturnsItsValue) {
  Task<int> task = seven();
  EXPECT_FALSE(task.done());
  task.start();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take(), 7);
}

// Shows: a long chain of tasks that complete at once does not use up the stack.
Task<int> count_to(int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    Task<int> one = seven();
    sum += co_await std::move(one);
  }
  co_return sum;
}
TEST(Task, LongSynchronousLoopsFinish) {
  Task<int> task = count_to(1000);
  task.start();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take(), 7000);
}

struct Never {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
struct CountsDestruction {
  int* count;
  ~CountsDestruction() { ++*count; }
};
Task<void> wait_for_ever(int* destroyed) {
  const CountsDestruction local{destroyed};
  co_await Never{};
}
Task<void> outer(int* destroyed) {
  const CountsDestruction local{destroyed};
  Task<void> inner = wait_for_ever(destroyed);
  co_await std::move(inner);
}
// Shows: dropping a suspended root task destroys every frame below it, locals and all.
TEST(Task, DroppingTheRootDestroysTheWholeStack) {
  int destroyed = 0;
  {
    Task<void> root = outer(&destroyed);
    root.start();
    EXPECT_FALSE(root.done());
  }
  EXPECT_EQ(destroyed, 2);
}

}  // namespace
}  // namespace squall
