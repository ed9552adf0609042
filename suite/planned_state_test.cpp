// What the state of an engine that plans and applies becomes by what it says it did.
#include "suite/planned_state.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "suite/test_log.h"

namespace squall::suite {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const ResourceIdentity kIdentity{"stack-0", "res-0", "Test::Generic::Resource"};

class PlannedStateTest : public ::testing::Test {
 protected:
  PlannedStateTest() { log_.of("run-1", "res-0"); }

  // The provider told the run so.
  void tells(UpdateOperation operation, bool failed, const std::string& native_id = "id-1") {
    ProviderAnswer answer;
    answer.caller = "run-1";
    answer.type = kIdentity.type;
    answer.label = kIdentity.label;
    answer.operation = operation;
    answer.failed = failed;
    answer.there = !native_id.empty();
    answer.native_id = native_id;
    answer.log_end = log_.index().end();
    state_.hear(answer);
  }
  void dies() {
    ProviderAnswer last;
    last.caller = "run-1";
    last.delivered = false;
    state_.hear(last);
  }

  // The run says that this update ended so.
  Claim claim(UpdateOperation operation, UpdateState state, JsonObject properties = {}) {
    spec::PlannedUpdate planned;
    planned.identity = kIdentity;
    planned.operation = operation;
    planned.desired = planned.declared = planned.asked = std::move(properties);
    Followed command;
    command.id = "run-1";
    command.planned.emplace(planned.key(), planned);
    Claim out;
    out.view.identity = kIdentity;
    out.view.operation = operation;
    out.view.state = state;
    state_.fold(command, log_.index(), {}, out);
    return out;
  }

  // What is said against the run's claim that this ended so, when nobody was asked for it.
  std::string problem_of(const spec::PlannedUpdate& planned, UpdateState state) {
    Followed command;
    command.id = "run-1";
    command.planned.emplace(planned.key(), planned);
    Claim claim;
    claim.view.identity = planned.identity;
    claim.view.state = state;
    state_.fold(command, log_.index(), {}, claim);
    return claim.problem_kind;
  }

  void is_made_and_forgotten() {
    tells(UpdateOperation::kCreate, false);
    claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
    state_.admit(spec::NothingPlanned{{}, {}, {kIdentity}});
  }
  // As the engine's state has it.
  static InventoryRow shown() {
    InventoryRow row;
    row.identity = kIdentity;
    row.native_id = "id-1";
    return row;
  }

  std::vector<ResourceType> types_ = cloud::built_in_types();
  PlannedState state_{types_};
  TestLog log_;
};

// Shows: a create that the provider told of is a row with the object's id; a claim that nobody told
// the engine of is none, and is said to be wrong.
TEST_F(PlannedStateTest, ACreateNeedsItsAnswer) {
  EXPECT_EQ(
      claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}}).problem_kind,
      "success-without-effect");
  EXPECT_THAT(state_.rows(), IsEmpty());
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  tells(UpdateOperation::kCreate, false);
  EXPECT_EQ(
      claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}}).problem_kind, "");
  ASSERT_EQ(state_.rows().size(), 1U);
  EXPECT_EQ(state_.rows().begin()->second.native_id, "id-1");
}

// Shows: what the provider told and what the run claims must agree, both ways.
TEST_F(PlannedStateTest, AClaimIsWhatTheProviderTold) {
  tells(UpdateOperation::kUpdate, true);
  EXPECT_EQ(claim(UpdateOperation::kUpdate, UpdateState::kSuccess).problem_kind,
            "success-without-effect");
  tells(UpdateOperation::kUpdate, false);
  EXPECT_EQ(claim(UpdateOperation::kUpdate, UpdateState::kFailed).problem_kind,
            "failed-without-cause");
}

// Shows: what was left out although nothing before it failed is said to be; a canceled one is not,
// nor is one whose provider had died.
TEST_F(PlannedStateTest, WhatWasLeftOutNeedsACause) {
  EXPECT_EQ(claim(UpdateOperation::kUpdate, UpdateState::kFailed).problem_kind,
            "failed-without-cause");
  EXPECT_EQ(claim(UpdateOperation::kUpdate, UpdateState::kCanceled).problem_kind, "");
  dies();
  EXPECT_EQ(claim(UpdateOperation::kUpdate, UpdateState::kFailed).problem_kind, "");
}

// Shows: what may come after something that failed need not have come to its turn.
TEST_F(PlannedStateTest, WhatMayWaitIsACause) {
  const ResourceIdentity beside{"stack-0", "beside", "Test::Generic::Resource"};
  Followed command;
  command.id = "run-1";
  std::string kinds;
  for (const ResourceIdentity& identity : {beside, kIdentity}) {
    spec::PlannedUpdate planned;
    planned.identity = identity;
    if (identity == kIdentity) planned.may_wait_for = {{beside, UpdateOperation::kCreate}};
    command.planned.emplace(planned.key(), planned);
    Claim claim;
    claim.view.identity = identity;
    claim.view.state = UpdateState::kFailed;
    state_.fold(command, log_.index(), {}, claim);
    kinds += claim.problem_kind + ";";
  }
  EXPECT_EQ(kinds, "failed-without-cause;;");
}

// Shows: an update that is planned makes what is there depend on what it is to refer to, besides
// what it did, whether the run comes to it or not.
TEST_F(PlannedStateTest, WhatIsPlannedDependsOnBoth) {
  const ResourceIdentity before{"stack-0", "before", "Test::Generic::Resource"};
  const ResourceIdentity after{"stack-0", "after", "Test::Generic::Resource"};
  spec::PlannedUpdate update;
  update.identity = kIdentity;
  update.operation = UpdateOperation::kUpdate;
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  for (const ResourceIdentity& producer : {before, after}) {
    update.depends_on = {producer};
    spec::Plan plan;
    plan.updates = {update};
    state_.admit(plan);
  }
  EXPECT_THAT(state_.rows().at(kIdentity).depends_on, testing::UnorderedElementsAre(before, after));
}

// Shows: what a failed create left is kept, to be replaced, and excused until it is read again; one
// that left nothing is no row.
TEST_F(PlannedStateTest, AFailedCreateMayLeaveSomething) {
  tells(UpdateOperation::kCreate, true, "");
  claim(UpdateOperation::kCreate, UpdateState::kFailed, {{"Name", "res-0"}});
  EXPECT_THAT(state_.rows(), IsEmpty());
  tells(UpdateOperation::kCreate, true);
  claim(UpdateOperation::kCreate, UpdateState::kFailed, {{"Name", "res-0"}});
  ASSERT_THAT(state_.rows(), SizeIs(1));
  EXPECT_TRUE(state_.rows().begin()->second.is_tainted);
  EXPECT_THAT(state_.excuses(log_.index()), SizeIs(1));
  state_.refresh({}, log_.index(), {});
  tells(UpdateOperation::kRead, false, "");
  state_.answered(Accepted{"run-2"});
  EXPECT_THAT(state_.excuses(log_.index()), IsEmpty());
}

// Shows: a failed read leaves the run no choice but to refuse, and what it found is forgotten.
TEST_F(PlannedStateTest, AFailedReadRefuses) {
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  state_.refresh({}, log_.index(), {});
  EXPECT_THAT(state_.rows(), IsEmpty());
  EXPECT_FALSE(state_.refused_by_provider(NothingToDo{}));
  tells(UpdateOperation::kRead, true);
  ASSERT_TRUE(state_.refused_by_provider(NothingToDo{}));
  EXPECT_EQ(state_.refused_by_provider(NothingToDo{})->type, RejectionType::kProviderFailed);
  state_.answered(Rejection{RejectionType::kProviderFailed, ""});
  EXPECT_THAT(state_.rows(), SizeIs(1));
}

// Shows: of what a run did that was killed, the state has what it shows.
TEST_F(PlannedStateTest, AKilledRunHasWhatItSaved) {
  spec::Plan plan;
  plan.updates.emplace_back();
  plan.updates.back().identity = kIdentity;
  plan.updates.back().operation = UpdateOperation::kCreate;
  tells(UpdateOperation::kCreate, false);
  state_.cut_short(&plan, {}, {}, log_.index());
  EXPECT_THAT(state_.rows(), IsEmpty());
  state_.cut_short(&plan, {shown()}, {}, log_.index());
  EXPECT_THAT(state_.rows(), SizeIs(1));
}

// Shows: which WriteOnly value a killed run has sent, its state tells by the version.
TEST_F(PlannedStateTest, AKilledRunTellsWhatItSent) {
  const ResourceIdentity secret{"stack-0", "res-0", "Test::Network::Secret"};
  spec::PlannedUpdate update;
  update.identity = secret;
  update.operation = UpdateOperation::kCreate;
  update.declared = JsonObject{{"Name", "res-0"}, {"Password", "a"}};
  tells(UpdateOperation::kCreate, false);
  InventoryRow row = shown();
  row.identity = secret;
  spec::Plan plan;
  plan.updates = {update};
  state_.cut_short(&plan, {row}, {}, log_.index());
  plan.updates.front().operation = UpdateOperation::kUpdate;
  plan.updates.front().declared.set("Password", "b");
  const auto sent = [&](const char* last) {
    StoredResource stored;
    stored.versions["Password"] = version_of(Json(last));
    state_.cut_short(&plan, {row}, {{secret, stored}}, log_.index());
    return state_.rows().at(secret).declared.at("Password");
  };
  EXPECT_FALSE(state_.rows().at(secret).actual.contains("Password"));
  EXPECT_EQ(sent("a"), Json("a"));
  EXPECT_EQ(sent("b"), Json("b"));
}

// Shows: what a killed run left depends on what it did, on what it was to, or on both, and is where
// it was or was to be, as the state has it; of anything else the state is not believed.
TEST_F(PlannedStateTest, AKilledRunMayHaveSavedSomeOfEachRow) {
  const ResourceIdentity before{"stack-0", "before", "Test::Generic::Resource"};
  const ResourceIdentity after{"stack-0", "after", "Test::Generic::Resource"};
  spec::PlannedUpdate update;
  update.identity = kIdentity;
  update.operation = UpdateOperation::kUpdate;
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  spec::Plan plan;
  plan.updates = {update};
  plan.updates.front().depends_on = {before};
  state_.admit(plan);
  plan.updates.front().depends_on = {after};
  plan.updates.front().placement.module = "m0";
  const auto left = [&](const std::set<ResourceIdentity>& depends_on) {
    state_.cut_short(&plan, {shown()}, {{kIdentity, {{}, depends_on}}}, log_.index());
    return state_.rows().at(kIdentity).depends_on;
  };
  EXPECT_THAT(left({}), testing::ElementsAre(before));
  EXPECT_THAT(left({before}), testing::ElementsAre(before));
  EXPECT_THAT(left({before, after}), testing::UnorderedElementsAre(before, after));
  EXPECT_EQ(state_.rows().at(kIdentity).placement.module, "");
  EXPECT_THAT(left({after}), testing::ElementsAre(after));
  state_.cut_short(&plan, {shown()}, {{kIdentity, {plan.updates.front().placement, {after}}}},
                   log_.index());
  EXPECT_EQ(state_.rows().at(kIdentity).placement.module, "m0");
}

// Shows: what nobody planned is said.
TEST_F(PlannedStateTest, OnlyWhatWasPlannedCounts) {
  Claim unplanned;
  unplanned.view.identity = kIdentity;
  unplanned.view.state = UpdateState::kSuccess;
  state_.fold(Followed(), log_.index(), {}, unplanned);
  EXPECT_EQ(unplanned.problem_kind, "unplanned-update");
}

// Shows: a refresh takes the truth over, and lets go of what is gone.
TEST_F(PlannedStateTest, ARefreshTakesTheTruth) {
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  cloud::CloudObject object;
  object.native_id = "id-1";
  object.type = kIdentity.type;
  object.properties = JsonObject{{"Name", "res-0"}, {"Value", "drift"}, {"Id", "id-1"}};
  state_.refresh({object}, log_.index(), {});
  ASSERT_EQ(state_.rows().size(), 1U);
  EXPECT_EQ(state_.rows().begin()->second.actual.at("Value"), Json("drift"));
  state_.refresh({}, log_.index(), {});
  EXPECT_THAT(state_.rows(), IsEmpty());
}

cloud::CloudObject the_object() {
  cloud::CloudObject object;
  object.native_id = "id-1";
  object.type = kIdentity.type;
  object.properties = JsonObject{{"Name", "res-0"}, {"Value", "a"}, {"Id", "id-1"}};
  return object;
}

CommandRequest importing() {
  CommandRequest out;
  out.forma.resources.push_back({kIdentity, "target-0", JsonObject(), {}, "id-1"});
  return out;
}

// Shows: what is forgotten leaves the rows and is remembered with its id, as long as it is there;
// imported, it is a row as it was found.
TEST_F(PlannedStateTest, WhatIsForgottenCanBeImported) {
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  is_made_and_forgotten();
  EXPECT_THAT(state_.rows(), IsEmpty());
  ASSERT_THAT(state_.forgotten(), SizeIs(1));
  EXPECT_EQ(state_.forgotten().at(kIdentity), "id-1");

  state_.refresh({the_object()}, log_.index(), importing());
  ASSERT_THAT(state_.rows(), SizeIs(1));
  EXPECT_EQ(state_.rows().begin()->second.actual.at("Value"), Json("a"));
  state_.answered(Rejection{RejectionType::kProviderFailed, ""});
  EXPECT_THAT(state_.rows(), IsEmpty());  // refused: nothing was kept

  state_.refresh({the_object()}, log_.index(), importing());
  state_.answered(NothingToDo{});
  EXPECT_THAT(state_.rows(), SizeIs(1));
  EXPECT_THAT(state_.forgotten(), IsEmpty());
}

// Shows: what is gone from the cloud cannot be imported, and is remembered no more.
TEST_F(PlannedStateTest, WhatIsGoneIsNotRemembered) {
  is_made_and_forgotten();
  state_.refresh({}, log_.index(), importing());
  EXPECT_THAT(state_.rows(), IsEmpty());
  EXPECT_THAT(state_.forgotten(), IsEmpty());
}

// Shows: a run that did not come to its end may have kept what it was to forget.
TEST_F(PlannedStateTest, ARunThatEndsEarlyMayForgetNothing) {
  is_made_and_forgotten();
  state_.ended_early({});
  EXPECT_THAT(state_.rows(), IsEmpty());
  state_.ended_early({shown()});
  EXPECT_THAT(state_.rows(), SizeIs(1));
  EXPECT_THAT(state_.forgotten(), IsEmpty());
}

// Shows: what a create left, whose provider then died, is in the state only if the run heard of it.
TEST_F(PlannedStateTest, AStateTellsWhatTheProviderSaidLast) {
  tells(UpdateOperation::kCreate, true);
  dies();
  claim(UpdateOperation::kCreate, UpdateState::kFailed, {{"Name", "res-0"}});
  state_.ended_early({});
  EXPECT_THAT(state_.rows(), IsEmpty());
  state_.ended_early({shown()});
  ASSERT_THAT(state_.rows(), SizeIs(1));
  EXPECT_TRUE(state_.rows().begin()->second.is_tainted);
}

// Shows: of a saved plan with targets the state learns of those alone.
TEST_F(PlannedStateTest, ASavedPlanHoldsWhatWasReadForIt) {
  tells(UpdateOperation::kCreate, true);
  claim(UpdateOperation::kCreate, UpdateState::kFailed, {{"Name", "res-0"}});
  CommandRequest request = importing();
  request.saved_plan = true;
  request.targeted = {{"stack-0", "res-1", "Test::Generic::Resource"}};
  state_.refresh({the_object()}, log_.index(), request);
  state_.answered(NothingToDo{});
  EXPECT_THAT(state_.excuses(log_.index()), SizeIs(1));
  request.targeted.clear();
  state_.refresh({the_object()}, log_.index(), request);
  state_.answered(NothingToDo{});
  EXPECT_THAT(state_.excuses(log_.index()), IsEmpty());
}

// Shows: what is made, and whose provisioning fails, is kept as tainted; a run that claims success
// all the same is wrong.
TEST_F(PlannedStateTest, ProvisioningMayFail) {
  tells(UpdateOperation::kCreate, false);
  spec::PlannedUpdate planned;
  planned.identity = kIdentity;
  planned.placement.provisioning_fails = true;
  Followed command;
  command.id = "run-1";
  command.planned.emplace(planned.key(), planned);
  Claim claim;
  claim.view.identity = kIdentity;
  claim.view.state = UpdateState::kFailed;
  state_.fold(command, log_.index(), {}, claim);
  EXPECT_EQ(claim.problem_kind, "");
  ASSERT_THAT(state_.rows(), SizeIs(1));
  EXPECT_TRUE(state_.rows().begin()->second.is_tainted);
  claim.view.state = UpdateState::kSuccess;
  state_.fold(command, log_.index(), {}, claim);
  EXPECT_EQ(claim.problem_kind, "success-without-effect");
}

// Shows: what does not come to its turn because a demand of another does not hold has its cause;
// what is done all the same is wrong.
TEST_F(PlannedStateTest, ADemandMayFailAsItIsApplied) {
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}, {"Value", "a"}});
  spec::PlannedUpdate planned;
  planned.identity = {"stack-0", "res-1", "Test::Generic::Resource"};
  planned.placement.demands = {{"res-0", "Value", Json("b")}};
  EXPECT_EQ(problem_of(planned, UpdateState::kFailed), "");
  EXPECT_EQ(problem_of(planned, UpdateState::kSuccess), "success-without-effect");
  planned.placement.demands.front().value = Json("a");
  EXPECT_EQ(problem_of(planned, UpdateState::kFailed), "failed-without-cause");
}

// Shows: what nothing is done for may demand in vain as well; what depends on it has its cause then
// not to come to its turn, and nothing else has.
TEST_F(PlannedStateTest, WhatStaysAsItIsMayDemandInVain) {
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}, {"Value", "a"}});
  spec::DeclaredRewrite stays;
  stays.identity = {"stack-0", "res-1", "Test::Generic::Resource"};
  stays.placement.demands = {{"res-0", "Value", Json("b")}};
  spec::PlannedUpdate planned;
  planned.identity = {"stack-0", "res-2", "Test::Generic::Resource"};
  planned.depends_on = {stays.identity};
  spec::Plan plan;
  plan.rewrites = {stays};
  state_.admit(plan);
  EXPECT_TRUE(state_.demands_in_vain());
  EXPECT_EQ(problem_of(planned, UpdateState::kFailed), "");
  EXPECT_EQ(problem_of(planned, UpdateState::kSuccess), "success-without-effect");
  planned.depends_on.clear();
  EXPECT_EQ(problem_of(planned, UpdateState::kFailed), "failed-without-cause");
  state_.forget_running("run-1");
  EXPECT_FALSE(state_.demands_in_vain());
}

// Shows: what is taken out of the state by hand is no row any more, and is remembered with its id.
TEST_F(PlannedStateTest, WhatIsRemovedCanBeImported) {
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  state_.removed_from_state({kIdentity}, log_.index());
  EXPECT_THAT(state_.rows(), IsEmpty());
  ASSERT_THAT(state_.forgotten(), SizeIs(1));
  EXPECT_EQ(state_.forgotten().at(kIdentity), "id-1");
}

// Shows: outputs are what there is once a run has come to its end, and open where it has not; a
// plan, a sync and a destroy of some leave them as they are, a destroy of all takes them along, and
// so does a sync that shows none, unless it is refused.
TEST_F(PlannedStateTest, OutputsAreOfTheLastRunThatEnded) {
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}, {"Value", "x"}});
  CommandRequest request = importing();
  request.forma.outputs = {{.name = "o", .value = {kIdentity, "Value"}}};
  state_.refresh({the_object()}, log_.index(), request);
  tells(UpdateOperation::kRead, false);
  state_.answered(NothingToDo{});
  state_.admit(spec::NothingPlanned{});
  ASSERT_THAT(state_.outputs()->values, SizeIs(1));
  EXPECT_EQ(state_.outputs()->values.at("o").value, Json("a"));

  CommandRequest sync;
  sync.kind = CommandKind::kSync;
  state_.refresh({the_object()}, log_.index(), sync);
  state_.answered(Accepted{"run-1"});
  state_.forget_running("run-1");
  EXPECT_THAT(state_.outputs()->values, SizeIs(1));

  sync.drops_outputs = true;
  state_.refresh({the_object()}, log_.index(), sync);
  state_.answered(Rejection{RejectionType::kPlanRefused, ""});
  EXPECT_THAT(state_.outputs()->values, SizeIs(1));
  state_.refresh({the_object()}, log_.index(), sync);
  state_.answered(Accepted{"run-1"});
  state_.forget_running("run-1");
  EXPECT_THAT(state_.outputs()->values, IsEmpty());
  EXPECT_FALSE(state_.outputs()->others_are_open);

  state_.refresh({the_object()}, log_.index(), request);
  state_.answered(Accepted{"run-1"});
  state_.ended_early({});
  state_.forget_running("run-1");
  EXPECT_THAT(state_.outputs()->values, IsEmpty());
  EXPECT_TRUE(state_.outputs()->others_are_open);

  CommandRequest destroy;
  destroy.kind = CommandKind::kDestroy;
  destroy.forma.resources.push_back({kIdentity, "target-0", JsonObject(), {}, {}});
  state_.refresh({the_object()}, log_.index(), destroy);
  state_.answered(Accepted{"run-1"});
  state_.forget_running("run-1");
  EXPECT_FALSE(state_.outputs()->others_are_open);
}

// Shows: with targets, what moves must be one of them also where it is gone from the cloud: nothing
// was read yet.
TEST_F(PlannedStateTest, WhatIsGoneMovesAllTheSame) {
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  CommandRequest request = importing();
  DeclaredResource other = request.forma.resources.front();
  other.identity.label = "res-1";
  other.properties = JsonObject{{"Value", to_json(Reference{kIdentity, "Name"})}};
  other.import_id.clear();
  request.forma.resources.front().import_id.clear();
  request.forma.resources.front().placement.module = "m0";
  request.forma.resources.push_back(other);
  request.targeted = {other.identity};
  state_.refresh({}, log_.index(), request);
  const auto refused = state_.refused_by_provider(NothingToDo{});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->type, RejectionType::kMovesOutsideTargets);
  request.targeted.push_back(kIdentity);
  state_.refresh({}, log_.index(), request);
  EXPECT_FALSE(state_.refused_by_provider(NothingToDo{}));
}

// Shows: where the state holds nothing there is nothing to destroy, and no output goes.
TEST_F(PlannedStateTest, NothingToDestroyLeavesOutputs) {
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}, {"Value", "a"}});
  CommandRequest request = importing();
  request.forma.outputs = {{.name = "o", .value = {kIdentity, "Value"}}};
  state_.refresh({the_object()}, log_.index(), request);
  state_.answered(NothingToDo{});
  state_.admit(spec::NothingPlanned{});
  state_.removed_from_state({kIdentity}, log_.index());
  CommandRequest destroy;
  destroy.kind = CommandKind::kDestroy;
  destroy.forma.resources.push_back({kIdentity, "target-0", JsonObject(), {}, {}});
  state_.refresh({the_object()}, log_.index(), destroy);
  state_.answered(NothingToDo{});
  state_.admit(spec::NothingPlanned{});
  EXPECT_THAT(state_.outputs()->values, SizeIs(1));
}

// Shows: a run that only plans keeps nothing of what it has read.
TEST_F(PlannedStateTest, APlanKeepsNothing) {
  tells(UpdateOperation::kCreate, false);
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  CommandRequest plan;
  plan.simulate = true;
  state_.refresh({}, log_.index(), plan);
  EXPECT_THAT(state_.rows(), IsEmpty());
  tells(UpdateOperation::kRead, false, "");
  state_.answered(NothingToDo{});
  EXPECT_THAT(state_.rows(), SizeIs(1));
}

}  // namespace
}  // namespace squall::suite
