#include "spec/plan.h"

#include <gtest/gtest.h>

#include "spec/test_world.h"

namespace squall::spec::plan_test {
namespace {

constexpr Mode kReconcile = Mode::kReconcile;
constexpr Mode kPatch = Mode::kPatch;

JsonObject consumer(std::string_view label, const ResourceIdentity& producer,
                    const std::string& property = "Value") {
  return named(label, reference_to(producer, property));
}

// "create p; update c; delete* d": what a plan does, cascades with a star, halves in brackets.
std::string in_short(const Plan& plan) {
  std::string out;
  for (const PlannedUpdate& update : plan.updates) {
    if (!out.empty()) out += "; ";
    if (update.is_half_of_replace) out += "(";
    out.append(to_string(update.operation)).append(update.is_cascade ? "* " : " ");
    out += update.identity.label;
    if (update.is_half_of_replace) out += ")";
  }
  return out;
}

// Of what is replaced, the create half.
const PlannedUpdate& update_of(const Plan& plan, const std::string& label) {
  for (const PlannedUpdate& update : plan.updates) {
    const bool is_first_half =
        update.is_half_of_replace && update.operation == UpdateOperation::kDelete;
    if (update.identity.label == label && !is_first_half) return update;
  }
  ADD_FAILURE() << "no update of " << label;
  std::abort();
}

UpdateKey delete_key(const ResourceIdentity& identity) {
  return {identity, UpdateOperation::kDelete};
}

TEST(PlanApply, CreatesWhatHasNoRow) {
  // A create declares and sends what the forma says, less what is empty, resolved where it can be.
  const Snapshot snapshot = snapshot_of({settled_row(id("p", "other"), named("p", "v"))});
  JsonObject properties = consumer("a", id("p", "other"));
  properties["SetTags"] = JsonArray{"x", "x"};
  properties["OrderedItems"] = JsonArray();
  const Plan plan =
      spec::plan(snapshot, apply_of(kReconcile, {declared(id("a"), properties)})).plan;
  ASSERT_EQ(in_short(plan), "create a");
  const PlannedUpdate& update = plan.updates[0];
  JsonObject expected = consumer("a", id("p", "other"));
  expected["SetTags"] = JsonArray{"x"};
  EXPECT_EQ(update.declared, expected);
  EXPECT_EQ(update.desired, expected);
  expected["Value"] = "v";
  EXPECT_EQ(update.values, expected);
  EXPECT_EQ(update.target, "t");
  EXPECT_EQ(update.references, std::vector{id("p", "other")});
  EXPECT_TRUE(update.waits_for.empty());
}

TEST(PlanApply, CreatesAgainWhatHasNoNativeId) {
  // An unsettled create is a create again, whatever it declared.
  const Snapshot snapshot = snapshot_of({unsettled_create(id("a"), named("a"))});
  const CommandRequest request = apply_of(kPatch, {declared(id("a"), named("a"))});
  EXPECT_EQ(in_short(plan(snapshot, request).plan), "create a");
}

TEST(PlanApply, CreatesWithWhatWasDeclaredBefore) {
  // What a failed replacement left still declares what it did: a patch adds to it, a reconcile does
  // not, and the create sends the whole, resolved by what is there now.
  const BelievedRow p = settled_row(id("p", "other"), named("p", "v"));
  const BelievedRow left = half_replaced(id("a"), consumer("a", id("p", "other")));
  const DeclaredResource tagged = declared(id("a"), {{"Name", "a"}, {"SetTags", {"x"}}});
  const Plan patch = plan(snapshot_of({p, left}), apply_of(kPatch, {tagged})).plan;
  ASSERT_EQ(in_short(patch), "create a");
  JsonObject whole = consumer("a", id("p", "other"));
  whole["SetTags"] = JsonArray{"x"};
  EXPECT_EQ(patch.updates[0].declared, whole);
  EXPECT_EQ(patch.updates[0].desired, whole);
  EXPECT_EQ(patch.updates[0].references, std::vector{id("p", "other")});
  whole["Value"] = "v";
  EXPECT_EQ(patch.updates[0].values, whole);

  const Plan reconcile = plan(snapshot_of({p, left}), apply_of(kReconcile, {tagged})).plan;
  ASSERT_EQ(in_short(reconcile), "create a");
  EXPECT_EQ(reconcile.updates[0].desired, tagged.properties);
}

TEST(PlanApply, AlwaysUpdatesUnsettledRows) {
  // Even where nothing seems to differ: nobody knows what the object holds.
  const BelievedRow row = unsettled_update(settled_row(id("a"), named("a", "v")), named("a", "w"));
  const CommandRequest request = apply_of(kReconcile, {declared(id("a"), named("a", "v"))});
  EXPECT_EQ(in_short(plan(snapshot_of({row}), request).plan), "update a");
}

TEST(PlanApply, PlansNothingForWhatIsAsDeclared) {
  // Declared the same and not drifted: nothing, even though the provider's echo differs for ever.
  BelievedRow row = settled_row(id("a"), named("a", "Text"));
  row.actual = row.echo = named("a", "text");
  const CommandRequest same = apply_of(kReconcile, {declared(id("a"), named("a", "Text"))});
  const Plan plan = spec::plan(snapshot_of({row}), same).plan;
  EXPECT_TRUE(plan.updates.empty());
  EXPECT_TRUE(plan.rewrites.empty());

  row.actual = named("a", "drifted");
  EXPECT_EQ(in_short(spec::plan(snapshot_of({row}), same).plan), "update a");
}

TEST(PlanApply, PlansNothingWithoutADifference) {
  // The object holds what is wanted; the row gets the new declaration and values.
  const BelievedRow p = settled_row(id("p", "other"), named("p", "v"));
  BelievedRow row = settled_row(id("a"), named("a", "w"));
  row.actual.set("Value", "v");
  const CommandRequest request =
      apply_of(kReconcile, {declared(id("a"), consumer("a", id("p", "other")))});
  const Plan plan = spec::plan(snapshot_of({p, row}), request).plan;
  EXPECT_TRUE(plan.updates.empty());
  ASSERT_EQ(plan.rewrites.size(), 1u);
  EXPECT_EQ(plan.rewrites[0].identity, id("a"));
  EXPECT_EQ(plan.rewrites[0].declared, consumer("a", id("p", "other")));
  EXPECT_EQ(plan.rewrites[0].values, named("a", "v"));
  EXPECT_TRUE(plan.rewrites[0].is_declared);
}

TEST(PlanApply, MakesDeclaredWhatAReconcileFindsAsItIs) {
  // That alone is a rewrite, and only a reconcile's; a patch that says something new leaves the
  // flag.
  const BelievedRow row = not_declared(settled_row(id("a"), named("a", "v")));
  const auto rewrites = [&](Mode mode, const JsonObject& desired) {
    return plan(snapshot_of({row}), apply_of(mode, {declared(id("a"), desired)})).plan.rewrites;
  };
  const auto reconciled = rewrites(kReconcile, named("a", "v"));
  ASSERT_EQ(reconciled.size(), 1u);
  EXPECT_TRUE(reconciled[0].is_declared);
  EXPECT_EQ(reconciled[0].declared, row.declared);
  EXPECT_EQ(reconciled[0].values, row.values);
  EXPECT_TRUE(rewrites(kPatch, named("a", "v")).empty());

  BelievedRow richer = row;
  richer.actual.set("SetTags", JsonArray{"x"});
  const auto patched =
      plan(snapshot_of({richer}), apply_of(kPatch, {declared(id("a"), {{"SetTags", {"x"}}})}))
          .plan.rewrites;
  ASSERT_EQ(patched.size(), 1u);
  EXPECT_FALSE(patched[0].is_declared);
}

TEST(PlanApply, RewritesNothingThatStaysTheSame) {
  // A drift in what is not declared is no difference, and the declaration is the same.
  BelievedRow row = settled_row(id("a"), named("a"));
  row.actual.set("Value", "drifted");
  const Plan plan =
      spec::plan(snapshot_of({row}), apply_of(kReconcile, {declared(id("a"), named("a"))})).plan;
  EXPECT_TRUE(plan.updates.empty());
  EXPECT_TRUE(plan.rewrites.empty());
}

TEST(PlanApply, PatchMergesIntoWhatWasDeclared) {
  // A patch adds to `declared` and `values`; a reconcile replaces them.
  const BelievedRow p = settled_row(id("p", "other"), named("p", "v"));
  JsonObject before = consumer("a", id("p", "other"));
  JsonObject values = named("a", "v");
  const BelievedRow row = settled_row(id("a"), before, values);
  const JsonObject desired = {{"SetTags", {"x"}}};
  const Snapshot snapshot = snapshot_of({p, row});
  const Plan patch = plan(snapshot, apply_of(kPatch, {declared(id("a"), desired)})).plan;
  before["SetTags"] = JsonArray{"x"};
  values["SetTags"] = JsonArray{"x"};
  EXPECT_EQ(update_of(patch, "a").declared, before);
  EXPECT_EQ(update_of(patch, "a").values, values);
  const Plan reconcile = plan(snapshot, apply_of(kReconcile, {declared(id("a"), desired)})).plan;
  EXPECT_EQ(update_of(reconcile, "a").declared, desired);
  EXPECT_EQ(update_of(reconcile, "a").values, desired);
}

TEST(PlanReferences, OfAProducerThatIsCreatedAreUnknown) {
  // The consumer is updated for whatever the new producer will say, after it.
  const BelievedRow row = settled_row(id("c"), named("c", "v"));
  const Plan plan = spec::plan(snapshot_of({row}),
                               apply_of(kReconcile, {declared(id("c"), consumer("c", id("p"))),
                                                     declared(id("p"), named("p", "v"))}))
                        .plan;
  EXPECT_EQ(in_short(plan), "create p; update c");
  EXPECT_EQ(update_of(plan, "c").values, std::nullopt);
  EXPECT_EQ(update_of(plan, "c").waits_for,
            std::vector{(UpdateKey{id("p"), UpdateOperation::kCreate})});
}

TEST(PlanReferences, OfAProducerThatIsUpdatedAreItsAfter) {
  // Only a change of the referenced property reaches the consumer.
  const BelievedRow p = settled_row(id("p"), named("p", "v"));
  const BelievedRow c = settled_row(id("c"), consumer("c", id("p")), named("c", "v"));
  const auto apply = [&](JsonObject producer) {
    return spec::plan(snapshot_of({p, c}),
                      apply_of(kReconcile, {declared(id("p"), std::move(producer)),
                                            declared(id("c"), consumer("c", id("p")))}))
        .plan;
  };
  const Plan changed = apply(named("p", "w"));
  EXPECT_EQ(in_short(changed), "update p; update c");
  EXPECT_EQ(update_of(changed, "c").values, named("c", "w"));

  JsonObject elsewhere = named("p", "v");
  elsewhere["SetTags"] = JsonArray{"x"};
  EXPECT_EQ(in_short(apply(elsewhere)), "update p");
}

TEST(PlanReferences, ToAReadOnlyPropertySurviveAnUpdate) {
  // An update leaves the producer's id alone, so the consumer has nothing to do.
  const BelievedRow p = settled_row(id("p"), named("p", "v"));
  const BelievedRow c = settled_row(id("c"), consumer("c", id("p"), "Id"), named("c", "native-p"));
  const Plan plan =
      spec::plan(snapshot_of({p, c}),
                 apply_of(kReconcile, {declared(id("p"), named("p", "w")),
                                       declared(id("c"), consumer("c", id("p"), "Id"))}))
          .plan;
  EXPECT_EQ(in_short(plan), "update p");
}

TEST(PlanReferences, AreUnknownDownAChain) {
  // b's value is unknown until a exists, so c's is too; b's other properties are known.
  const BelievedRow b = settled_row(id("b"), named("b", "v"));
  const BelievedRow c = settled_row(id("c"), consumer("c", id("b")), named("c", "v"));
  const BelievedRow d = settled_row(id("d"), consumer("d", id("b"), "Name"), named("d", "b"));
  const Plan plan =
      spec::plan(snapshot_of({b, c, d}),
                 apply_of(kReconcile, {declared(id("a"), named("a")),
                                       declared(id("b"), consumer("b", id("a"), "Id")),
                                       declared(id("c"), consumer("c", id("b"))),
                                       declared(id("d"), consumer("d", id("b"), "Name"))}))
          .plan;
  EXPECT_EQ(in_short(plan), "create a; update b; update c");
  EXPECT_EQ(update_of(plan, "b").values, std::nullopt);
  EXPECT_EQ(update_of(plan, "c").values, std::nullopt);
}

TEST(PlanReferences, ToAPropertyThatIsNotThereAreNull) {
  // Null clears: the consumer loses the value that the producer no longer has.
  const BelievedRow p = settled_row(id("p", "other"), named("p"));
  const BelievedRow c = settled_row(id("c"), consumer("c", id("p", "other")), named("c", "v"));
  const Plan plan =
      spec::plan(snapshot_of({p, c}),
                 apply_of(kReconcile, {declared(id("c"), consumer("c", id("p", "other")))}))
          .plan;
  EXPECT_EQ(in_short(plan), "update c");
  EXPECT_EQ(update_of(plan, "c").values, named("c"));
}

TEST(PlanReferences, InACycleAreUnknown) {
  // Cycles are left to admission, which needs to know who is in one.
  const Planning planning = plan(snapshot_of({settled_row(id("a"), named("a", "v"))}),
                                 apply_of(kReconcile, {declared(id("a"), consumer("a", id("b"))),
                                                       declared(id("b"), consumer("b", id("a")))}));
  EXPECT_EQ(planning.cyclic, (std::vector{id("a"), id("b")}));
  EXPECT_EQ(in_short(planning.plan), "update a; create b");
}

TEST(PlanReconcile, DeletesWhatTheFormaLeavesOut) {
  // In every named stack, by Stacks[] or by a resource; nowhere else, and never in a patch.
  const Snapshot snapshot = snapshot_of(
      {settled_row(id("a", "one"), named("a")), settled_row(id("b", "two"), named("b")),
       unsettled_create(id("u", "two"), named("u")), settled_row(id("c", "three"), named("c"))});
  const std::vector<DeclaredResource> resources = {declared(id("new", "one"), named("new"))};
  EXPECT_EQ(in_short(plan(snapshot, apply_of(kReconcile, resources, {"two"})).plan),
            "create new; delete a; delete b; delete u");
  EXPECT_EQ(in_short(plan(snapshot, apply_of(kPatch, resources, {"two"})).plan), "create new");
}

TEST(PlanDestroy, DeletesTheNamedRows) {
  // Unknown identities are ignored, properties and targets are not looked at.
  const Snapshot snapshot =
      snapshot_of({settled_row(id("p"), named("p")), settled_row(id("c"), consumer("c", id("p"))),
                   settled_row(id("rest"), named("rest"))});
  CommandRequest request = destroy_of({id("p"), id("c"), id("unknown")});
  request.forma.resources[0].properties = consumer("p", id("c"));
  const Plan plan = spec::plan(snapshot, request).plan;
  EXPECT_EQ(in_short(plan), "delete c; delete p");
  EXPECT_EQ(update_of(plan, "p").waits_for, std::vector{delete_key(id("c"))});
  EXPECT_EQ(update_of(plan, "c").references, std::vector{id("p")});
  EXPECT_EQ(plan.named_stacks, std::vector<std::string>{"s"});
  EXPECT_TRUE(plan.targets.empty());
}

TEST(PlanCascade, FollowsReferencesTransitively) {
  // Through `declared` and through unsettled documents, across stacks.
  const Snapshot snapshot = snapshot_of(
      {settled_row(id("p"), named("p")), settled_row(id("c", "two"), consumer("c", id("p"))),
       unsettled_create(id("d", "three"), consumer("d", id("c", "two"))),
       settled_row(id("free", "two"), named("free"))});
  const Plan plan = spec::plan(snapshot, destroy_of({id("p")}, OnDependents::kCascade)).plan;
  EXPECT_EQ(in_short(plan), "delete p; delete* c; delete* d");
  EXPECT_EQ(update_of(plan, "p").waits_for, std::vector{delete_key(id("c", "two"))});
  EXPECT_EQ(update_of(plan, "c").waits_for, std::vector{delete_key(id("d", "three"))});
}

TEST(PlanCascade, SparesWhatTheFormaLists) {
  // The forma lets go of the reference itself: the row is updated, and the delete waits for it.
  const Snapshot snapshot =
      snapshot_of({settled_row(id("p"), named("p", "v")),
                   settled_row(id("c"), consumer("c", id("p")), named("c", "v"))});
  CommandRequest request = apply_of(kReconcile, {declared(id("c"), named("c", "w"))});
  request.on_dependents = OnDependents::kCascade;
  const Plan plan = spec::plan(snapshot, request).plan;
  EXPECT_EQ(in_short(plan), "update c; delete p");
  EXPECT_EQ(update_of(plan, "p").waits_for,
            std::vector{(UpdateKey{id("c"), UpdateOperation::kUpdate})});
}

TEST(PlanWriteOnly, SendsWhatWasDeclaredAnew) {
  // Reads never show a secret: a changed declaration is all there is to go by.
  JsonObject before = object("{'Name':'a','Secret':'x','Settings':{'Password':'p'}}");
  BelievedRow row = settled_row(id("a", "s", kBox), before);
  row.actual = row.echo = object("{'Name':'a'}");
  const auto planned = [&](const std::string& desired) {
    const CommandRequest request =
        apply_of(kReconcile, {declared(id("a", "s", kBox), object(desired))});
    return in_short(plan(snapshot_of({row}), request).plan);
  };
  EXPECT_EQ(planned("{'Name':'a','Secret':'x','Settings':{'Password':'p'}}"), "");
  EXPECT_EQ(planned("{'Name':'a','Secret':'x'}"), "");
  EXPECT_EQ(planned("{'Name':'a','Secret':'y','Settings':{'Password':'p'}}"), "update a");
  EXPECT_EQ(planned("{'Name':'a','Secret':'x','Settings':{'Password':'q'}}"), "update a");
  EXPECT_EQ(planned("{'Name':'a','Secret':null}"), "update a");
}

TEST(PlanSync, ReadsWhatNoCommandHasAnUpdateOf) {
  // One read per row, unsettled ones too, except for those in a running command and those that are
  // no object.
  Snapshot snapshot =
      snapshot_of({settled_row(id("a"), named("a")), settled_row(id("b"), named("b")),
                   unsettled_create(id("u"), named("u")), half_replaced(id("h"), named("h"))});
  snapshot.running = {running(id("b"), UpdateOperation::kUpdate)};
  CommandRequest request;
  request.kind = CommandKind::kSync;
  EXPECT_EQ(in_short(plan(snapshot, request).plan), "read a; read u");
}

}  // namespace
}  // namespace squall::spec::plan_test
