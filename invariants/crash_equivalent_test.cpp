#include "invariants/crash_equivalent.h"

#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::crash_equivalent_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "crash-equivalent");
}

// The same with a crash and without, but for the ids; vpc-2's Value is made of vpc-1's id.
RecordBuilder same_but_ids() {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1", "a"));
  b.show("vpc-2", "net-2", named("vpc-2", "at net-1."));
  b.record.without_crash = b.checkpoint();
  b.record.checkpoints.clear();
  b.now = {};
  b.record.test_case.operations[0].kind = "apply";
  b.record.test_case.operations[0].crashes = {CrashPoint{}};
  b.accept("c1", {RecordBuilder::create("vpc-1"), RecordBuilder::create("vpc-2")});
  b.crash();
  b.creates("c1", "vpc-1", "net-12", "a");
  b.creates("c1", "vpc-2", "net-1", "at net-12.");
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.end("c1", "vpc-2", UpdateState::kSuccess);
  b.show("vpc-1", "net-12", named("vpc-1", "a"));
  b.show("vpc-2", "net-1", named("vpc-2", "at net-12."));
  return b;
}

// Shows: ids may differ, wherever they stand; values, and what is there at all, may not.
TEST(CrashEquivalent, ComparesAllButIds) {
  RecordBuilder right = same_but_ids();
  right.checkpoint();
  EXPECT_THAT(found(right), IsEmpty());

  RecordBuilder value = same_but_ids();
  value.now.inventory.front().properties.set("Value", "b");
  value.checkpoint();
  EXPECT_THAT(found(value), ElementsAre("other-inventory"));

  RecordBuilder object = same_but_ids();
  object.now.cloud.pop_back();
  object.checkpoint();
  EXPECT_THAT(found(object), ElementsAre("other-cloud"));

  RecordBuilder more = same_but_ids();
  more.show("vpc-3", "net-3", named("vpc-3"));
  more.checkpoint();
  EXPECT_THAT(found(more), ElementsAre("other-cloud", "other-inventory"));
}

// Shows: nothing is compared where nothing was run to compare with, where a limit of the cloud
// meets other calls, where reads may be stale, or where the operations were not seen to their end.
TEST(CrashEquivalent, ComparesOnlyWhatCanBeTold) {
  RecordBuilder b = same_but_ids();
  b.now.cloud.clear();
  RecordBuilder late = b;
  b.checkpoint();
  EXPECT_THAT(found(b), ElementsAre("other-cloud", "other-cloud"));
  b.record.test_case.world.behaviours.rate_per_second = 100;
  EXPECT_THAT(found(b), IsEmpty());
  b.record.test_case.world.behaviours.rate_per_second = 0;
  b.record.test_case.world.behaviours.consistency_window = std::chrono::milliseconds(1);
  EXPECT_THAT(found(b), IsEmpty());
  b.record.test_case.world.behaviours.consistency_window = Duration(0);
  b.record.without_crash.reset();
  EXPECT_THAT(found(b), IsEmpty());
  late.operation = late.record.test_case.operations.size();
  late.checkpoint();
  EXPECT_THAT(found(late), IsEmpty());
}

// The crash strikes the second operation of `b`; the first has ended quietly.
RecordBuilder struck_later() {
  RecordBuilder b;
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  b.creates("c1", "vpc-1", "net-1");
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  b.operation = 1;
  b.clock += std::chrono::seconds(1);
  b.now.at = b.clock;
  b.record.traits.deterministic = true;
  b.record.test_case.operations[1].kind = "apply";
  b.record.test_case.operations[1].crashes = {CrashPoint{}};
  b.accept("c2", {RecordBuilder::update("vpc-1", "b")});
  b.crash();
  b.record.crashes.back().at = b.clock;
  b.checkpoint();
  return b;
}

// Shows: a crash is alone where one command met it, between two quiet moments, and nothing else
// did: no fault, no second command, nothing that had been left open before.
TEST(CrashEquivalent, KnowsWhatElseBefell) {
  const RecordBuilder alone = struck_later();
  const std::optional<LoneCrash> crash = lone_crash(alone.record);
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->first, 1U);
  EXPECT_EQ(crash->last, 1U);
  EXPECT_EQ(crash->after, &alone.record.checkpoints[1]);

  const auto is_alone_after = [](void (*change)(suite::CaseRecord&)) {
    RecordBuilder b = struck_later();
    change(b.record);
    return lone_crash(b.record).has_value();
  };
  EXPECT_TRUE(
      is_alone_after([](auto& record) { record.test_case.operations[0].faults.resize(1); }));
  EXPECT_FALSE(
      is_alone_after([](auto& record) { record.test_case.operations[1].faults.resize(1); }));
  EXPECT_FALSE(
      is_alone_after([](auto& record) { record.test_case.operations[1].disk_full = true; }));
  EXPECT_FALSE(
      is_alone_after([](auto& record) { record.test_case.operations[1].kind = "modify"; }));
  EXPECT_FALSE(is_alone_after([](auto& record) { record.submissions[1].reply = NothingToDo{}; }));
  EXPECT_FALSE(
      is_alone_after([](auto& record) { record.submissions.push_back(record.submissions[1]); }));
  EXPECT_FALSE(is_alone_after([](auto& record) {
    auto& plan = std::get<spec::Plan>(record.submissions[1].predicted);
    plan.circular = {plan.updates.front().key()};
  }));
  EXPECT_FALSE(is_alone_after(
      [](auto& record) { record.checkpoints[0].excuses[RecordBuilder::id("vpc-1")] = {}; }));
  EXPECT_FALSE(is_alone_after([](auto& record) { record.traits.deterministic = false; }));
  EXPECT_FALSE(is_alone_after([](auto& record) {
    cloud::Execution late = record.calls.front().executions.front();
    late.sequence = record.checkpoints[0].log_end + 1;
    record.calls.front().executions.push_back(std::move(late));
  }));
}

// Shows: what a call of the dead engine does after the next one's last look is nobody's fault.
TEST(CrashEquivalent, ExcusesALateEffect) {
  RecordBuilder b = same_but_ids();
  b.now.cloud.front().properties.set("Value", "b");
  RecordBuilder late = b;
  b.checkpoint();
  EXPECT_THAT(found(b), ElementsAre("other-cloud"));
  late.now.excuses[RecordBuilder::id("vpc-1")] = {suite::ExcuseReason::kLateEffect, 1};
  late.checkpoint();
  EXPECT_THAT(found(late), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::crash_equivalent_test
