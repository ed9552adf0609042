#include "campaign/case_memory.h"

#include <gtest/gtest.h>

namespace squall::campaign {
namespace {

uint64_t held = 0;
int looks = 0;
uint64_t look() {
  ++looks;
  return held;
}

class CaseMemoryTest : public ::testing::Test {
 protected:
  CaseMemoryTest() {
    held = 0;
    looks = 0;
    set_memory_meter(look);
  }
  ~CaseMemoryTest() override { set_memory_meter(nullptr); }

  // Hands out bytes of which all, or none, stay in use.
  static void allocate(uint64_t bytes, uint64_t piece, bool keep) {
    for (uint64_t done = 0; done < bytes; done += piece) {
      if (keep) held += piece;
      count_allocation(piece);
    }
  }
};

TEST_F(CaseMemoryTest, NoticesWhoeverPassesTheLimit) {
  // Shows that whoever holds more than the limit is noticed, in small pieces or in one, and that a
  // handful of looks is enough.
  for (const uint64_t piece : {16U, 100'000U, 1'500'000U}) {
    held = 0;
    MemoryWatch watch(1'000'000, nullptr);
    allocate(1'500'000, piece, true);
    EXPECT_GT(watch.peak(), 1'000'000U) << piece;
  }
  EXPECT_LT(looks, 60);
}

TEST_F(CaseMemoryTest, WhatIsFreedDoesNotCount) {
  // Shows that a case may hand out any amount as long as it holds little at a time.
  MemoryWatch watch(1'000'000, nullptr);
  allocate(1'000'000'000, 1000, false);
  EXPECT_LE(watch.peak(), 1'000'000U);
  EXPECT_LE(looks, 1002);
}

TEST_F(CaseMemoryTest, EachCaseHasItsOwnPeak) {
  // Shows that a case after a large one is not blamed for it, and is noticed all the same when it
  // is large too.
  for (int round = 0; round < 3; ++round) {
    {
      MemoryWatch watch(1'000'000, nullptr);
      allocate(1'200'000, 1000, true);
      EXPECT_GT(watch.peak(), 1'000'000U);
    }
    held = 0;
    MemoryWatch watch(1'000'000, nullptr);
    allocate(900'000, 1000, true);
    EXPECT_LE(watch.peak(), 1'000'000U);
    held = 0;
  }
}

TEST_F(CaseMemoryTest, ARunawayIsToldOnce) {
  // Shows that twice the limit is told of at once, while the case runs, and only once.
  int told = 0;
  MemoryWatch watch(1'000'000, [&](uint64_t at) {
    ++told;
    EXPECT_GT(at, 2'000'000U);
    EXPECT_LT(at, 2'100'000U);
    count_allocation(1 << 30);  // telling it takes memory as well
  });
  allocate(10'000'000, 1000, true);
  EXPECT_EQ(told, 1);
}

TEST_F(CaseMemoryTest, NoLimitNoLook) {
  // Shows that nobody looks where there is no limit, or nobody who could tell.
  {
    MemoryWatch watch(0, nullptr);
    allocate(1'000'000, 1000, true);
    EXPECT_EQ(watch.peak(), 0U);
  }
  set_memory_meter(nullptr);
  MemoryWatch watch(1000, nullptr);
  allocate(1'000'000, 1000, true);
  EXPECT_EQ(watch.peak(), 0U);
  EXPECT_EQ(looks, 0);
}

}  // namespace
}  // namespace squall::campaign
