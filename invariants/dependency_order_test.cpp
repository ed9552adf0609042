#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::dependency_order_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "dependency-order");
}

// vpc-2 waits for vpc-1, and is created while vpc-1's create is not answered yet.
RecordBuilder hasty() {
  RecordBuilder b;
  b.accept("c1", {B::create("vpc-1"), B::create("vpc-2", {"vpc-1"})});
  cloud::Call& first = b.call("c1", CallKind::kCreate, "vpc-1");
  b.creates("c1", "vpc-2", "net-2");
  b.succeeded(first, "net-1", named("vpc-1"));
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.end("c1", "vpc-2", UpdateState::kSuccess);
  return b;
}

// Shows: an update that writes before one it waits for was answered is too early, and one that
// waits is not.
TEST(DependencyOrder, WaitsForTheAnswer) {
  EXPECT_THAT(found(hasty()), ElementsAre("too-early"));

  RecordBuilder patient;
  patient.accept("c1", {B::create("vpc-1"), B::create("vpc-2", {"vpc-1"})});
  patient.creates("c1", "vpc-1", "net-1");
  patient.creates("c1", "vpc-2", "net-2");
  patient.end("c1", "vpc-1", UpdateState::kSuccess);
  patient.end("c1", "vpc-2", UpdateState::kSuccess);
  EXPECT_THAT(found(patient), IsEmpty());
}

// Shows: an answer that nobody heard was waited for by nobody, and a wait of a circle may have been
// dropped.
TEST(DependencyOrder, AllowsForTheDeadAndForCircles) {
  RecordBuilder dead = hasty();
  dead.record.calls.front().delivered = false;
  EXPECT_THAT(found(dead), IsEmpty());

  RecordBuilder circle = hasty();
  auto& plan = std::get<spec::Plan>(circle.record.submissions.front().predicted);
  for (const spec::PlannedUpdate& update : plan.updates) plan.circular.insert(update.key());
  EXPECT_THAT(found(circle), IsEmpty());
}

// Shows: what is carried out later has ended when it is polled to its end.
TEST(DependencyOrder, WaitsForTheEndOfWhatIsPolled) {
  RecordBuilder b;
  b.accept("c1", {B::create("vpc-1"), B::create("vpc-2", {"vpc-1"})});
  b.in_progress(b.call("c1", CallKind::kCreate, "vpc-1"), "r1");
  b.creates("c1", "vpc-2", "net-2");
  b.succeeded(b.polls("c1", "vpc-1", "r1"), "net-1", named("vpc-1"));
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.end("c1", "vpc-2", UpdateState::kSuccess);
  EXPECT_THAT(found(b), ElementsAre("too-early"));
}

// Shows: of a replacement the new object comes after the old one has gone.
TEST(DependencyOrder, HoldsWithinAReplacement) {
  RecordBuilder b;
  b.accept("c1", B::replacement("vpc-1"));
  cloud::Call& removal = b.call("c1", CallKind::kDelete, "vpc-1");
  b.creates("c1", "vpc-1", "net-2");
  b.succeeded(removal, "", {});
  b.end("c1", "vpc-1", UpdateState::kSuccess, "", UpdateOperation::kDelete);
  b.end("c1", "vpc-1", UpdateState::kSuccess, "", UpdateOperation::kCreate);
  EXPECT_THAT(found(b), ElementsAre("too-early"));
}

}  // namespace
}  // namespace squall::invariants::dependency_order_test
