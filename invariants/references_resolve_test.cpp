#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::references_resolve_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "references-resolve");
}

JsonObject referring(const std::string& label, const std::string& property,
                     const std::string& value) {
  JsonObject reference = to_json(Reference{B::id("vpc-1"), property}).get_object();
  reference["$value"] = value;
  JsonObject out = named(label);
  out["Value"] = std::move(reference);
  return out;
}

// vpc-2 refers to vpc-1, which is not there any more.
RecordBuilder dangling() {
  RecordBuilder b;
  b.show("vpc-2", "net-2", referring("vpc-2", "Name", "vpc-1"));
  return b;
}

// Shows: a reference to something that never was, or that was deleted in good order, hangs in the
// air.
TEST(ReferencesResolve, SeesADanglingReference) {
  RecordBuilder never = dangling();
  never.checkpoint();
  EXPECT_THAT(found(never), ElementsAre("dangling"));

  RecordBuilder deleted = dangling();
  deleted.accept("c1", {B::remove("vpc-1")}, CommandKind::kDestroy);
  deleted.deletes("c1", "vpc-1");
  deleted.end("c1", "vpc-1", UpdateState::kSuccess);
  deleted.checkpoint();
  EXPECT_THAT(found(deleted), ElementsAre("dangling"));

  RecordBuilder right = dangling();
  right.show("vpc-1", "net-1", named("vpc-1"));
  right.checkpoint();
  EXPECT_THAT(found(right), IsEmpty());
}

// Shows: where the producer was taken away from behind, where nobody heard the end of its delete,
// and where the same command was to see to the consumer, the engine cannot help it.
TEST(ReferencesResolve, AllowsForWhatTheEngineCannotHelp) {
  RecordBuilder drift = dangling();
  drift.drifts_away("vpc-1");
  drift.checkpoint();
  EXPECT_THAT(found(drift), IsEmpty());

  RecordBuilder unheard = dangling();
  unheard.accept("c1", {B::remove("vpc-1")}, CommandKind::kDestroy);
  unheard.deletes("c1", "vpc-1").delivered = false;
  unheard.checkpoint();
  EXPECT_THAT(found(unheard), IsEmpty());

  RecordBuilder together = dangling();
  together.accept("c1", {B::remove("vpc-1"), B::remove("vpc-2")}, CommandKind::kDestroy);
  together.deletes("c1", "vpc-1");
  together.checkpoint();
  EXPECT_THAT(found(together), IsEmpty());
}

// Shows: once a reconcile has had the last word, a reference has its producer's value, also that of
// a read-only property; before, it need not.
TEST(ReferencesResolve, ComparesValuesInTheEnd) {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.now.inventory.back().read_only.set("Id", "net-1");
  b.show("vpc-2", "net-2", referring("vpc-2", "Id", "net-0"));
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());
  b.record.epilogue.converged = true;
  b.record.epilogue.converged_checkpoint = 0;
  EXPECT_THAT(found(b), ElementsAre("old-value"));
  b.record.checkpoints[0].inventory.front().read_only.set("Id", "net-0");
  EXPECT_THAT(found(b), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::references_resolve_test
