#include <gmock/gmock.h>

#include <set>

#include "invariants/record_builder.h"

namespace squall::invariants::invariants_test {
namespace {

using testing::IsEmpty;

// Shows: every invariant has a name of its own, words, a promise and kinds, and can be found.
TEST(Invariants, AreListed) {
  std::set<std::string_view> ids;
  for (const Invariant* invariant : invariants()) {
    EXPECT_TRUE(ids.insert(invariant->id).second) << invariant->id;
    EXPECT_FALSE(invariant->summary.empty()) << invariant->id;
    EXPECT_FALSE(invariant->promise.empty()) << invariant->id;
    EXPECT_FALSE(invariant->kinds.empty()) << invariant->id;
    EXPECT_EQ(std::set(invariant->kinds.begin(), invariant->kinds.end()).size(),
              invariant->kinds.size());
    EXPECT_EQ(find_invariant(invariant->id), invariant);
  }
  EXPECT_EQ(ids.size(), 33U);
  EXPECT_EQ(find_invariant("no-such-thing"), nullptr);
}

// Shows: converges is the last one, for it asks whether anybody else has said something.
TEST(Invariants, LetConvergesSpeakLast) { EXPECT_EQ(invariants().back()->id, "converges"); }

// Shows: an empty record violates nothing, and one that the harness spoilt is not judged at all.
TEST(Invariants, JudgeNoHarnessError) {
  RecordBuilder b;
  EXPECT_THAT(check_all(b.record), IsEmpty());
  b.record.stuck = {"something"};
  EXPECT_EQ(check_all(b.record).size(), 1U);
  b.record.harness_error = "the engine could not be started";
  EXPECT_THAT(check_all(b.record), IsEmpty());
}

// Shows: a case in which everything went well, told from start to end, violates nothing.
TEST(Invariants, PassAGoodCase) {
  RecordBuilder b;
  b.accept("c1", {RecordBuilder::create("vpc-1"), RecordBuilder::create("vpc-2", {"vpc-1"})});
  b.creates("c1", "vpc-1", "net-1");
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.creates("c1", "vpc-2", "net-2");
  b.end("c1", "vpc-2", UpdateState::kSuccess);
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.show("vpc-2", "net-2", named("vpc-2"));
  b.checkpoint();
  b.accept("c2", {RecordBuilder::remove("vpc-2")}, CommandKind::kDestroy);
  b.reads("c2", "vpc-2", "");
  b.deletes("c2", "vpc-2");
  b.end("c2", "vpc-2", UpdateState::kSuccess);
  b.now = {};
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  EXPECT_THAT(signatures(b.record), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::invariants_test
