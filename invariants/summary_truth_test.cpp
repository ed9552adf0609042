#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::summary_truth_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SummaryTruth : public testing::Test {
 protected:
  SummaryTruth() {
    b.record.traits.provider_is_ours = true;
    b.accept("c1", {RecordBuilder::create("vpc-1"), RecordBuilder::create("vpc-2")});
    tells("vpc-1", false);
    tells("vpc-2", true);
  }

  void tells(const std::string& label, bool failed) {
    b.tells("c1", UpdateOperation::kCreate, label).failed = failed;
  }
  void says(int64_t created) {
    b.record.commands["c1"].last.summary = {.created = created, .updated = 0, .deleted = 0};
  }

  RecordBuilder b;
};

// Shows: what failed must not be counted, and what was done must; who says nothing is not asked.
TEST_F(SummaryTruth, CountsWhatWasDone) {
  EXPECT_THAT(kinds(b.record, "summary-truth"), IsEmpty());
  says(1);
  EXPECT_THAT(kinds(b.record, "summary-truth"), IsEmpty());
  says(2);
  EXPECT_THAT(kinds(b.record, "summary-truth"), ElementsAre("wrong-count"));
}

// Shows: where the provider died, the engine may not have heard the last answer.
TEST_F(SummaryTruth, ADeadProviderMayNotHaveBeenHeard) {
  says(0);
  EXPECT_THAT(kinds(b.record, "summary-truth"), ElementsAre("wrong-count"));
  b.provider_dies("c1");
  EXPECT_THAT(kinds(b.record, "summary-truth"), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::summary_truth_test
