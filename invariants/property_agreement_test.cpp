#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::property_agreement_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "property-agreement");
}

RecordBuilder one_resource() {
  RecordBuilder b;
  b.show("vpc-1", "net-1", named("vpc-1", "a"));
  return b;
}

// Shows: whichever of the three disagrees with the other two is named, and with words for both.
TEST(PropertyAgreement, NamesWhoDisagrees) {
  RecordBuilder inventory = one_resource();
  inventory.now.inventory.front().properties.set("Value", "b");
  inventory.checkpoint();
  const std::vector<Violation> violations = check_all(inventory.record);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].kind, "inventory-differs-from-cloud");
  EXPECT_EQ(violations[0].expected, "stack-0/vpc-1 with Value: a (after operation 1)");
  EXPECT_EQ(violations[0].actual, "stack-0/vpc-1: inventory Value: b; cloud, net-1: Value: a");

  RecordBuilder cloud = one_resource();
  cloud.now.cloud.front().properties.set("Value", "b");
  cloud.checkpoint();
  EXPECT_THAT(signatures(cloud.record),
              ElementsAre("property-agreement/cloud-differs-from-prediction"));

  RecordBuilder prediction = one_resource();
  prediction.now.belief[RecordBuilder::id("vpc-1")].actual.set("Value", "b");
  prediction.checkpoint();
  EXPECT_THAT(signatures(prediction.record),
              ElementsAre("property-agreement/inventory-differs-from-prediction"));
}

// Shows: a reference is what it was resolved to; order in a Set, empty members and read-only
// properties make no difference.
TEST(PropertyAgreement, ComparesValuesAndNormalForms) {
  RecordBuilder b = one_resource();
  b.now.inventory.front().properties.set("Value", JsonObject{{"$res", true},
                                                             {"$label", "vpc-2"},
                                                             {"$type", "T"},
                                                             {"$stack", "stack-0"},
                                                             {"$property", "Name"},
                                                             {"$value", "a"}});
  b.now.inventory.front().properties.set("SetTags", JsonArray{"x", "y"});
  b.now.cloud.front().properties.set("SetTags", JsonArray{"y", "x"});
  b.now.belief[RecordBuilder::id("vpc-1")].actual.set("SetTags", JsonArray{"x", "y", "y"});
  b.now.inventory.front().properties.set("OrderedItems", JsonArray());
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: what is an orphan or a phantom already is not reported here as well.
TEST(PropertyAgreement, LeavesOrphansAndPhantomsToTheirInvariants) {
  RecordBuilder orphan = one_resource();
  orphan.now.inventory.clear();
  orphan.checkpoint();
  EXPECT_THAT(signatures(orphan.record), ElementsAre("no-orphan/unknown-object"));

  RecordBuilder phantom = one_resource();
  phantom.now.cloud.clear();
  phantom.now.belief.clear();
  phantom.checkpoint();
  EXPECT_THAT(signatures(phantom.record), ElementsAre("no-phantom/missing-in-cloud"));
}

// Shows: opaque values are shown as such, and the cloud must have them all the same.
TEST(PropertyAgreement, LooksBehindOpaqueValues) {
  RecordBuilder b = one_resource();
  for (Schema& schema : b.record.schemas) schema.hints["Value"].opaque = true;
  b.now.inventory.front().properties.set("Value", JsonObject{{"$opaque", true}});
  RecordBuilder right = b;
  right.checkpoint();
  EXPECT_THAT(found(right), IsEmpty());

  RecordBuilder clear = b;
  clear.now.inventory.front().properties.set("Value", "a");
  clear.checkpoint();
  EXPECT_THAT(found(clear), ElementsAre("inventory-differs-from-cloud"));

  RecordBuilder other = b;
  other.now.cloud.front().properties.set("Value", "b");
  other.checkpoint();
  EXPECT_THAT(found(other), ElementsAre("cloud-differs-from-prediction"));
}

// Shows: what a failed replacement leaves, a row without object that nobody holds for unsettled, is
// right as it is.
TEST(PropertyAgreement, KnowsARowWithoutObject) {
  RecordBuilder b = one_resource();
  b.now.inventory.front().native_id.clear();
  b.now.inventory.front().properties = {};
  b.now.cloud.clear();
  b.now.belief[RecordBuilder::id("vpc-1")].native_id.clear();
  b.now.belief[RecordBuilder::id("vpc-1")].actual = {};
  b.checkpoint();
  EXPECT_THAT(signatures(b.record), IsEmpty());
}

// Shows: the unsettled flag is compared, in both directions and also for excused identities, unless
// the engine does not show it.
TEST(PropertyAgreement, ComparesTheUnsettledFlag) {
  RecordBuilder shown = one_resource();
  shown.now.inventory.front().unsettled = true;
  shown.checkpoint();
  EXPECT_THAT(found(shown), ElementsAre("unsettled-flag-wrong"));
  shown.record.traits.unsettled_visible = false;
  EXPECT_THAT(found(shown), IsEmpty());

  RecordBuilder hidden = one_resource();
  hidden.now.belief[RecordBuilder::id("vpc-1")].unsettled.emplace();
  hidden.now.excuses[RecordBuilder::id("vpc-1")] = {suite::ExcuseReason::kUnsettled, 0};
  hidden.checkpoint();
  EXPECT_THAT(found(hidden), ElementsAre("unsettled-flag-wrong"));

  RecordBuilder right = one_resource();
  right.now.inventory.front().unsettled = true;
  right.now.belief[RecordBuilder::id("vpc-1")].unsettled.emplace();
  right.checkpoint();
  EXPECT_THAT(found(right), IsEmpty());
}

// Shows: after the sync that settles everything no row is unsettled, whatever was expected.
TEST(PropertyAgreement, WantsEverythingSettledInTheEnd) {
  RecordBuilder b = one_resource();
  b.now.inventory.front().unsettled = true;
  b.now.belief[RecordBuilder::id("vpc-1")].unsettled.emplace();
  b.now.settled = true;
  b.operation = b.record.test_case.operations.size();
  b.accept("sync", {}, CommandKind::kSync);
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());  // the sync did not get through
  b.record.commands["sync"].last.state = CommandState::kSuccess;
  EXPECT_THAT(found(b), ElementsAre("still-unsettled"));
}

// Shows: an excused identity may differ in its properties.
TEST(PropertyAgreement, LetsExcusedIdentitiesBe) {
  RecordBuilder b = one_resource();
  b.now.cloud.front().properties.set("Value", "late");
  b.now.excuses[RecordBuilder::id("vpc-1")] = {suite::ExcuseReason::kLateEffect, 1};
  b.checkpoint();
  EXPECT_THAT(found(b), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::property_agreement_test
