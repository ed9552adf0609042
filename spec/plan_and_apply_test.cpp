// What a plan-and-apply engine must plan (docs/terraform.md).
#include "spec/plan_and_apply.h"

#include <gmock/gmock.h>

#include "spec/resolve.h"
#include "spec/test_world.h"

namespace squall::spec::plan_and_apply_test {
namespace {

using enum UpdateOperation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

BelievedRow row_of(const ResourceIdentity& identity, const JsonObject& actual,
                   std::set<ResourceIdentity> depends_on = {}) {
  BelievedRow row = settled_row(identity, actual);
  row.depends_on = std::move(depends_on);
  return row;
}

Snapshot state_of(const std::vector<BelievedRow>& rows) {
  Snapshot out = snapshot_of(rows);
  out.dialect = Dialect::kPlanAndApply;
  return out;
}

CommandRequest configuration(std::vector<DeclaredResource> resources) {
  CommandRequest request = apply_of(Mode::kReconcile, std::move(resources), {"s"});
  request.forma.targets.push_back({.label = "t", .name_space = "Test"});
  return request;
}

std::vector<std::string> planned(const Snapshot& snapshot, const CommandRequest& request) {
  const Verdict verdict = admit(snapshot, request);
  std::vector<std::string> out;
  if (const auto* refused = std::get_if<Refused>(&verdict))
    out.push_back("refused: " + std::string(to_string(refused->type)));
  const auto* plan = std::get_if<Plan>(&verdict);
  if (plan == nullptr) return out;
  for (const PlannedUpdate& update : plan->updates)
    out.push_back(std::string(to_string(update.operation)) + " " + update.identity.label);
  return out;
}

// Shows: what is not in the state is created, what differs updated, what is equal left alone.
TEST(PlanAndApply, ComparesTheConfigurationWithTheState) {
  const Snapshot state = state_of({row_of(id("b"), named("b", "1")), row_of(id("c"), named("c"))});
  EXPECT_THAT(planned(state, configuration({declared(id("a"), named("a")),
                                            declared(id("b"), named("b", "2")),
                                            declared(id("c"), named("c"))})),
              ElementsAre("create a", "update b"));
}

// Shows: the configuration is the whole; what it leaves out is deleted, and a field it leaves out
// is cleared, unless the provider fills it in.
TEST(PlanAndApply, WhatIsLeftOutGoes) {
  const Snapshot state = state_of({row_of(id("a"), named("a", "1")), row_of(id("b"), named("b"))});
  EXPECT_THAT(planned(state, configuration({declared(id("a"), named("a"))})),
              ElementsAre("update a", "delete b"));
  const ResourceIdentity box = id("box", "s", kBox);
  const JsonObject least = object("{'Name': 'box', 'Kind': 'k'}");
  const JsonObject filled = object("{'Name': 'box', 'Kind': 'k', 'Defaults': [{'Id': 'd'}]}");
  EXPECT_THAT(planned(state_of({row_of(box, filled)}), configuration({declared(box, least)})),
              IsEmpty());
}

// Shows: a CreateOnly difference replaces, nested and by what was there before, too.
TEST(PlanAndApply, ReplacesForCreateOnly) {
  const ResourceIdentity box = id("box", "s", kBox);
  const JsonObject before =
      object("{'Name': 'box', 'Kind': 'k', 'Settings': {'Zone': 'n', 'Level': 1}}");
  const JsonObject after =
      object("{'Name': 'box', 'Kind': 'k', 'Settings': {'Zone': 's', 'Level': 1}}");
  const Snapshot state = state_of({row_of(box, before)});
  EXPECT_THAT(planned(state, configuration({declared(box, after)})),
              ElementsAre("delete box", "create box"));
}

// Shows: what only the apply tells (the id of a new object) updates its consumers, or replaces them
// where the field is CreateOnly; a configured value of a new object is known.
TEST(PlanAndApply, UnknownValuesGoOn) {
  const ResourceIdentity box = id("box", "s", kBox);
  const auto referring = [&](const char* field, const char* property) {
    JsonObject out = object("{'Name': 'box', 'Kind': 'k'}");
    out[field] = reference_to(id("a"), property);
    return out;
  };
  const JsonObject before =
      object("{'Name': 'box', 'Kind': 'k', 'Size': 'old', 'Base': 'old', 'Policy': 'x'}");
  const Snapshot state = state_of({row_of(box, before)});
  const auto plan = [&](const char* field, const char* property) {
    return planned(state, configuration({declared(id("a"), named("a", "x")),
                                         declared(box, referring(field, property))}));
  };
  EXPECT_THAT(plan("Size", "Id"), ElementsAre("create a", "delete box", "create box"))
      << "Base is wanted away";
  JsonObject kept = referring("Size", "Id");
  kept["Base"] = "old";
  EXPECT_THAT(
      planned(state, configuration({declared(id("a"), named("a", "x")), declared(box, kept)})),
      ElementsAre("create a", "update box"));
  EXPECT_THAT(plan("Base", "Id"), ElementsAre("create a", "delete box", "create box"));
  JsonObject same = object("{'Name': 'box', 'Kind': 'k', 'Size': 'old', 'Base': 'old'}");
  same["Policy"] = reference_to(id("a"), "Value");
  EXPECT_THAT(
      planned(state, configuration({declared(id("a"), named("a", "x")), declared(box, same)})),
      ElementsAre("create a"))
      << "the value is known before the object is there";
}

// Shows: only what the configuration declares can be referred to, whatever the state holds.
TEST(PlanAndApply, RefusesWhatIsNotDeclared) {
  const Snapshot state = state_of({row_of(id("a"), named("a"))});
  EXPECT_THAT(
      planned(state, configuration({declared(id("b"), named("b", reference_to(id("a"), "Name")))})),
      ElementsAre("refused: ReferencedResourcesNotFound"));
  EXPECT_THAT(
      planned(state, configuration({declared(id("b"), named("b", reference_to(id("b"), "Name")))})),
      ElementsAre("refused: CyclesDetected"));
}

// Shows: a destroy takes along whatever the state says depends on what it names.
TEST(PlanAndApply, DestroyTakesDependentsAlong) {
  const Snapshot state =
      state_of({row_of(id("a"), named("a")), row_of(id("b"), named("b", "a"), {id("a")}),
                row_of(id("c"), named("c"), {id("b")}), row_of(id("d"), named("d"))});
  EXPECT_THAT(planned(state, destroy_of({id("a"), id("none")})),
              ElementsAre("delete a", "delete b", "delete c"));
}

// Shows: what is planned, and what needs nothing done, is said to depend on all that stands behind
// what it refers to.
TEST(PlanAndApply, SaysAllThatIsDependedOn) {
  const Snapshot state =
      state_of({row_of(id("a"), named("a")), row_of(id("b"), named("b", "a"), {id("a")})});
  const CommandRequest request = configuration(
      {declared(id("a"), named("a")), declared(id("b"), named("b", reference_to(id("a"), "Name"))),
       declared(id("c"), named("c", reference_to(id("b"), "Name")))});
  const Verdict verdict = admit(state, request);
  const auto& plan = std::get<Plan>(verdict);
  ASSERT_EQ(plan.updates.size(), 1U);
  EXPECT_THAT(plan.updates.front().depends_on, ElementsAre(id("a"), id("b")));
  ASSERT_EQ(plan.rewrites.size(), 2U);
  EXPECT_THAT(plan.rewrites.back().depends_on, ElementsAre(id("a")));
}

// Shows: a value that nobody can see is sent where it is another one than was said last, replaces
// nothing, and is no part of what is expected to be there.
TEST(PlanAndApply, SendsWhatNobodySees) {
  const ResourceIdentity box = id("box", "s", kBox);
  BelievedRow row = row_of(box, object("{'Name': 'box', 'Kind': 'k'}"));
  row.declared = object("{'Name': 'box', 'Kind': 'k', 'Secret': 'a'}");
  const auto plan = [&](const std::string& text) {
    return planned(state_of({row}), configuration({declared(box, object(text))}));
  };
  EXPECT_THAT(plan("{'Name': 'box', 'Kind': 'k', 'Secret': 'a'}"), IsEmpty());
  EXPECT_THAT(plan("{'Name': 'box', 'Kind': 'k', 'Secret': 'b'}"), ElementsAre("update box"));
  EXPECT_THAT(plan("{'Name': 'box', 'Kind': 'k'}"), ElementsAre("update box"));
  const Verdict verdict =
      admit(state_of({}),
            configuration({declared(box, object("{'Name': 'box', 'Kind': 'k', 'Secret': 'b'}"))}));
  const PlannedUpdate& update = std::get<Plan>(verdict).updates.front();
  EXPECT_TRUE(update.declared.contains("Secret"));
  EXPECT_FALSE(update.values->contains("Secret"));
}

// Shows: what refers to one of several that a block declares depends on the block, and is said to
// come after that one; after the others it may come. What goes waits for all that the state says
// depends on its block.
TEST(PlanAndApply, DependsOnBlocks) {
  Placement placement{.repetition = Repetition::kForEach, .group = {"a", "b"}};
  DeclaredResource a = declared(id("a"), named("a"));
  DeclaredResource b = declared(id("b"), named("b"));
  a.placement = b.placement = placement;
  CommandRequest request =
      configuration({a, b, declared(id("c"), named("c", reference_to(id("a"), "Name")))});
  const Verdict verdict = admit(state_of({}), request);
  const PlannedUpdate& last = std::get<Plan>(verdict).updates.back();
  EXPECT_EQ(last.identity, id("c"));
  EXPECT_THAT(last.waits_for, ElementsAre(UpdateKey{id("a"), kCreate}));
  EXPECT_THAT(last.may_wait_for, ElementsAre(UpdateKey{id("b"), kCreate}));
  const ResourceIdentity block = block_of(id("a"), placement);
  EXPECT_THAT(last.depends_on, ElementsAre(block));
  std::vector<BelievedRow> rows = {row_of(id("a"), named("a")), row_of(id("b"), named("b")),
                                   row_of(id("c"), named("c", "a"), {block})};
  rows[0].placement = rows[1].placement = placement;
  EXPECT_THAT(planned(state_of(rows), destroy_of({id("b")})), ElementsAre("delete b", "delete c"));
}

// Shows: what is replaced, and has come to stand in one block with what its state says it depends
// on, waits for itself: the engine may see a cycle there.
TEST(PlanAndApply, MayDependOnItsOwnBlock) {
  const Placement placement{.repetition = Repetition::kForEach, .group = {"a", "b"}};
  DeclaredResource a = declared(id("a"), named("a"));
  DeclaredResource b = declared(id("b"), named("b"));
  a.placement = b.placement = placement;
  std::vector<BelievedRow> rows = {row_of(id("a"), named("a")),
                                   row_of(id("b"), named("b"), {block_of(id("a"), placement)})};
  rows[0].placement = rows[1].placement = placement;
  CommandRequest request = configuration({a, b});
  request.replaced = {id("b")};
  const Verdict verdict = admit(state_of(rows), request);
  EXPECT_THAT(std::get<Plan>(verdict).circular, ElementsAre(UpdateKey{id("b"), kDelete}));
  request.replaced = {id("a")};
  EXPECT_THAT(std::get<Plan>(admit(state_of(rows), request)).circular, IsEmpty());
}

// Shows: what creates before it destroys by the state may be deleted before or after what it
// depended on is made anew; else it is deleted first.
TEST(PlanAndApply, WhatCreatesFirstGoesAtAnyTime) {
  for (const bool creates_first : {false, true}) {
    std::vector<BelievedRow> rows = {row_of(id("a"), named("a")),
                                     row_of(id("b"), named("b", "a"), {id("a")})};
    rows.back().placement.create_before_destroy = creates_first;
    CommandRequest request = configuration({declared(id("a"), named("a"))});
    request.replaced = {id("a")};
    const Verdict verdict = admit(state_of(rows), request);
    const auto& updates = std::get<Plan>(verdict).updates;
    const UpdateKey gone{id("b"), kDelete};
    for (const PlannedUpdate& update : updates) {
      if (update.key() == gone) {
        EXPECT_EQ(!update.may_wait_for.empty(), creates_first);
      } else if (update.operation == kCreate) {
        EXPECT_EQ(std::ranges::find(update.waits_for, gone) != update.waits_for.end(),
                  !creates_first);
      }
    }
  }
}

// Shows: what goes is not destroyed as long as its block is there for others, and must not be.
TEST(PlanAndApply, ABlockMayPreventDestruction) {
  const Placement placement{.repetition = Repetition::kCount, .group = {"a", "b"}};
  std::vector<BelievedRow> rows = {row_of(id("a"), named("a")), row_of(id("b"), named("b"))};
  rows[0].placement = rows[1].placement = placement;
  CommandRequest request = configuration({declared(id("a"), named("a"))});
  request.forma.resources.front().placement = placement;
  EXPECT_THAT(planned(state_of(rows), request), ElementsAre("delete b"));
  request.forma.resources.front().placement.prevent_destroy = true;
  EXPECT_THAT(planned(state_of(rows), request), ElementsAre("refused: DestroyPrevented"));
}

// Shows: where the state says of two that each depends on the other, a destroy of both is planned,
// and said to go round in a circle; what depends on one of them alone is not in it.
TEST(PlanAndApply, AStateMayBeCircular) {
  const Snapshot state =
      state_of({row_of(id("a"), named("a"), {id("b")}), row_of(id("b"), named("b"), {id("a")}),
                row_of(id("c"), named("c"), {id("b")})});
  const Verdict verdict = admit(state, destroy_of({id("a")}));
  const auto& plan = std::get<Plan>(verdict);
  EXPECT_EQ(plan.updates.size(), 3U);
  EXPECT_THAT(plan.circular, ElementsAre(UpdateKey{id("a"), kDelete}, UpdateKey{id("b"), kDelete}));
}

// Shows: a replacement creates before it destroys where that is declared, and the other way round
// where it is not; a tainted object is replaced without any difference.
TEST(PlanAndApply, OrdersAReplacement) {
  BelievedRow row = row_of(id("a"), named("a"));
  row.is_tainted = true;
  DeclaredResource resource = declared(id("a"), named("a"));
  const auto waits = [&] {
    const Verdict verdict = admit(state_of({row}), configuration({resource}));
    return std::get<Plan>(verdict).updates.at(1).waits_for;
  };
  EXPECT_THAT(waits(), ElementsAre(UpdateKey{id("a"), kDelete}));
  resource.placement.create_before_destroy = true;
  EXPECT_THAT(waits(), IsEmpty());
}

// Shows: the old object of what creates first goes once its successor is there, and may wait for
// what depends on that, by the configuration too: what fails of those keeps it from its turn.
TEST(PlanAndApply, WhatCreatesFirstGoesLast) {
  DeclaredResource a = declared(id("a"), named("a"));
  a.placement.create_before_destroy = true;
  const DeclaredResource b = declared(id("b"), named("b", reference_to(id("a"), "Name")));
  const DeclaredResource c = declared(id("c"), named("c"));
  CommandRequest request = configuration({a, b, c});
  request.replaced = {id("a")};
  const Verdict verdict = admit(state_of({row_of(id("a"), named("a"))}), request);
  const auto& updates = std::get<Plan>(verdict).updates;
  const auto gone = std::ranges::find(updates, UpdateKey{id("a"), kDelete}, &PlannedUpdate::key);
  ASSERT_NE(gone, updates.end());
  EXPECT_THAT(gone->waits_for, ElementsAre(UpdateKey{id("a"), kCreate}));
  EXPECT_THAT(gone->may_wait_for, ElementsAre(UpdateKey{id("b"), kCreate}));
}

// Shows: another place in the configuration is no difference; the plan only says where it is now.
TEST(PlanAndApply, AMoveNeedsNothingDone) {
  DeclaredResource resource = declared(id("a"), named("a"));
  resource.placement = {.module = "m", .repetition = Repetition::kCount};
  const Verdict verdict = admit(state_of({row_of(id("a"), named("a"))}), configuration({resource}));
  const auto* nothing = std::get_if<NothingPlanned>(&verdict);
  ASSERT_NE(nothing, nullptr);
  ASSERT_EQ(nothing->rewrites.size(), 1U);
  EXPECT_EQ(nothing->rewrites.front().placement, resource.placement);
  EXPECT_EQ(nothing->moved, std::vector{id("a")});
}

// Shows: what creates before it destroys, or does so no more, needs nothing done; nor does what is
// split into modules; and how much is done at one time makes no other plan.
TEST(PlanAndApply, WhatIsNoDifferenceNeedsNothingDone) {
  JsonObject refers = named("b");
  refers["Value"] = reference_to(id("a"), "Name");
  const Snapshot state =
      state_of({row_of(id("a"), named("a")), row_of(id("b"), named("b", "a"), {id("a")})});
  CommandRequest request =
      configuration({declared(id("a"), named("a")), declared(id("b"), refers)});
  for (const bool creates_first : {true, false}) {
    request.forma.resources.back().placement.create_before_destroy = creates_first;
    EXPECT_TRUE(std::holds_alternative<NothingPlanned>(admit(state, request)));
  }
  request.forma.resources.front().placement.module = "m0";
  request.forma.resources.back().placement.module = "m1";
  EXPECT_TRUE(std::holds_alternative<NothingPlanned>(admit(state, request)));
  request.replaced = {id("a")};
  const std::vector<std::string> plan = planned(state, request);
  for (const int parallelism : {1, 50}) {
    request.parallelism = parallelism;
    EXPECT_EQ(planned(state, request), plan);
  }
}

// Shows: what is updated or replaced takes along what it triggers, which comes after it; what is
// created, or stays, does not.
TEST(PlanAndApply, TriggersReplace) {
  DeclaredResource triggered = declared(id("b"), named("b"));
  triggered.placement.triggered_by = {"a"};
  const auto plan = [&](const std::vector<BelievedRow>& rows, const char* value) {
    return planned(state_of(rows),
                   configuration({declared(id("a"), named("a", value)), triggered}));
  };
  const BelievedRow a = row_of(id("a"), named("a", "1"));
  const BelievedRow b = row_of(id("b"), named("b"));
  EXPECT_THAT(plan({a, b}, "2"), ElementsAre("update a", "delete b", "create b"));
  EXPECT_THAT(plan({a, b}, "1"), IsEmpty());
  EXPECT_THAT(plan({b}, "1"), ElementsAre("create a"));
  EXPECT_THAT(plan({a}, "2"), ElementsAre("update a", "create b"));
  const Verdict verdict =
      admit(state_of({a, b}), configuration({declared(id("a"), named("a", "2")), triggered}));
  const PlannedUpdate& create = std::get<Plan>(verdict).updates.back();
  EXPECT_THAT(create.waits_for,
              ElementsAre(UpdateKey{id("a"), kUpdate}, UpdateKey{id("b"), kDelete}));
  EXPECT_THAT(create.depends_on, ElementsAre(id("a")));
}

// Shows: what is demanded of another, or of itself, must hold of what there will be, also where
// nothing is to be done; what only the apply tells is not held against the plan.
TEST(PlanAndApply, DemandsMustHold) {
  DeclaredResource demanding = declared(id("b"), named("b", "x"));
  const BelievedRow a = row_of(id("a"), named("a", "1"));
  const BelievedRow b = row_of(id("b"), named("b", "x"));
  const auto plan = [&](const Demand& demand, const char* value) {
    demanding.placement.demands = {demand};
    return planned(state_of({a, b}),
                   configuration({declared(id("a"), named("a", value)), demanding}));
  };
  EXPECT_THAT(plan({"a", "Value", "2"}, "2"), ElementsAre("update a"));
  EXPECT_THAT(plan({"a", "Value", "2"}, "1"), ElementsAre("refused: ConditionFailed"));
  EXPECT_THAT(plan({"b", "Value", "y"}, "1"), ElementsAre("refused: ConditionFailed"));
  EXPECT_THAT(plan({"b", "Value", "x"}, "1"), IsEmpty());
  demanding.placement.demands = {{"a", "Id", "1"}};
  EXPECT_THAT(planned(state_of({}), configuration({declared(id("a"), named("a")), demanding})),
              ElementsAre("create a", "create b"));
}

// Shows: what is forgotten is no delete, whether something else is to be done or not; what is
// neither declared nor forgotten is one. A plan alone forgets nothing.
TEST(PlanAndApply, WhatIsForgottenStays) {
  const Snapshot state = state_of({row_of(id("a"), named("a")), row_of(id("b"), named("b"))});
  CommandRequest request = configuration({declared(id("a"), named("a"))});
  request.forma.forgotten = {id("b")};
  const Verdict verdict = admit(state, request);
  const auto* nothing = std::get_if<NothingPlanned>(&verdict);
  ASSERT_NE(nothing, nullptr);
  EXPECT_THAT(nothing->forgotten, ElementsAre(id("b")));
  request.simulate = true;
  const Verdict planned_only = admit(state, request);
  EXPECT_THAT(std::get<NothingPlanned>(planned_only).forgotten, IsEmpty());
  request.simulate = false;
  request.forma.resources.clear();
  EXPECT_THAT(planned(state, request), ElementsAre("delete a"));
  EXPECT_THAT(std::get<Plan>(admit(state, request)).forgotten, ElementsAre(id("b")));
}

// Shows: an apply with targets is about those and their producers: nothing else is changed, deleted
// or forgotten.
TEST(PlanAndApply, TargetsAreAllItIsAbout) {
  const Snapshot state = state_of({row_of(id("gone"), named("gone"))});
  JsonObject refers = named("b");
  refers["Value"] = reference_to(id("a"), "Name");
  CommandRequest request = configuration(
      {declared(id("a"), named("a")), declared(id("b"), refers), declared(id("c"), named("c"))});
  request.targeted = {id("b")};
  EXPECT_THAT(planned(state, request), ElementsAre("create a", "create b"));
}

// Shows: with targets, what moves must be one of them.
TEST(PlanAndApply, WhatMovesMustBeATarget) {
  DeclaredResource moved = declared(id("b"), named("b"));
  moved.placement.module = "m";
  const Snapshot state = state_of({row_of(id("b"), named("b"))});
  CommandRequest request = configuration({declared(id("a"), named("a")), moved});
  request.targeted = {id("a")};
  EXPECT_THAT(planned(state, request), ElementsAre("refused: MovesOutsideTargets"));
  request.targeted.push_back(id("b"));
  EXPECT_THAT(planned(state, request), ElementsAre("create a"));
}

// Shows: what is asked to be replaced is, if it is there; what must not be destroyed refuses that.
TEST(PlanAndApply, ReplacesOnRequest) {
  DeclaredResource resource = declared(id("a"), named("a"));
  CommandRequest request = configuration({resource, declared(id("b"), named("b"))});
  request.replaced = {id("a"), id("b")};
  const Snapshot state = state_of({row_of(id("a"), named("a"))});
  EXPECT_THAT(planned(state, request), ElementsAre("delete a", "create a", "create b"));
  request.forma.resources.front().placement.prevent_destroy = true;
  EXPECT_THAT(planned(state, request), ElementsAre("refused: DestroyPrevented"));
}

// Shows: of what is ignored that which is there counts, but for what is not there yet, or is
// replaced.
TEST(PlanAndApply, IgnoresWhatItIsToldTo) {
  DeclaredResource resource = declared(id("a"), named("a", "2"));
  resource.placement.ignored = {"Value"};
  BelievedRow row = row_of(id("a"), named("a", "1"));
  EXPECT_THAT(planned(state_of({row}), configuration({resource})), IsEmpty());
  EXPECT_THAT(planned(state_of({}), configuration({resource})), ElementsAre("create a"));
  CommandRequest request = configuration({resource});
  request.replaced = {id("a")};
  const Verdict verdict = admit(state_of({row}), request);
  EXPECT_EQ(std::get<Plan>(verdict).updates.back().declared.at("Value"), Json("2"));
}

}  // namespace
}  // namespace squall::spec::plan_and_apply_test
