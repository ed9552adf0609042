#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::idempotent_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "idempotent"); }

// A reconcile that made vpc-1, and the same again, with this answer.
RecordBuilder again(CommandReply reply) {
  RecordBuilder b;
  b.accept("c1", {B::create("vpc-1")});
  b.creates("c1", "vpc-1", "net-1");
  b.record.epilogue.again = b.record.submissions.size();
  b.submit(spec::NothingPlanned{}, std::move(reply)).phase = "again";
  return b;
}

// Shows: nothing to do and nothing written is right; what was written before does not count.
TEST(Idempotent, IsContentWithNothing) {
  EXPECT_THAT(found(again(NothingToDo{})), IsEmpty());
  EXPECT_THAT(found(RecordBuilder()), IsEmpty());
}

// Shows: something planned, and something written all the same.
TEST(Idempotent, SeesPlansAndWrites) {
  EXPECT_THAT(found(again(Accepted{"c2"})), ElementsAre("accepted-again"));

  RecordBuilder wrote = again(NothingToDo{});
  wrote.reads("c1", "vpc-1", "a");
  wrote.record.submissions.back().log_after = UINT64_MAX;
  EXPECT_THAT(found(wrote), IsEmpty());
  wrote.call("c1", CallKind::kCreate, "vpc-1");
  EXPECT_THAT(found(wrote), ElementsAre("wrote-again"));
}

// Shows: a rejection is admission's, and reported once.
TEST(Idempotent, LeavesRejectionsToAdmission) {
  const RecordBuilder b = again(Rejection{RejectionType::kInvalidForma, "no"});
  EXPECT_THAT(signatures(b.record), ElementsAre("admission/rejected-not-accepted"));
}

}  // namespace
}  // namespace squall::invariants::idempotent_test
