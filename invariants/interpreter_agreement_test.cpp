#include "invariants/interpreter_agreement.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "cloud/cloud.h"
#include "engines/sim/sim_engine.h"
#include "invariants/record_builder.h"
#include "suite/case_run.h"

namespace squall::invariants::interpreter_agreement_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const suite::CaseRecord& record) {
  return kinds(record, "interpreter-agreement");
}

suite::Operation apply(std::vector<suite::WantedResource> resources, Mode mode = Mode::kReconcile) {
  suite::Operation out;
  out.mode = mode;
  out.stacks = {"stack-0"};
  out.resources = std::move(resources);
  return out;
}

suite::Operation destroy(const std::string& label) {
  suite::Operation out;
  out.kind = "destroy";
  out.on_dependents = OnDependents::kCascade;
  out.resources = {{label, {}}};
  return out;
}

// A parent with a child and the child's child, and a load of types with what a cloud makes up.
suite::Case small_case() {
  const auto reference = [](const char* to) { return Json(JsonObject{{"$ref", to}}); };
  suite::Case out;
  out.world.stacks = {"stack-0"};
  out.world.slots = {
      {"res-0", std::string(kGenericResource), "stack-0", {}},
      {"res-1", std::string(kGenericChild), "stack-0", {{"ParentId", reference("res-0.Name")}}},
      {"res-2",
       std::string(kGenericGrandchild),
       "stack-0",
       {{"ParentId", reference("res-1.Name")}}},
      {"net", "Test::Network::Network", "stack-0", {{"CidrBlock", "fixed"}}},
      {"sub", "Test::Network::Subnet", "stack-0", {{"NetworkId", reference("net.Id")}}},
      {"web",
       "Test::Network::LoadBalancer",
       "stack-0",
       {{"SubnetIds", JsonArray{reference("sub.Id")}}}}};
  const JsonArray two{"red", "green"};
  const JsonObject settings{{"Settings", JsonObject{{"Zone", "fixed"}}}};
  out.operations = {
      apply({{"res-0", {{"SetTags", two}}},
             {"res-1", {}},
             {"res-2", {{"Value", "a"}}},
             {"net", settings},
             {"sub", {}},
             {"web", {}}}),
      apply({{"res-0", {{"SetTags", JsonArray{"blue"}}}}, {"res-2", {{"Value", "b"}}}},
            Mode::kPatch),
      destroy("res-0")};
  return out;
}

suite::CaseRecord run(const suite::Case& test_case, const std::vector<std::string>& plants = {}) {
  cloud::Cloud cloud(cloud::built_in_types(), 1);
  const Result<engine::Options> options = engines::sim_planted(plants);
  EXPECT_TRUE(options);
  const auto engine = engines::make_sim_engine(cloud, *options);
  return suite::run_case(test_case, *engine, cloud, cloud::built_in_types());
}

InventoryRow& row_of(suite::Checkpoint& checkpoint, const std::string& label) {
  return *std::ranges::find_if(
      checkpoint.inventory, [&](const InventoryRow& row) { return row.identity.label == label; });
}

// Shows: the interpreter ends as the right engine does, with what the cloud makes up in between.
TEST(InterpreterAgreement, PassesARightEngine) {
  const suite::CaseRecord record = run(small_case());
  EXPECT_THAT(signatures(record), IsEmpty());
  EXPECT_TRUE(is_followed_by_interpreter(record));
  EXPECT_EQ(record.submissions.front().operation, 0U);
  EXPECT_TRUE(std::holds_alternative<Accepted>(*record.submissions[2].reply));
}

// Shows: each way in which an inventory can be another, wherever a case is quiet.
TEST(InterpreterAgreement, NoticesAnotherInventory) {
  const auto after = [](void (*falsify)(suite::Checkpoint&)) {
    suite::CaseRecord record = run(small_case());
    falsify(record.checkpoints[1]);
    return found(record);
  };
  EXPECT_THAT(
      after([](auto& checkpoint) { row_of(checkpoint, "res-2").properties.set("Value", "a"); }),
      ElementsAre("other-inventory"));
  EXPECT_THAT(after([](auto& checkpoint) { row_of(checkpoint, "res-2").target = "elsewhere"; }),
              ElementsAre("other-inventory"));
  EXPECT_THAT(after([](auto& checkpoint) { checkpoint.inventory.pop_back(); }),
              ElementsAre("other-inventory"));
  EXPECT_THAT(after([](auto& checkpoint) {
                InventoryRow ghost = checkpoint.inventory.front();
                ghost.identity.label = "ghost";
                checkpoint.inventory.push_back(std::move(ghost));
              }),
              ElementsAre("other-inventory"));
}

// Shows: another answer, and another plan behind the same answer; what follows is not compared.
TEST(InterpreterAgreement, NoticesAnotherAnswer) {
  suite::CaseRecord refused = run(small_case());
  refused.submissions[1].reply = Rejection{RejectionType::kCyclesDetected, "made up"};
  EXPECT_THAT(found(refused), ElementsAre("other-answer"));

  suite::CaseRecord planned = run(small_case());
  const std::string id = std::get<Accepted>(*planned.submissions[1].reply).command_id;
  planned.commands.at(id).last.updates.pop_back();
  EXPECT_THAT(found(planned), ElementsAre("other-answer"));
}

// Shows: two deliberate bugs that it finds by itself, one in what is done and one in what is
// planned.
TEST(InterpreterAgreement, CatchesPlants) {
  EXPECT_THAT(found(run(small_case(), {"patch-removes-set-extras"})), Contains("other-inventory"));
  EXPECT_THAT(found(run(small_case(), {"cascade-not-transitive"})), Contains("other-answer"));
}

// Shows: where the waits of a command go round, the engine has a choice; nothing is compared from
// there on. The subnet wants its network's new id, the network waits for the group to let go of it,
// and the group for the subnet.
TEST(InterpreterAgreement, LeavesAChoiceToTheEngine) {
  const auto reference = [](const char* to) { return Json(JsonObject{{"$ref", to}}); };
  const JsonObject settings{{"Settings", JsonObject{{"Zone", "fixed"}}}};
  JsonObject renewed = settings;
  renewed["CidrBlock"] = "other";
  suite::Case circular;
  circular.world.stacks = {"stack-0"};
  circular.world.slots = {
      {"net", "Test::Network::Network", "stack-0", {{"CidrBlock", "fixed"}}},
      {"sub", "Test::Network::Subnet", "stack-0", {{"NetworkId", reference("net.Id")}}},
      {"group", "Test::Network::SecurityGroup", "stack-0", {}}};
  const JsonObject scope{{"Scope", JsonObject{{"NetworkId", reference("net.Id")}}}};
  const JsonObject rules{
      {"Scope", nullptr},
      {"Rules", JsonArray{JsonObject{{"Key", "k1"}, {"Source", reference("sub.Id")}}}}};
  circular.operations = {apply({{"net", settings}, {"sub", {}}, {"group", scope}}),
                         apply({{"net", renewed}, {"sub", {}}, {"group", rules}}, Mode::kPatch)};
  suite::CaseRecord record = run(circular);
  const auto& plan = std::get<spec::Plan>(record.submissions[1].predicted);
  ASSERT_FALSE(plan.circular.empty());
  EXPECT_THAT(found(record), IsEmpty());
  record.checkpoints[1].inventory.clear();
  EXPECT_THAT(found(record), IsEmpty());
  record.checkpoints[0].inventory.clear();
  EXPECT_FALSE(found(record).empty());
}

// Shows: it follows no further than to the first thing that goes wrong, or is still running, and
// not at all in a cloud that has a will of its own.
TEST(InterpreterAgreement, FollowsWhatItUnderstands) {
  const auto followed = [](void (*change)(suite::Case&)) {
    suite::CaseRecord record = run(small_case());
    change(record.test_case);
    row_of(record.checkpoints[1], "res-2").properties.set("Value", "a");
    return !found(record).empty();
  };
  EXPECT_TRUE(followed([](auto& edited) { edited.operations[2].faults.resize(1); }));
  EXPECT_FALSE(followed([](auto& edited) { edited.operations[1].faults.resize(1); }));
  EXPECT_FALSE(followed([](auto& edited) { edited.operations[0].crashes.resize(1); }));
  EXPECT_FALSE(followed([](auto& edited) { edited.operations[1].disk_full = true; }));
  EXPECT_FALSE(followed([](auto& edited) { edited.operations[0].kind = "modify"; }));
  EXPECT_FALSE(followed([](auto& edited) { edited.world.behaviours.quota = 3; }));
  EXPECT_FALSE(followed([](auto& edited) { edited.world.behaviours.normalises = true; }));

  suite::CaseRecord busy = run(small_case());
  std::erase_if(busy.checkpoints,
                [](const suite::Checkpoint& checkpoint) { return checkpoint.operation == 0; });
  EXPECT_FALSE(is_followed_by_interpreter(busy));
}

}  // namespace
}  // namespace squall::invariants::interpreter_agreement_test
