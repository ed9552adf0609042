#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::model_agreement_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "model-agreement");
}

// vpc-1, and vpc-2, whose Value is vpc-1's Name.
RecordBuilder two_resources() {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1", "a"));
  b.show("vpc-2", "net-2", named("vpc-2", "vpc-1"));
  JsonObject reference = to_json(Reference{B::id("vpc-1"), "Name"}).get_object();
  b.now.belief[B::id("vpc-2")].declared = JsonObject{{"Name", "vpc-2"}, {"Value", reference}};
  reference["$value"] = "vpc-1";
  b.now.inventory.back().properties.set("Value", std::move(reference));
  return b;
}

// Shows: a row that should be there and a row that should not; each with an object or without.
TEST(ModelAgreement, SeesMissingAndUnexpectedRows) {
  RecordBuilder missing = two_resources();
  missing.now.inventory.erase(missing.now.inventory.begin());
  missing.now.cloud.erase(missing.now.cloud.begin());
  RecordBuilder excused = missing;
  missing.checkpoint();
  EXPECT_THAT(signatures(missing.record), ElementsAre("model-agreement/row-missing"));
  excused.now.excuses[B::id("vpc-1")] = {suite::ExcuseReason::kLateEffect, 1};
  excused.checkpoint();
  EXPECT_THAT(found(excused), IsEmpty());

  RecordBuilder unexpected = two_resources();
  unexpected.now.belief.erase(B::id("vpc-1"));
  unexpected.checkpoint();
  EXPECT_THAT(signatures(unexpected.record), ElementsAre("model-agreement/row-unexpected"));
}

// Shows: a row is managed, of the type of its object, and in its target.
TEST(ModelAgreement, ComparesWhatARowIs) {
  RecordBuilder right = two_resources();
  right.checkpoint();
  EXPECT_THAT(signatures(right.record), IsEmpty());

  RecordBuilder unmanaged = two_resources();
  unmanaged.now.inventory.front().managed = false;
  unmanaged.checkpoint();
  EXPECT_THAT(found(unmanaged), ElementsAre("not-managed"));

  RecordBuilder other = two_resources();
  other.now.cloud.front().type = kGenericChild;
  other.checkpoint();
  EXPECT_THAT(found(other), ElementsAre("wrong-type"));

  RecordBuilder elsewhere = two_resources();
  elsewhere.now.inventory.front().target = "elsewhere";
  elsewhere.checkpoint();
  EXPECT_THAT(signatures(elsewhere.record), ElementsAre("model-agreement/wrong-target"));
}

// Shows: the references shown are those declared; one that is not shown, or to something else, is
// wrong.
TEST(ModelAgreement, ComparesReferences) {
  RecordBuilder lost = two_resources();
  lost.now.inventory.back().properties.set("Value", "vpc-1");
  lost.checkpoint();
  EXPECT_THAT(signatures(lost.record), ElementsAre("model-agreement/wrong-reference"));

  RecordBuilder other = two_resources();
  JsonObject reference = other.now.inventory.back().properties.at("Value").as_object();
  reference["$property"] = "Id";
  other.now.inventory.back().properties.set("Value", std::move(reference));
  other.checkpoint();
  EXPECT_THAT(signatures(other.record), ElementsAre("model-agreement/wrong-reference"));
}

// Shows: an id belongs to one resource, and stays, unless the resource was gone in between; a
// replacement is no such time.
TEST(ModelAgreement, WatchesIds) {
  RecordBuilder shared = two_resources();
  shared.now.inventory.back().ksuid = shared.now.inventory.front().ksuid;
  shared.checkpoint();
  EXPECT_THAT(signatures(shared.record), ElementsAre("model-agreement/ksuid-shared"));

  const auto renamed_after = [](std::vector<spec::PlannedUpdate> updates) {
    RecordBuilder b = two_resources();
    b.checkpoint();
    b.accept("c1", std::move(updates));
    b.deletes("c1", "vpc-1");
    b.end("c1", "vpc-1", UpdateState::kSuccess, "", UpdateOperation::kDelete);
    b.now.inventory.front().ksuid = "another";
    b.checkpoint();
    return found(b);
  };
  EXPECT_THAT(renamed_after(B::replacement("vpc-1")), ElementsAre("ksuid-changed"));
  EXPECT_THAT(renamed_after({B::remove("vpc-1")}), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::model_agreement_test
