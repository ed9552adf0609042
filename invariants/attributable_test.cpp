#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::attributable_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "attributable"); }

// Shows: a call for no command at all, whether a write or a look.
TEST(Attributable, SeesCallsForNobody) {
  for (const CallKind kind : {CallKind::kCreate, CallKind::kRead, CallKind::kList}) {
    RecordBuilder b;
    b.submit(spec::NothingPlanned{}, NothingToDo{});
    b.call("unheard-of", kind, "vpc-1");
    EXPECT_THAT(found(b), ElementsAre("unknown-caller"));
  }
}

// Shows: while the answer to a request is unknown, or its command was not followed, a caller that
// nobody knows may well be it; of a sync that died with the engine that holds for looks only.
TEST(Attributable, AllowsForRequestsWithoutAnAnswer) {
  RecordBuilder unanswered;
  unanswered.submit(spec::Plan{}, std::nullopt);
  unanswered.creates("c9", "vpc-1", "net-1");
  EXPECT_THAT(found(unanswered), IsEmpty());

  RecordBuilder wrong_answer;
  wrong_answer.submit(spec::Refused{}, Accepted{"c9"});
  wrong_answer.creates("c9", "vpc-1", "net-1");
  EXPECT_THAT(found(wrong_answer), IsEmpty());

  RecordBuilder sync;
  sync.submit(spec::Plan{}, std::nullopt, CommandKind::kSync);
  sync.reads("s9", "vpc-1", "a");
  EXPECT_THAT(found(sync), IsEmpty());
  sync.creates("s9", "vpc-2", "net-2");
  EXPECT_THAT(found(sync), ElementsAre("unknown-caller"));
}

// Shows: a call for a command that has ended, unless a crash or a delay on the way may have held it
// up.
TEST(Attributable, SeesCallsAfterTheEnd) {
  RecordBuilder b;
  b.accept("c1", {B::create("vpc-1")});
  b.creates("c1", "vpc-1", "net-1");
  RecordBuilder running = b;
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  RecordBuilder crashed = b;
  b.reads("c1", "vpc-1", "a");
  EXPECT_THAT(found(b), ElementsAre("call-after-end"));
  b.record.test_case.schedule.resize(1);
  EXPECT_THAT(found(b), IsEmpty());

  crashed.crash();
  crashed.reads("c1", "vpc-1", "a");
  EXPECT_THAT(found(crashed), IsEmpty());
  running.reads("c1", "vpc-1", "a");
  EXPECT_THAT(found(running), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::attributable_test
