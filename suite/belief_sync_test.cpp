// The belief about what syncs read, settle and absorb, finished or lost.
#include <gtest/gtest.h>

#include "suite/test_belief.h"

namespace squall::suite {
namespace {

using BeliefSyncTest = BeliefTest;

class BeliefOfRealTimeTest : public BeliefTest {
 protected:
  BeliefOfRealTimeTest() : BeliefTest(/*goes_on=*/true) {}
};

// Shows: a sync settles an unsettled update either way.
TEST_F(BeliefSyncTest, SyncSettles) {
  for (const bool applied : {true, false}) {
    log_ = TestLog();
    make_a();
    leave_update_open();
    const Followed command = sync("sync");
    const std::string value = applied ? "y" : "x";
    log_.of("sync", "a").goes_well(CallKind::kRead, found(object_of("a", value), 2));
    fold(command, "a", UpdateOperation::kRead, UpdateState::kSuccess);
    EXPECT_EQ(value_of("a"), value);
    EXPECT_EQ(text_of(row("a")->declared, "Value"), value);
    EXPECT_FALSE(row("a")->unsettled);
    EXPECT_TRUE(excuses().empty());
    fold(destroy("end", "a"), "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  }
}

// Shows: a sync absorbs what it reads, and takes away what it does not find; one that failed leaves
// the row alone.
TEST_F(BeliefSyncTest, SyncAbsorbs) {
  make_a();
  Followed command = sync("s1");
  log_.of("s1", "a").fails(CallKind::kRead, ErrorCode::kAccessDenied);
  fold(command, "a", UpdateOperation::kRead, UpdateState::kFailed);
  EXPECT_EQ(value_of("a"), "x");
  command = sync("s2");
  log_.of("s2", "a").goes_well(CallKind::kRead, found(object_of("a", "drift"), 2));
  fold(command, "a", UpdateOperation::kRead, UpdateState::kSuccess);
  EXPECT_EQ(value_of("a"), "drift");
  command = sync("s3");
  log_.of("s3", "a").fails(CallKind::kRead, ErrorCode::kNotFound);
  fold(command, "a", UpdateOperation::kRead, UpdateState::kSuccess);
  EXPECT_EQ(row("a"), nullptr);
}

// Shows: a sync that a command has overtaken writes nothing, in whatever order the two are looked
// at; where the command had only just come, the inventory tells.
TEST_F(BeliefSyncTest, SyncIsOvertaken) {
  make_a();
  const Followed reading = sync("sync");
  log_.of("sync", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  const Followed command = apply("c", "a", {{"Value", "y"}});
  belief_.enter({identity("a")});
  belief_.settled_in();
  log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
  log_.goes_well(CallKind::kUpdate, found(object_of("a", "y"), 2), object_of("a", "y"));
  fold(command, "a", UpdateOperation::kUpdate, UpdateState::kSuccess);
  fold(reading, "a", UpdateOperation::kRead, UpdateState::kSuccess);
  EXPECT_EQ(value_of("a"), "y");
  EXPECT_EQ(asked_, 0);
}

// Shows: where the command had only just come, the inventory tells whether the sync wrote first.
TEST_F(BeliefSyncTest, SyncAtTheMomentOfEntry) {
  for (const bool wrote : {false, true}) {
    log_ = TestLog();
    make_a();
    const Followed reading = sync("sync");
    log_.of("sync", "a").goes_well(CallKind::kRead, found(object_of("a", "drift"), 2));
    belief_.enter({identity("a")});
    show("a", wrote ? "drift" : "x");
    fold(reading, "a", UpdateOperation::kRead, UpdateState::kSuccess);
    belief_.settled_in();
    EXPECT_EQ(value_of("a"), wrote ? "drift" : "x");
    fold(destroy("end", "a"), "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  }
}

// Shows: once the command has called for the object itself, nothing tells any more, unless the look
// makes no difference.
class BeliefAfterEntryTest : public BeliefOfRealTimeTest {
 protected:
  // The mark, where the sync read `value` and the command has called since, in the log that is
  // known or later.
  std::string_view undecided_after(const std::string& value, bool is_known) {
    make_a();
    const Followed reading = sync("sync");
    log_.of("sync", "a").goes_well(CallKind::kRead, found(object_of("a", value), 2));
    belief_.enter({identity("a")});
    if (is_known) log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", value), 2));
    has_gone_on_ = !is_known;
    show("a", value);
    fold(reading, "a", UpdateOperation::kRead, UpdateState::kSuccess);
    return belief_.undecided();
  }
};

TEST_F(BeliefAfterEntryTest, IsUndecided) {
  EXPECT_EQ(undecided_after("drift", /*is_known=*/true), "undecided-overlap");
}
TEST_F(BeliefAfterEntryTest, IsUndecidedByWhatIsNotKnownYet) {
  EXPECT_EQ(undecided_after("drift", /*is_known=*/false), "undecided-overlap");
}
TEST_F(BeliefAfterEntryTest, DoesNotMatter) {
  EXPECT_EQ(undecided_after("x", /*is_known=*/true), "");
}

// Shows: of an engine that goes on while it is looked at, what is folded after a sync began may
// have ended before: the inventory tells.
TEST_F(BeliefOfRealTimeTest, WhatEndedEarlyIsSeenLate) {
  for (const bool wrote : {false, true}) {
    log_ = TestLog();
    make_a();
    const Followed command = apply("c", "a", {{"Value", "y"}});
    log_.of("c", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
    log_.goes_well(CallKind::kUpdate, found(object_of("a", "y"), 2), object_of("a", "y"));
    const Followed reading = sync("sync");
    log_.of("sync", "a").goes_well(CallKind::kRead, found(object_of("a", "drift"), 3));
    belief_.enter({identity("a")});
    belief_.settled_in();
    fold(command, "a", UpdateOperation::kUpdate, UpdateState::kSuccess);
    show("a", wrote ? "drift" : "y");
    fold(reading, "a", UpdateOperation::kRead, UpdateState::kSuccess);
    EXPECT_EQ(value_of("a"), wrote ? "drift" : "y");
    EXPECT_EQ(belief_.undecided(), "");
    fold(destroy("end", "a"), "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  }
}

// Shows: a sync that died with the engine may have absorbed what it read or not; the inventory
// decides, also where it shows references.
TEST_F(BeliefSyncTest, LostSync) {
  for (const bool absorbed : {false, true}) {
    log_ = TestLog();
    crashes_.clear();
    make_a();
    const Followed reading = sync("sync");
    log_.of("sync", "a").goes_well(CallKind::kRead, found(object_of("a", "drift"), 2));
    crashes_.push_back(log_.end());
    show("a", absorbed ? "drift" : "x");
    inventory_["a"].first["Value"] =
        JsonObject{{"$res", true},  {"$label", "b"},    {"$type", "T"},
                   {"$stack", "t"}, {"$property", "P"}, {"$value", absorbed ? "drift" : "x"}};
    const uint64_t before = belief_.either_count();
    const LogIndex index = log_.index();
    belief_.fold_lost_sync(reading, index, crashes_);
    EXPECT_EQ(value_of("a"), absorbed ? "drift" : "x");
    EXPECT_EQ(belief_.either_count() - before, absorbed ? 1U : 0U);
    fold(destroy("end", "a"), "a", UpdateOperation::kDelete, UpdateState::kSuccess);
  }
}

// Shows: a lost sync may have found that an object is gone, or have settled, and have said so or
// not before it died.
TEST_F(BeliefSyncTest, LostSyncOfAnUnsettledRow) {
  leave_create_open();
  const Followed first = sync("s1");
  log_.of("s1", "a").goes_well(CallKind::kSettle, found(object_of("a", "x")));
  crashes_.push_back(log_.end());
  LogIndex index = log_.index();
  belief_.fold_lost_sync(first, index, crashes_);
  EXPECT_TRUE(row("a")->unsettled);
  show("a", "x");
  belief_.fold_lost_sync(first, index, crashes_);
  EXPECT_FALSE(row("a")->unsettled);
  EXPECT_EQ(row("a")->native_id, "id-1");
  const Followed second = sync("s2");
  log_.of("s2", "a").fails(CallKind::kRead, ErrorCode::kNotFound);
  index = log_.index();
  belief_.fold_lost_sync(second, index, crashes_);
  EXPECT_NE(row("a"), nullptr);
  inventory_.clear();
  belief_.fold_lost_sync(second, index, crashes_);
  EXPECT_EQ(row("a"), nullptr);
}

}  // namespace
}  // namespace squall::suite
