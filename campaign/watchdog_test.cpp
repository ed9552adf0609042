#include "campaign/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>

namespace squall::campaign {
namespace {

TEST(Watchdog, TellsOfACaseThatDoesNotEnd) {
  // Shows that a case which never comes to an end is told of, once, while it still runs.
  std::atomic<int> told{0};
  suite::Case test_case;
  test_case.seed = 7;
  Watchdog watchdog(std::chrono::milliseconds(1), [&](const suite::Case& hanging) {
    EXPECT_EQ(hanging.seed, 7U);
    ++told;
    told.notify_all();
  });
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
    Watchdog watchdog(std::chrono::hours(1), [&](const suite::Case&) { ++told; });
    for (int i = 0; i < 1000; ++i) {
      const suite::Case test_case;
      const Watchdog::Watch watch(&watchdog, test_case);
    }
  }
  EXPECT_EQ(told, 0);
}

TEST(Watchdog, NoWatchdogIsNoLimit) {
  // Shows that a worker without a watchdog is left alone.
  const suite::Case test_case;
  const Watchdog::Watch watch(nullptr, test_case);
}

}  // namespace
}  // namespace squall::campaign
