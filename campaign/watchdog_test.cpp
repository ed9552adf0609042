#include "campaign/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

namespace squall::campaign {
namespace {

TEST(Watchdog, TellsOfACaseThatDoesNotEnd) {
  // Shows that a case which never comes to an end is told of, once, while it still runs.
  std::atomic<int> told{0};
  suite::Case test_case;
  test_case.seed = 7;
  const auto on_hang = [&](const suite::Case& hanging, const invariants::Violation& why) {
    EXPECT_EQ(hanging.seed, 7U);
    EXPECT_EQ(invariants::signature(why), "live/case-time-limit");
    ++told;
    told.notify_all();
  };
  Watchdog watchdog({.time = std::chrono::milliseconds(1)}, on_hang);
  {
    const Watchdog::Watch watch(&watchdog, test_case);
    told.wait(0);
  }
  EXPECT_EQ(told, 1);
}

TEST(Watchdog, IsSilentAboutCasesThatEnd) {
  // Shows that nothing is told of cases within their limit, however many there are.
  std::atomic<int> told{0};
  {
    Watchdog watchdog({.time = std::chrono::hours(1)}, [&](const auto&, const auto&) { ++told; });
    for (int i = 0; i < 1000; ++i) {
      const suite::Case test_case;
      const Watchdog::Watch watch(&watchdog, test_case);
    }
  }
  EXPECT_EQ(told, 0);
}

TEST(Watchdog, TellsOfACaseThatEatsMemory) {
  // Shows that a case which holds twice what it may is told of while it runs, once; one that holds
  // less is only remembered. There need be no limit to its time.
  static uint64_t held = 150;
  set_memory_meter([] { return held; });
  std::vector<std::string> told;
  suite::Case test_case;
  test_case.seed = 7;
  Watchdog watchdog({.memory = 100}, [&](const suite::Case& hanging, const auto& why) {
    EXPECT_EQ(hanging.seed, 7U);
    told.push_back(invariants::signature(why));
  });
  for (const uint64_t each : {150, 250}) {
    held = each;
    const Watchdog::Watch watch(&watchdog, test_case);
    for (int i = 0; i < 1000; ++i) count_allocation(1);
    EXPECT_EQ(watch.peak_memory(), each);
    EXPECT_EQ(told.size(), each == 150 ? 0U : 1U);
  }
  EXPECT_THAT(told, testing::ElementsAre("live/case-memory-limit"));
  set_memory_meter(nullptr);
}

TEST(Watchdog, NoWatchdogIsNoLimit) {
  // Shows that a worker without a watchdog is left alone.
  const suite::Case test_case;
  const Watchdog::Watch watch(nullptr, test_case);
}

}  // namespace
}  // namespace squall::campaign
