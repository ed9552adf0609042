#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::plan_honoured_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlanHonoured : public testing::Test {
 protected:
  PlanHonoured() { b.record.traits.provider_is_ours = true; }

  // A plan that shows the creation of these, and is saved.
  void saves(const std::vector<std::string>& labels) {
    Simulated shown;
    for (const std::string& label : labels) {
      shown.updates.emplace_back();
      shown.updates.back().identity = RecordBuilder::id(label);
    }
    b.submit(spec::WouldDo{}, std::move(shown));
  }

  RecordBuilder b;
};

// Shows: a call for what the plan has is fine, and so is any read; any other call is said.
TEST_F(PlanHonoured, CallsAreOfThePlan) {
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  b.tells("c1", UpdateOperation::kRead, "vpc-2");
  b.tells("c1", UpdateOperation::kCreate, "vpc-1");
  EXPECT_THAT(kinds(b.record, "plan-honoured"), IsEmpty());
  b.tells("c1", UpdateOperation::kDelete, "vpc-1");
  EXPECT_THAT(kinds(b.record, "plan-honoured"), ElementsAre("call-not-planned"));
}

// Shows: the provider's death is no call.
TEST_F(PlanHonoured, ADeathIsNoCall) {
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  b.provider_dies("c1");
  b.record.answers.back().operation = UpdateOperation::kCreate;
  EXPECT_THAT(kinds(b.record, "plan-honoured"), IsEmpty());
}

// Shows: a saved plan is carried out as it was shown: no more, no less.
TEST_F(PlanHonoured, ASavedPlanIsKept) {
  saves({"vpc-1"});
  b.accept("c1", {RecordBuilder::create("vpc-1")}).plan_of = 0;
  EXPECT_THAT(kinds(b.record, "plan-honoured"), IsEmpty());
  b.accept("c2", {RecordBuilder::create("vpc-1"), RecordBuilder::create("vpc-2")}).plan_of = 0;
  EXPECT_THAT(kinds(b.record, "plan-honoured"), ElementsAre("saved-plan-not-kept"));
}

TEST_F(PlanHonoured, ASavedPlanIsNotForgotten) {
  saves({"vpc-1"});
  b.submit(spec::NothingPlanned{}, NothingToDo{}).plan_of = 0;
  EXPECT_THAT(kinds(b.record, "plan-honoured"), ElementsAre("saved-plan-not-kept"));
}

// Shows: a plan that is refused is not kept, and need not be.
TEST_F(PlanHonoured, AStalePlanIsRefused) {
  saves({"vpc-1"});
  b.submit(spec::Refused{}, Rejection{RejectionType::kStalePlan, ""}).plan_of = 0;
  EXPECT_THAT(kinds(b.record, "plan-honoured"), IsEmpty());
}

// Shows: of a replacement that creates first, a provider that died in between cannot be asked for
// the rest.
TEST_F(PlanHonoured, ADeadProviderIsNotAsked) {
  b.accept("c1", RecordBuilder::replacement("vpc-1"));
  b.tells("c1", UpdateOperation::kCreate, "vpc-1");
  b.end("c1", "vpc-1", UpdateState::kSuccess, "", UpdateOperation::kCreate);
  b.end("c1", "vpc-1", UpdateState::kFailed, "", UpdateOperation::kDelete);
  EXPECT_THAT(kinds(b.record, "plan-honoured"), ElementsAre("replaced-object-left"));
  b.provider_dies("c1");
  EXPECT_THAT(kinds(b.record, "plan-honoured"), IsEmpty());
}

// Shows: of a replacement, in an apply with targets too, the old object must go; where something
// failed, or where it was asked for, it is another matter.
TEST_F(PlanHonoured, TargetsDoNotEndAReplacementEarly) {
  b.accept("c1", RecordBuilder::replacement("vpc-1")).request.targeted = {
      RecordBuilder::id("vpc-2")};
  b.tells("c1", UpdateOperation::kCreate, "vpc-1");
  b.end("c1", "vpc-1", UpdateState::kSuccess, "", UpdateOperation::kCreate);
  b.end("c1", "vpc-1", UpdateState::kFailed, "", UpdateOperation::kDelete);
  EXPECT_THAT(kinds(b.record, "plan-honoured"), ElementsAre("replaced-object-left-by-targets"));
  b.record.submissions.front().request.targeted.clear();
  EXPECT_THAT(kinds(b.record, "plan-honoured"), ElementsAre("replaced-object-left"));
  b.record.submissions.front().request.targeted = {RecordBuilder::id("vpc-2")};
  b.tells("c1", UpdateOperation::kDelete, "vpc-1");
  EXPECT_THAT(kinds(b.record, "plan-honoured"), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::plan_honoured_test
