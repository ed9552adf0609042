// What is replaced, and what follows a replacement: spec/decide.h by way of plan().
#include <gtest/gtest.h>

#include "spec/plan.h"
#include "spec/test_world.h"

namespace squall::spec::replace_test {
namespace {

constexpr Mode kReconcile = Mode::kReconcile;
constexpr Mode kPatch = Mode::kPatch;
const ResourceIdentity kBoxId = id("a", "s", kBox);

// "replace p; update* c; delete d": what a plan does, cascades with a star.
std::string in_short(const Plan& plan) {
  std::string out;
  for (const PlannedUpdate& update : plan.updates) {
    if (update.is_half_of_replace && update.operation == UpdateOperation::kDelete) continue;
    if (!out.empty()) out += "; ";
    out += update.is_half_of_replace ? "replace" : std::string(to_string(update.operation));
    out.append(update.is_cascade ? "* " : " ").append(update.identity.label);
  }
  return out;
}

std::string planned(const std::vector<BelievedRow>& rows, const CommandRequest& request) {
  return in_short(plan(snapshot_of(rows), request).plan);
}

CommandRequest cascading(CommandRequest request) {
  request.on_dependents = OnDependents::kCascade;
  return request;
}

JsonObject consumer(std::string_view label, const ResourceIdentity& producer,
                    const std::string& property = "Id") {
  return named(label, reference_to(producer, property));
}

// A child's ParentId is CreateOnly.
BelievedRow child_row(const ResourceIdentity& identity, const ResourceIdentity& parent) {
  const JsonObject declared = {{"Name", identity.label},
                               {"ParentId", reference_to(parent, "Name")}};
  return settled_row(identity, declared, {{"Name", identity.label}, {"ParentId", parent.label}});
}

struct Change {
  std::string what;
  std::string actual;
  std::string desired;
  std::string expected;
};

TEST(Replace, OfACreateOnlyFieldThatDiffers) {
  // Where both sides have a value; a value that is added or taken away makes an update, which the
  // provider will refuse.
  const std::vector<Change> cases = {
      {"differs", "{'Base':1}", "{'Base':2}", "replace a"},
      {"same in N", "{'Base':1}", "{'Base':1.0}", ""},
      {"added", "{}", "{'Base':2}", "update a"},
      {"taken away", "{'Base':1}", "{'Base':null}", "update a"},
      {"absent", "{'Base':1}", "{}", ""},
      {"cleared", "{'Bases':[1]}", "{'Bases':[]}", "update a"},
      {"nothing said of it", "{'Base':1}", "{'Base':{}}", ""},
      {"another order of a Set", "{'Bases':[1,2]}", "{'Bases':[2,1]}", ""},
      {"another element of a Set", "{'Bases':[1,2]}", "{'Bases':[2]}", "replace a"},
      {"key with a dot", "{'a.b':1}", "{'a.b':2}", "replace a"},
      {"nested", "{'Settings':{'Zone':1,'Level':1}}", "{'Settings':{'Zone':2}}", "replace a"},
      {"nested, beside it", "{'Settings':{'Zone':1,'Level':1}}",
       "{'Settings':{'Zone':1,'Level':2}}", "update a"},
      {"nested, added with its object", "{}", "{'Settings':{'Zone':1}}", "update a"},
      {"in an element, by key", "{'Rules':[{'Id':1,'Origin':1},{'Id':2,'Origin':2}]}",
       "{'Rules':[{'Id':2,'Origin':3},{'Id':1,'Origin':1}]}", "replace a"},
      {"in an element, only moved", "{'Rules':[{'Id':1,'Origin':1},{'Id':2,'Origin':2}]}",
       "{'Rules':[{'Id':2,'Origin':2},{'Id':1,'Origin':1}]}", ""},
      {"in an element that is new", "{'Rules':[{'Id':1,'Origin':1}]}",
       "{'Rules':[{'Id':1,'Origin':1},{'Id':2,'Origin':2}]}", "update a"},
      {"something else", "{'Base':1,'Size':1}", "{'Base':1,'Size':2}", "update a"},
  };
  for (const Change& each : cases) {
    const BelievedRow row = settled_row(kBoxId, object(each.actual));
    for (const Mode mode : {kReconcile, kPatch}) {
      // In a patch [] says nothing, and a part of a Set is declared already.
      const bool by_patch = each.what == "cleared" || each.what == "another element of a Set";
      if (by_patch && mode == kPatch) continue;
      EXPECT_EQ(planned({row}, apply_of(mode, {declared(kBoxId, object(each.desired))})),
                each.expected)
          << each.what;
    }
  }
}

TEST(Replace, ComparesWriteOnlyWithWhatWasDeclared) {
  // A seal that reads never show is broken when another one is declared.
  BelievedRow row = settled_row(kBoxId, object("{'Seal':'x'}"));
  row.actual = row.echo = {};
  EXPECT_EQ(planned({row}, apply_of(kPatch, {declared(kBoxId, {{"Seal", "y"}})})), "replace a");
  EXPECT_EQ(planned({row}, apply_of(kPatch, {declared(kBoxId, {{"Seal", "x"}})})), "");
}

TEST(Replace, ComesBeforeWhatElseIsSaid) {
  // Also where the row is unsettled; but not what was declared so before, and only the provider's
  // echo differs.
  const BelievedRow unsettled = unsettled_update(settled_row(id("a"), named("a")), named("a", "v"));
  const CommandRequest renamed = apply_of(kReconcile, {declared(id("a"), named("b"))});
  EXPECT_EQ(planned({unsettled}, renamed), "replace a");
  BelievedRow echoed = settled_row(id("a"), named("A"));
  echoed.actual = echoed.echo = named("a");
  EXPECT_EQ(planned({echoed}, apply_of(kReconcile, {declared(id("a"), named("A"))})), "");
}

TEST(Replace, HasTwoHalves) {
  // The delete half is about the object there is, the create half about the one that is wanted;
  // what was declared before counts in a patch.
  const BelievedRow p = settled_row(id("p", "other"), named("p", "v"));
  const BelievedRow q = settled_row(id("q", "other"), named("q", "w"));
  JsonObject before = consumer("a", id("p", "other"), "Value");
  before["SetTags"] = JsonArray{"x"};
  JsonObject values = before;
  values["Value"] = "v";
  const Snapshot snapshot = snapshot_of({p, q, settled_row(id("a"), before, values)});
  const DeclaredResource renamed = declared(id("a"), consumer("b", id("q", "other"), "Value"));

  const Plan patch = plan(snapshot, apply_of(kPatch, {renamed})).plan;
  ASSERT_EQ(patch.updates.size(), 2u);
  const PlannedUpdate& first = patch.updates[0];
  EXPECT_EQ(first.operation, UpdateOperation::kDelete);
  EXPECT_TRUE(first.is_half_of_replace);
  EXPECT_EQ(first.references, std::vector{id("p", "other")});
  const PlannedUpdate& second = patch.updates[1];
  EXPECT_EQ(second.operation, UpdateOperation::kCreate);
  EXPECT_TRUE(second.is_half_of_replace);
  EXPECT_EQ(second.references, std::vector{id("q", "other")});
  EXPECT_EQ(second.waits_for, std::vector{first.key()});
  JsonObject whole = renamed.properties;
  whole["SetTags"] = JsonArray{"x"};
  EXPECT_EQ(second.declared, whole);
  EXPECT_EQ(second.desired, whole);
  whole["Value"] = "w";
  EXPECT_EQ(second.values, whole);

  const Plan reconcile = plan(snapshot, apply_of(kReconcile, {renamed})).plan;
  EXPECT_EQ(reconcile.updates.at(1).desired, renamed.properties);
}

TEST(Replace, FollowsAProducerThatIsMadeAnew) {
  // Through a CreateOnly field, down the chain; through another one it is an update, and a value
  // that a mere update of the producer leaves unknown replaces nothing.
  const ResourceIdentity child = id("child", "s", kGenericChild);
  const ResourceIdentity grandchild = id("grandchild", "s", kGenericGrandchild);
  const std::vector<BelievedRow> rows = {
      settled_row(id("p"), named("p")), child_row(child, id("p")), child_row(grandchild, child),
      settled_row(id("c"), consumer("c", id("p")), named("c", "native-p"))};
  const auto apply = [&](const JsonObject& producer) {
    return apply_of(kReconcile, {declared(id("p"), producer),
                                 declared(child, child_row(child, id("p")).declared),
                                 declared(grandchild, child_row(grandchild, child).declared),
                                 declared(id("c"), consumer("c", id("p")))});
  };
  EXPECT_EQ(planned(rows, apply(named("renamed"))),
            "replace p; replace child; replace grandchild; update c");
  EXPECT_EQ(planned(rows, apply(named("p", "v"))), "update p");

  // The row of a child whose parent is yet to be created.
  EXPECT_EQ(planned({child_row(child, id("p"))}, apply(named("p"))),
            "create p; replace child; create grandchild; create c");
}

TEST(Replace, IsFollowedByMembersThatAPatchLeavesOut) {
  // As if the patch said them: by an update, or a replacement where they are CreateOnly. Beside
  // them stands what the patch says, a null included.
  const ResourceIdentity child = id("child", "s", kGenericChild);
  const Json link = reference_to(id("p"), "Id");
  JsonObject box = {{"Size", 1}, {"Settings", {{"Level", 1}, {"Of", link}}}, {"Link", link}};
  box["Rules"] = {{{"Id", 1}, {"Of", link}}, {{"Id", 2}, {"Of", link}}, {{"Id", 3}}};
  const JsonObject box_values = with_references_replaced(
      box, [](const Reference&) { return std::optional<Json>("native-p"); });
  const std::vector<BelievedRow> rows = {
      settled_row(id("p"), named("p")), child_row(child, id("p")),
      settled_row(kBoxId, box, box_values),
      settled_row(id("c"), consumer("c", id("p")), named("c", "native-p"))};
  const auto patch = [&](const JsonObject& producer, const std::string& said) {
    return apply_of(kPatch, {declared(child, named("child")), declared(id("c"), named("c")),
                             declared(kBoxId, object(said)), declared(id("p"), producer)});
  };
  const std::string nothing = "{'Size':1}";
  EXPECT_EQ(planned(rows, patch(named("p"), nothing)), "");
  EXPECT_EQ(planned(rows, patch(named("p", "v"), nothing)), "update p");
  const Plan whole = plan(snapshot_of(rows), patch(named("renamed"), nothing)).plan;
  EXPECT_EQ(in_short(whole), "replace p; replace child; update c; update a");
  const auto desired = [](const Plan& plan) {
    for (const PlannedUpdate& update : plan.updates)
      if (update.identity == kBoxId) return update.desired;
    return Document();
  };
  JsonObject expected = {{"Size", 1}, {"Settings", box["Settings"]}, {"Link", link}};
  expected["Rules"] = {{{"Id", 1}, {"Of", link}}, {{"Id", 2}, {"Of", link}}, {{"Id", 3}}};
  EXPECT_EQ(desired(whole), expected);

  // Parts of what the patch does name; an EntitySet's elements by key.
  const std::string parts =
      "{'Settings':{'Level':2},'Link':null,'Rules':[{'Id':3},{'Id':1,'Ports':[1]}]}";
  expected = {{"Link", nullptr}, {"Settings", {{"Level", 2}, {"Of", link}}}};
  expected["Rules"] = {
      {{"Id", 3}}, {{"Id", 1}, {"Ports", JsonArray{1}}, {"Of", link}}, {{"Id", 2}, {"Of", link}}};
  EXPECT_EQ(desired(plan(snapshot_of(rows), patch(named("renamed"), parts)).plan), expected);
  // Said otherwise, it is no consumer any more.
  EXPECT_EQ(planned({rows[0], rows[3]}, apply_of(kPatch, {declared(id("c"), named("c", "free")),
                                                          declared(id("p"), named("renamed"))})),
            "update c; replace p");
}

TEST(Replace, LetsThoseFollowWhoFollowAFollower) {
  // Down a chain of members that nobody names; and again, where only the create was left to do.
  const ResourceIdentity child = id("child", "s", kGenericChild);
  const ResourceIdentity grandchild = id("grandchild", "s", kGenericGrandchild);
  std::vector<BelievedRow> rows = {settled_row(id("p"), named("p")), child_row(child, id("p")),
                                   child_row(grandchild, child)};
  const auto patch = [&](const std::string& name) {
    return apply_of(kPatch, {declared(grandchild, named("grandchild")),
                             declared(child, named("child")), declared(id("p"), named(name))});
  };
  EXPECT_EQ(planned(rows, patch("renamed")), "replace p; replace child; replace grandchild");
  rows[0] = half_replaced(id("p"), named("p"));
  EXPECT_EQ(planned(rows, patch("p")), "create p; replace child; replace grandchild");
}

TEST(Replace, IsNotMadeForWhatAnUpdateLeavesUnknown) {
  // The middle one takes up a value that is not known yet; who refers to that is updated, though
  // its field is CreateOnly.
  const ResourceIdentity child = id("child", "s", kGenericChild);
  const std::vector<BelievedRow> rows = {
      settled_row(id("m"), named("m", "v")),
      settled_row(child, {{"Name", "child"}, {"ParentId", reference_to(id("m"), "Value")}},
                  {{"Name", "child"}, {"ParentId", "v"}})};
  const JsonObject same_child = rows[1].declared;
  EXPECT_EQ(planned(rows, apply_of(kReconcile, {declared(id("new"), named("new")),
                                                declared(id("m"), consumer("m", id("new"))),
                                                declared(child, same_child)})),
            "create new; update m; update child");
  // A change that is known already does replace.
  EXPECT_EQ(planned(rows, apply_of(kReconcile, {declared(id("m"), named("m", "w")),
                                                declared(child, same_child)})),
            "update m; replace child");
}

TEST(Replace, LooksAtAllOfAFieldsReferences) {
  // A list of references in a CreateOnly field: one that is made anew is enough.
  const auto refer = [](const std::string& first, const std::string& second) {
    return JsonObject{{"Bases", {reference_to(id(first), "Id"), reference_to(id(second), "Id")}}};
  };
  const BelievedRow row =
      settled_row(kBoxId, refer("p", "q"), object("{'Bases':['native-p','native-q']}"));
  const std::vector<BelievedRow> rows = {settled_row(id("p"), named("p")),
                                         settled_row(id("q"), named("q")), row};
  const auto apply = [&](const std::string& second) {
    return apply_of(kPatch,
                    {declared(kBoxId, refer("p", second)), declared(id("new"), named("new"))});
  };
  EXPECT_EQ(planned(rows, apply("q")), "create new");
  EXPECT_EQ(planned(rows, apply("new")), "create new; replace a");
}

TEST(Cascade, TakesConsumersOutsideTheFormaAlong) {
  // Transitively, where the reference is CreateOnly; others are updated, and theirs stay. With
  // abort nobody follows: that is for admission to refuse.
  const ResourceIdentity child = id("child", "two", kGenericChild);
  const ResourceIdentity grandchild = id("grandchild", "three", kGenericGrandchild);
  const ResourceIdentity c = id("c", "two");
  const std::vector<BelievedRow> rows = {
      settled_row(id("p"), named("p")), child_row(child, id("p")), child_row(grandchild, child),
      settled_row(c, consumer("c", id("p")), named("c", "native-p")),
      settled_row(id("d", "two"), consumer("d", c, "Name"), named("d", "c"))};
  const CommandRequest request = apply_of(kReconcile, {declared(id("p"), named("renamed"))});
  EXPECT_EQ(planned(rows, request), "replace p");
  EXPECT_EQ(planned(rows, cascading(request)),
            "replace p; update* c; replace* child; replace* grandchild");
  const Plan plan = spec::plan(snapshot_of(rows), cascading(request)).plan;
  for (const PlannedUpdate& update : plan.updates) {
    if (update.identity != c) continue;
    EXPECT_EQ(update.desired, rows[3].declared);
    EXPECT_EQ(update.declared, rows[3].declared);
    EXPECT_EQ(update.values, std::nullopt);
    EXPECT_EQ(update.target, "t");
  }
  EXPECT_TRUE(plan.circular.empty());
}

TEST(Cascade, ReachesResourcesOfTheFormaThroughRowsOutsideIt) {
  // The forma's child refers to a row outside of it that has to be replaced.
  const ResourceIdentity middle = id("middle", "two", kGenericChild);
  const ResourceIdentity last = id("last", "s", kGenericGrandchild);
  const std::vector<BelievedRow> rows = {settled_row(id("p"), named("p")),
                                         child_row(middle, id("p")), child_row(last, middle)};
  const CommandRequest request = apply_of(
      kReconcile,
      {declared(last, child_row(last, middle).declared), declared(id("p"), named("renamed"))});
  EXPECT_EQ(planned(rows, request), "replace p");
  EXPECT_EQ(planned(rows, cascading(request)), "replace p; replace last; replace* middle");
}

TEST(Cascade, DeletesWinOverReplacements) {
  // A consumer of two, one deleted and one replaced, goes.
  JsonObject both = consumer("c", id("p"));
  both["SetTags"] = JsonArray{reference_to(id("q"), "Id")};
  const std::vector<BelievedRow> rows = {settled_row(id("p"), named("p")),
                                         settled_row(id("q"), named("q")),
                                         settled_row(id("c", "two"), both)};
  EXPECT_EQ(planned(rows, cascading(apply_of(kReconcile, {declared(id("q"), named("renamed"))}))),
            "replace q; delete p; delete* c");
}

TEST(Cascade, TakesUnsettledRowsAndWhatIsNoObject) {
  // What may refer to the old object is updated; what has no object is created as it declares.
  const ResourceIdentity u = id("u", "two");
  const std::vector<BelievedRow> rows = {
      settled_row(id("p"), named("p")),
      unsettled_update(settled_row(u, named("u")), consumer("u", id("p"))),
      half_replaced(id("h", "two"), consumer("h", id("p"))),
      unsettled_create(id("v", "two"), consumer("v", id("p")))};
  for (const Mode mode : {kReconcile, kPatch}) {
    const CommandRequest request = cascading(apply_of(mode, {declared(id("p"), named("renamed"))}));
    EXPECT_EQ(planned(rows, request), "replace p; create* h; update* u; create* v")
        << to_string(mode);
  }
}

TEST(Cascade, ComesToAnEndWhereRowsReferToEachOther) {
  // Patches have tied a knot of two CreateOnly references outside the forma, and one that leads
  // back into it.
  const ResourceIdentity a = id("a", "two", kBox);
  const ResourceIdentity b = id("b", "two", kBox);
  const auto box = [](const ResourceIdentity& identity, const ResourceIdentity& base,
                      const ResourceIdentity& size) {
    return settled_row(identity,
                       {{"Base", reference_to(base, "Arn")}, {"Size", reference_to(size, "Id")}},
                       {{"Base", "x"}, {"Size", "y"}});
  };
  BelievedRow p = settled_row(id("p"), consumer("p", a, "Size"), named("p", "y"));
  const std::vector<BelievedRow> rows = {p, box(a, b, id("p")), box(b, a, id("q", "two")),
                                         settled_row(id("q", "two"), named("q"))};
  CommandRequest request =
      cascading(apply_of(kReconcile, {declared(id("p"), consumer("renamed", a, "Size"))}));
  EXPECT_EQ(planned(rows, request), "replace p; update* a");
  request.forma.resources[0].properties = p.declared;
  EXPECT_EQ(planned(rows, request), "");
  request.forma.resources.push_back(declared(id("q", "two"), named("other")));
  request.mode = kPatch;
  EXPECT_EQ(planned(rows, request), "replace q; update* b");
}

}  // namespace
}  // namespace squall::spec::replace_test
