#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::converges_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "converges"); }

// The epilogue's reconcile of vpc-1, and of vpc-2, which takes its Value from vpc-1's.
RecordBuilder reconciled() {
  RecordBuilder b;
  b.record.epilogue.reconciles = {0};
  b.record.epilogue.converged = true;
  b.record.epilogue.converged_checkpoint = 0;
  Forma& forma = b.accept("c1", {B::create("vpc-1"), B::create("vpc-2")}).request.forma;
  forma.resources.push_back({B::id("vpc-1"), "t", named("vpc-1", "final")});
  JsonObject second = named("vpc-2");
  second["Value"] = to_json(Reference{B::id("vpc-1"), "Value"});
  forma.resources.push_back({B::id("vpc-2"), "t", std::move(second)});
  b.show("vpc-1", "net-1", named("vpc-1", "final"));
  b.show("vpc-2", "net-2", named("vpc-2", "final"));
  b.checkpoint();
  return b;
}

// Shows: everything there and as wanted, references included, is right.
TEST(Converges, IsContentWithWhatIsWanted) { EXPECT_THAT(found(reconciled()), IsEmpty()); }

// Shows: a resource that is missing, or different, also where its producer gives the value.
TEST(Converges, SeesMissingAndDifferentResources) {
  RecordBuilder missing = reconciled();
  missing.record.checkpoints.front().cloud.pop_back();
  EXPECT_THAT(found(missing), ElementsAre("resource-missing"));

  RecordBuilder different = reconciled();
  different.record.checkpoints.front().cloud.back().properties.set("Value", "old");
  EXPECT_THAT(found(different), ElementsAre("resource-differs"));

  RecordBuilder extra = reconciled();
  extra.record.checkpoints.front().cloud.front().properties.set("SetTags", JsonArray{"kept"});
  EXPECT_THAT(found(extra), IsEmpty());  // absent means "not mine"
}

// Shows: reconciles that do not end well within the stated number.
TEST(Converges, SeesThatItTakesTooLong) {
  RecordBuilder b = reconciled();
  b.record.epilogue.converged = false;
  b.end("c1", "vpc-1", UpdateState::kFailed);
  std::vector<Violation> violations;
  check_one(*find_invariant("converges"), b.record, violations);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].kind, "not-converged");
  EXPECT_EQ(violations[0].expected, "Success within 2 reconciles");
}

// Shows: reconciles that the cloud's own rate limit made fail say nothing of the engine.
TEST(Converges, AllowsForTheCloudsRateLimit) {
  RecordBuilder b = reconciled();
  b.record.epilogue.converged = false;
  b.record.test_case.world.behaviours.rate_per_second = 200;
  b.failed(b.call("c1", CallKind::kCreate, "vpc-1"), ErrorCode::kThrottling);
  b.end("c1", "vpc-1", UpdateState::kFailed);
  b.end("c1", "vpc-2", UpdateState::kSuccess);
  EXPECT_THAT(found(b), IsEmpty());
  b.record.test_case.world.behaviours.rate_per_second = 0;
  EXPECT_THAT(found(b), ElementsAre("not-converged"));
}

// Shows: an answer that ended the case, and a world without resources, are nothing to report.
TEST(Converges, LeavesOutWhatCameToNoEnd) {
  RecordBuilder b = reconciled();
  b.record.epilogue.converged = false;
  b.record.epilogue.converged_checkpoint.reset();
  EXPECT_THAT(found(b), IsEmpty());
  EXPECT_THAT(found(RecordBuilder()), IsEmpty());
}

// Shows: a case that stopped early needs a reason, and only one.
TEST(Converges, AsksWhyTheEpilogueWasNotReached) {
  RecordBuilder b;
  b.record.epilogue.reached = false;
  EXPECT_THAT(signatures(b.record), ElementsAre("converges/epilogue-not-reached"));
  b.record.stuck = {"an answer"};
  EXPECT_THAT(signatures(b.record), ElementsAre("live/stuck"));
}

}  // namespace
}  // namespace squall::invariants::converges_test
