// What the state of an engine that plans and applies becomes by what it says it did.
#include "suite/planned_state.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "suite/test_log.h"

namespace squall::suite {
namespace {

using ::testing::IsEmpty;

const ResourceIdentity kIdentity{"stack-0", "res-0", "Test::Generic::Resource"};

class PlannedStateTest : public ::testing::Test {
 protected:
  PlannedStateTest() { log_.of("run-1", "res-0"); }

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

  std::vector<ResourceType> types_ = cloud::built_in_types();
  PlannedState state_{types_};
  TestLog log_;
};

// Shows: a create that was carried out is a row with the object's id; a claim without an object in
// the log is none.
TEST_F(PlannedStateTest, ACreateNeedsItsObject) {
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  EXPECT_THAT(state_.rows(), IsEmpty());
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  ASSERT_EQ(state_.rows().size(), 1U);
  EXPECT_EQ(state_.rows().begin()->second.native_id, "id-1");
}

// Shows: what nobody planned is said; what failed changes nothing.
TEST_F(PlannedStateTest, OnlyWhatWasPlannedCounts) {
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  claim(UpdateOperation::kCreate, UpdateState::kFailed, {{"Name", "res-0"}});
  EXPECT_THAT(state_.rows(), IsEmpty());
  Claim unplanned;
  unplanned.view.identity = kIdentity;
  unplanned.view.state = UpdateState::kSuccess;
  state_.fold(Followed(), log_.index(), {}, unplanned);
  EXPECT_EQ(unplanned.problem_kind, "unplanned-update");
}

// Shows: a refresh takes the truth over, and lets go of what is gone.
TEST_F(PlannedStateTest, ARefreshTakesTheTruth) {
  log_.goes_well(CallKind::kCreate, found({{"Name", "res-0"}}));
  claim(UpdateOperation::kCreate, UpdateState::kSuccess, {{"Name", "res-0"}});
  cloud::CloudObject object;
  object.native_id = "id-1";
  object.type = kIdentity.type;
  object.properties = JsonObject{{"Name", "res-0"}, {"Value", "drift"}, {"Id", "id-1"}};
  state_.refresh({object}, log_.index());
  ASSERT_EQ(state_.rows().size(), 1U);
  EXPECT_EQ(state_.rows().begin()->second.actual.at("Value"), Json("drift"));
  state_.refresh({}, log_.index());
  EXPECT_THAT(state_.rows(), IsEmpty());
}

}  // namespace
}  // namespace squall::suite
