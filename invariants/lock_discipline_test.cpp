#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::lock_discipline_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LockDiscipline : public testing::Test {
 protected:
  StoreCall& asked(const std::string& run, StoreOperation call, const std::string& lock_id = "") {
    b_.record.store_calls.push_back(
        {0, {.run = run, .call = call, .lock_id = lock_id.empty() ? "id-of-" + run : lock_id}});
    return b_.record.store_calls.back().call;
  }
  std::vector<std::string> found() const { return kinds(b_.record, "lock-discipline"); }

  RecordBuilder b_;
};

// Shows: a run that locks, reads, saves and unlocks is well, and so is the next one.
TEST_F(LockDiscipline, IsKept) {
  for (const char* run : {"a", "b"}) {
    asked(run, StoreOperation::kLock);
    asked(run, StoreOperation::kRead);
    asked(run, StoreOperation::kWrite);
    asked(run, StoreOperation::kUnlock);
  }
  EXPECT_THAT(found(), IsEmpty());
}

// Shows: a write without a lock is seen: none asked for, refused, its answer never heard,
// another's.
TEST_F(LockDiscipline, WritesWithTheLock) {
  asked("a", StoreOperation::kWrite);
  EXPECT_THAT(found(), ElementsAre("written-without-lock"));
  b_.record.store_calls.clear();
  asked("a", StoreOperation::kLock).outcome = StoreOutcome::kAlreadyHeld;
  asked("a", StoreOperation::kWrite).outcome = StoreOutcome::kNotHolder;
  EXPECT_THAT(found(), ElementsAre("written-without-lock"));
  b_.record.store_calls.clear();
  asked("a", StoreOperation::kLock).replied = false;
  asked("a", StoreOperation::kWrite);
  EXPECT_THAT(found(), ElementsAre("written-without-lock"));
  b_.record.store_calls.clear();
  asked("a", StoreOperation::kLock);
  asked("a", StoreOperation::kWrite, "another");
  asked("a", StoreOperation::kUnlock);
  EXPECT_THAT(found(), ElementsAre("written-without-lock"));
}

// Shows: a write after the unlock is seen.
TEST_F(LockDiscipline, WritesBeforeItUnlocks) {
  asked("a", StoreOperation::kLock);
  asked("a", StoreOperation::kUnlock);
  asked("a", StoreOperation::kWrite);
  EXPECT_THAT(found(), ElementsAre("written-after-unlock"));
}

// Shows: a lock that is never given back is seen; not of a run that was killed, that was not heard
// when it unlocked, or that never heard that it had the lock.
TEST_F(LockDiscipline, GivesItBack) {
  asked("a", StoreOperation::kLock);
  EXPECT_THAT(found(), ElementsAre("never-unlocked"));
  b_.record.killed_runs = {"a"};
  EXPECT_THAT(found(), IsEmpty());
  b_.record.killed_runs.clear();
  asked("a", StoreOperation::kUnlock).outcome = StoreOutcome::kFailed;
  asked("by-hand", StoreOperation::kUnlock);
  asked("b", StoreOperation::kLock).replied = false;
  EXPECT_THAT(found(), IsEmpty());
}

// Shows: a lock that is given to a second run is seen, though not where the first was let go by
// hand.
TEST_F(LockDiscipline, HasOneHolder) {
  b_.record.killed_runs = {"a"};
  asked("a", StoreOperation::kLock);
  asked("b", StoreOperation::kLock);
  asked("b", StoreOperation::kUnlock);
  EXPECT_THAT(found(), ElementsAre("two-holders"));
  b_.record.store_calls.clear();
  asked("a", StoreOperation::kLock);
  asked("by-hand", StoreOperation::kUnlock);
  asked("b", StoreOperation::kLock);
  asked("b", StoreOperation::kUnlock);
  EXPECT_THAT(found(), IsEmpty());
}

// Shows: an unlock that does not say which lock is meant is seen, whoever has it made.
TEST_F(LockDiscipline, SaysWhichLockItFrees) {
  b_.record.killed_runs = {"a"};
  asked("a", StoreOperation::kLock);
  asked("by-hand", StoreOperation::kUnlock).lock_id.clear();
  EXPECT_THAT(found(), ElementsAre("unlocked-without-id"));
}

// Shows: what was read before the lock is seen, for it may be old.
TEST_F(LockDiscipline, ReadsAfterTheLock) {
  asked("a", StoreOperation::kRead);
  asked("a", StoreOperation::kLock);
  asked("a", StoreOperation::kUnlock);
  EXPECT_THAT(found(), ElementsAre("read-before-lock"));
}

}  // namespace
}  // namespace squall::invariants::lock_discipline_test
