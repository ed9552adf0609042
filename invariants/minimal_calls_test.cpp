#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::minimal_calls_test {
namespace {

using cloud::Effect;
using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "minimal-calls"); }

RecordBuilder with(spec::PlannedUpdate update) {
  RecordBuilder b;
  b.accept("c1", {std::move(update)});
  return b;
}

// Shows: what was planned may be done, looks are free, and a repeated attempt is no second write.
TEST(MinimalCalls, LetsPlannedCallsBe) {
  RecordBuilder create = with(B::create("vpc-1"));
  create.call("c1", CallKind::kRead, "vpc-2");
  create.call("c1", CallKind::kCreate, "vpc-1");
  create.creates("c1", "vpc-1", "net-1");
  EXPECT_THAT(found(create), IsEmpty());

  RecordBuilder update = with(B::update("vpc-1", "b"));
  update.updates("c1", "vpc-1", "a", "b");
  EXPECT_THAT(found(update), IsEmpty());

  RecordBuilder remove = with(B::remove("vpc-1"));
  remove.deletes("c1", "vpc-1");
  EXPECT_THAT(found(remove), IsEmpty());
}

// Shows: a read by what was told not to look, but for what is imported; that the provider died is
// none.
TEST(MinimalCalls, SeesAReadThatWasNotAskedFor) {
  RecordBuilder b = with(B::create("vpc-1"));
  b.tells("c1", UpdateOperation::kRead, "vpc-2");
  EXPECT_THAT(found(b), IsEmpty());
  CommandRequest& request = b.record.submissions.front().request;
  request.refresh = false;
  b.provider_dies("c1");
  EXPECT_THAT(found(b), ElementsAre("needless-read"));
  DeclaredResource& declared = request.forma.resources.emplace_back();
  declared.identity = B::id("vpc-2");
  declared.import_id = "net-2";
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: a write to a resource that the command does not touch, even without effect.
TEST(MinimalCalls, SeesUnplannedCalls) {
  RecordBuilder other = with(B::create("vpc-1"));
  other.failed(other.call("c1", CallKind::kDelete, "vpc-2"), ErrorCode::kNotFound);
  EXPECT_THAT(found(other), ElementsAre("unplanned-call"));
}

// Shows: another kind of write than the planned one; a create may update only what it adopted.
TEST(MinimalCalls, SeesTheWrongKindOfCall) {
  RecordBuilder remove = with(B::update("vpc-1", "b"));
  remove.deletes("c1", "vpc-1");
  EXPECT_THAT(found(remove), ElementsAre("wrong-kind-of-call"));

  RecordBuilder update = with(B::create("vpc-1"));
  update.updates("c1", "vpc-1", "a", "b");
  EXPECT_THAT(found(update), ElementsAre("wrong-kind-of-call"));

  RecordBuilder adopted = with(B::create("vpc-1"));
  adopted.succeeded(adopted.call("c1", CallKind::kSettle, "vpc-1"), "net-1", named("vpc-1", "a"));
  adopted.updates("c1", "vpc-1", "a", "b");
  EXPECT_THAT(found(adopted), IsEmpty());
}

// Shows: an update without a patch.
TEST(MinimalCalls, SeesAnEmptyUpdate) {
  RecordBuilder b = with(B::update("vpc-1", "b"));
  cloud::Call& call = b.updates("c1", "vpc-1", "a", "a");
  auto request = std::make_shared<ProviderRequest>(*call.request);
  request->patch.clear();
  call.request = request;
  EXPECT_THAT(found(b), ElementsAre("empty-update"));
}

// Shows: an update that left its object as it was is needless, unless an earlier attempt without an
// answer may have done its work and no version could tell.
TEST(MinimalCalls, SeesANeedlessUpdate) {
  RecordBuilder needless = with(B::update("vpc-1", "b"));
  needless.updates("c1", "vpc-1", "b", "b");
  EXPECT_THAT(found(needless), ElementsAre("needless-update"));

  RecordBuilder in_doubt = with(B::update("vpc-1", "b"));
  cloud::Call& lost = in_doubt.call("c1", CallKind::kUpdate, "vpc-1");
  in_doubt.executed(lost, Effect::kUpdated, "net-1", named("vpc-1", "a"), named("vpc-1", "b"));
  in_doubt.failed(lost, ErrorCode::kServiceTimeout);
  cloud::Call& again = in_doubt.updates("c1", "vpc-1", "b", "b");
  EXPECT_THAT(found(in_doubt), IsEmpty());

  auto request = std::make_shared<ProviderRequest>(*again.request);
  request->if_version = 2;
  again.request = request;
  EXPECT_THAT(found(in_doubt), ElementsAre("needless-update"));
}

// Shows: nobody sees what becomes of a WriteOnly value: sending one is needless only where nobody
// else can have put it there.
TEST(MinimalCalls, LetsAHiddenValueBeSentThatIsThereByChance) {
  RecordBuilder hidden = with(B::update("vpc-1", "b"));
  for (Schema& schema : hidden.record.schemas) schema.hints["Value"].write_only = true;
  RecordBuilder drifted = hidden;
  drifted.drifts("vpc-1", "a", "b");
  for (RecordBuilder* each : {&hidden, &drifted}) {
    cloud::Call& call = each->updates("c1", "vpc-1", "b", "b");
    auto request = std::make_shared<ProviderRequest>(*call.request);
    request->patch = {JsonObject{{"op", "add"}, {"path", "/Value"}, {"value", "b"}}};
    call.request = request;
  }
  EXPECT_THAT(found(hidden), ElementsAre("needless-update"));
  EXPECT_THAT(found(drifted), IsEmpty());
}

// Shows: a resource is replaced for a CreateOnly field that differs from what it was, or that takes
// its value from something made anew; for nothing else.
TEST(MinimalCalls, SeesANeedlessReplacement) {
  const auto replaced = [](const char* before, std::vector<spec::PlannedUpdate> more = {}) {
    RecordBuilder b;
    b.creates("c0", "vpc-1", "net-1", before);
    std::vector<spec::PlannedUpdate> updates = B::replacement("vpc-1", "b");
    updates.back().desired.set("Name", to_json(Reference{B::id("vpc-2"), "Value"}));
    updates.insert(updates.end(), more.begin(), more.end());
    b.accept("c1", updates);
    b.deletes("c1", "vpc-1");
    cloud::Call& create = b.creates("c1", "vpc-1", "net-2", "b");
    auto request = std::make_shared<ProviderRequest>(*create.request);
    request->properties = named("vpc-1", "b");
    create.request = request;
    for (Schema& schema : b.record.schemas) schema.hints["Value"].create_only = true;
    return b;
  };
  EXPECT_THAT(found(replaced("a")), IsEmpty());
  RecordBuilder needless = replaced("b");
  // The delete of the test's builder has an object without Value.
  needless.record.calls[1].executions.front().change.before =
      std::make_shared<JsonObject>(named("vpc-1", "b"));
  EXPECT_THAT(found(needless), ElementsAre("needless-replace"));
  RecordBuilder anew = replaced("b", {B::create("vpc-2")});
  EXPECT_THAT(found(anew), IsEmpty());
}

// Shows: a sync reads and settles, and writes nothing.
TEST(MinimalCalls, SeesASyncThatWrites) {
  RecordBuilder b;
  b.accept("s1", {B::planned(UpdateOperation::kRead, "vpc-1")}, CommandKind::kSync);
  b.reads("s1", "vpc-1", "a");
  b.succeeded(b.call("s1", CallKind::kSettle, "vpc-1"), "", {});
  EXPECT_THAT(found(b), IsEmpty());
  b.updates("s1", "vpc-1", "drifted", "a");
  EXPECT_THAT(found(b), ElementsAre("write-by-sync"));
}

}  // namespace
}  // namespace squall::invariants::minimal_calls_test
