#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::teardown_test {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "teardown"); }

// Shows: at the last checkpoint rows and objects are too many, each under its own kind.
TEST(Teardown, SeesWhatIsLeft) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());  // nobody destroyed anything yet
  b.record.epilogue.teardown_checkpoint = 0;
  EXPECT_THAT(found(b), UnorderedElementsAre("row-left", "object-left"));
}

// Shows: a destroy that the cloud's own rate limit made fail left nothing behind by its own fault;
// one that an injected fault made fail did.
TEST(Teardown, AllowsForTheCloudsRateLimit) {
  RecordBuilder b;
  b.record.test_case.world.behaviours.rate_per_second = 200;
  b.accept("c1", {RecordBuilder::remove("vpc-1")}, CommandKind::kDestroy);
  for (int i = 0; i < 3; ++i)
    b.failed(b.call("c1", CallKind::kRead, "vpc-1"), ErrorCode::kThrottling);
  b.end("c1", "vpc-1", UpdateState::kFailed);
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  b.record.epilogue.destroys = {0};
  b.record.epilogue.teardown_checkpoint = 0;
  EXPECT_THAT(found(b), IsEmpty());
  for (cloud::Call& call : b.record.calls) call.fault = "throttling";
  EXPECT_THAT(found(b), UnorderedElementsAre("row-left", "object-left"));
}

// Shows: what the controller put into the cloud may stay, and what was there before as well.
TEST(Teardown, LetsForeignObjectsBe) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  b.now = {};
  b.put("vpc-2", "net-2", named("vpc-2"));
  b.now.cloud.front().made_by_engine = false;
  b.checkpoint();
  b.record.epilogue.teardown_checkpoint = 1;
  EXPECT_THAT(found(b), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::teardown_test
