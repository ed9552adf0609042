#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::target_scope_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TargetScope : public testing::Test {
 protected:
  TargetScope() {
    b.record.traits.provider_is_ours = true;
    CommandRequest& request =
        b.accept("c1", {RecordBuilder::create("vpc-1"), RecordBuilder::create("vpc-2")}).request;
    JsonObject refers = named("vpc-1");
    refers["Value"] = to_json(Reference{RecordBuilder::id("vpc-2"), "Name"});
    request.forma.resources = {{RecordBuilder::id("vpc-1"), "target-0", refers, {}, {}},
                               {RecordBuilder::id("vpc-2"), "target-0", named("vpc-2"), {}, {}},
                               {RecordBuilder::id("vpc-3"), "target-0", named("vpc-3"), {}, {}}};
    request.targeted = {RecordBuilder::id("vpc-1")};
  }

  RecordBuilder b;
};

// Shows: a target and what it refers to may change, anything may be read; nothing else may change.
TEST_F(TargetScope, OnlyTargetsAndTheirProducersChange) {
  b.tells("c1", UpdateOperation::kCreate, "vpc-1");
  b.tells("c1", UpdateOperation::kCreate, "vpc-2");
  b.tells("c1", UpdateOperation::kRead, "vpc-3");
  EXPECT_THAT(kinds(b.record, "target-scope"), IsEmpty());
  b.tells("c1", UpdateOperation::kDelete, "vpc-3");
  EXPECT_THAT(kinds(b.record, "target-scope"), ElementsAre("change-outside-targets"));
}

// Shows: without targets an apply is about everything.
TEST_F(TargetScope, WithoutTargetsAllMayChange) {
  b.record.submissions.front().request.targeted.clear();
  b.tells("c1", UpdateOperation::kDelete, "vpc-3");
  EXPECT_THAT(kinds(b.record, "target-scope"), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::target_scope_test
