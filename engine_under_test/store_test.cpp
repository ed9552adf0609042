#include "engine_under_test/store.h"

#include <gtest/gtest.h>

#include <vector>

namespace squall {
namespace {

StoreCall asked(StoreOperation call, StoreOutcome outcome = StoreOutcome::kDone,
                bool replied = true) {
  return {.call = call, .outcome = outcome, .replied = replied};
}
constexpr StoreOperation kLock = StoreOperation::kLock;
constexpr StoreOperation kRead = StoreOperation::kRead;
constexpr StoreOperation kWrite = StoreOperation::kWrite;
constexpr StoreOperation kUnlock = StoreOperation::kUnlock;

// Shows: a run that was let through has nothing to tell of, also where there was no state yet.
TEST(StoreTroubles, NoneWhereAllWasDone) {
  EXPECT_EQ(trouble_of({}), std::nullopt);
  EXPECT_EQ(
      trouble_of(std::vector{asked(kLock), asked(kRead, StoreOutcome::kNoState),
                             asked(kRead, StoreOutcome::kNoState), asked(kWrite), asked(kUnlock)}),
      std::nullopt);
}

// Shows: what a run could not begin with comes before all else; a lost reply counts like a failure.
TEST(StoreTroubles, KeepARunFromItsBeginning) {
  EXPECT_EQ(trouble_of(std::vector{asked(kLock, StoreOutcome::kAlreadyHeld)}),
            StoreTrouble::kLockHeld);
  EXPECT_EQ(trouble_of(std::vector{asked(kLock, StoreOutcome::kFailed)}),
            StoreTrouble::kLockFailed);
  EXPECT_EQ(trouble_of(std::vector{asked(kLock, StoreOutcome::kDone, false)}),
            StoreTrouble::kLockFailed);
  EXPECT_EQ(trouble_of(std::vector{asked(kLock), asked(kRead, StoreOutcome::kFailed),
                                   asked(kUnlock, StoreOutcome::kFailed)}),
            StoreTrouble::kReadFailed);
}

// Shows: of several saves the last one decides; the look before the first save belongs to it; a
// save comes before an unlock.
TEST(StoreTroubles, KeepARunFromItsEnd) {
  EXPECT_EQ(trouble_of(std::vector{asked(kLock), asked(kRead), asked(kWrite, StoreOutcome::kFailed),
                                   asked(kWrite), asked(kUnlock)}),
            std::nullopt);
  EXPECT_EQ(trouble_of(std::vector{asked(kLock), asked(kRead),
                                   asked(kWrite, StoreOutcome::kDone, false), asked(kUnlock)}),
            StoreTrouble::kSaveFailed);
  EXPECT_EQ(trouble_of(std::vector{asked(kLock), asked(kRead, StoreOutcome::kNoState),
                                   asked(kRead, StoreOutcome::kFailed),
                                   asked(kUnlock, StoreOutcome::kFailed)}),
            StoreTrouble::kSaveFailed);
  EXPECT_EQ(trouble_of(std::vector{asked(kLock), asked(kRead), asked(kWrite),
                                   asked(kUnlock, StoreOutcome::kDone, false)}),
            StoreTrouble::kUnlockFailed);
}

// Shows: every text is read back as what it stands for.
TEST(StoreTexts, AreReadBack) {
  for (size_t i = 0; i < kStoreKinds; ++i) {
    const auto kind = static_cast<StoreKind>(i);
    EXPECT_EQ(parse_store_kind(to_string(kind)), kind);
  }
  for (size_t i = 0; i < kStoreOperations; ++i) {
    const auto operation = static_cast<StoreOperation>(i);
    EXPECT_EQ(parse_store_operation(to_string(operation)), operation);
  }
  for (size_t i = 0; i < kStoreFaultKinds; ++i) {
    const auto kind = static_cast<StoreFaultKind>(i);
    EXPECT_EQ(parse_store_fault_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(parse_store_kind("carrier-pigeon").has_value());
}

}  // namespace
}  // namespace squall
