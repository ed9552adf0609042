// Shows that the queue keeps the order, and lets others have their turn in between.
#include "agent/work_queue.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <thread>
#include <vector>

namespace squall::agent {
namespace {

TEST(WorkQueue, RunsTasksInTheirOrder) {
  boost::asio::io_context io{1};
  WorkQueue queue(io);
  std::vector<int> ran;
  queue.post([&] {
    ran.push_back(1);
    queue.post([&] { ran.push_back(4); });
    EXPECT_EQ(ran.size(), 1U) << "a task ran inside of post()";
  });
  queue.post({[&] { ran.push_back(2); }, [&] { ran.push_back(3); }});
  EXPECT_TRUE(ran.empty());
  io.run();
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3, 4}));
}

TEST(WorkQueue, LetsOthersHaveTheirTurnWhileThereIsMuchToDo) {
  boost::asio::io_context io{1};
  WorkQueue queue(io);
  uint64_t tasks = 0;
  bool heard = false;
  // It never ends by itself: whoever shares the thread has to be heard all the same.
  std::function<void()> again = [&] {
    ++tasks;
    if (!heard) queue.post(again);
  };
  queue.post([&] {
    boost::asio::post(io, [&] { heard = true; });
    again();
  });
  io.run();
  EXPECT_TRUE(heard);
  EXPECT_GT(tasks, 1U);
}

TEST(WorkQueue, TakesTasksFromOtherThreads) {
  constexpr int kTasks = 1000;
  boost::asio::io_context io{1};
  WorkQueue queue(io);
  int ran = 0;  // in the thread of io_ only
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < kTasks; ++i) queue.post([&ran] { ++ran; });
      });
    }
  }
  io.run();
  EXPECT_EQ(ran, 4 * kTasks);
}

TEST(WorkQueue, RunsNothingMoreOnceItWasStopped) {
  boost::asio::io_context io{1};
  WorkQueue queue(io);
  bool ran = false;
  queue.post([&] { io.stop(); });
  queue.post([&] { ran = true; });
  io.run();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace squall::agent
