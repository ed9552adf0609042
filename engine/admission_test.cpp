// Every rejection of docs/rules.md §5, their order, and what plans are made of. Pure: a state is
// built from records, nothing runs.
#include "engine/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/test_env.h"

namespace squall::engine::admission_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Schemas refers to them.
const std::vector<Schema>& types() {
  static const std::vector<Schema> kTypes = [] {
    std::vector<Schema> out = generic_types();
    out.push_back(rich_type());
    return out;
  }();
  return kTypes;
}

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() : schemas(types()) {}

  // A row as a successful reconcile of `resource` leaves it; references as they are given.
  ResourceRow& have(const DeclaredResource& resource, JsonObject values) {
    ResourceRow row;
    row.ksuid = "ksuid-" + resource.identity.label;
    row.identity = resource.identity;
    row.target = resource.target;
    row.native_id = "native-" + resource.identity.label;
    row.version = 1;
    row.is_declared = true;
    row.declared = resource.properties;
    row.values = std::move(values);
    row.echo = row.values;
    row.actual = row.values;
    row.read_only = {{"Id", row.native_id}};
    rows.push_back(std::move(row));
    return rows.back();
  }
  ResourceRow& have(const DeclaredResource& resource) {
    return have(resource, resource.properties);
  }
  ResourceRow& have_child(const DeclaredResource& resource, std::string_view parent) {
    JsonObject values = resource.properties;
    values["ParentId"] = parent;
    return have(resource, std::move(values));
  }

  // A running command with this one update.
  void running(const DeclaredResource& resource, UpdateOperation operation) {
    Batch batch;
    StoredCommand command;
    command.id = "command-" + std::to_string(++commands);
    command.sequence = static_cast<uint64_t>(commands);
    command.update_count = 1;
    StoredUpdate update;
    update.command = command.id;
    PlannedUpdate plan;
    plan.identity = resource.identity;
    plan.ksuid = "ksuid-" + resource.identity.label;
    plan.operation = operation;
    if (operation != UpdateOperation::kDelete) {
      plan.desired = resource.properties;
      plan.references = producers_in(resource.properties);
    }
    update.plan = std::make_shared<const PlannedUpdate>(std::move(plan));
    put(batch, std::move(command));
    put(batch, std::move(update));
    state.apply(batch);
  }

  Admission admitted(const CommandRequest& request) {
    Batch batch;
    for (const ResourceRow& row : rows) put(batch, row);
    rows.clear();
    state.apply(batch);
    return admit(state, schemas, PlantSet{}, request);
  }
  std::string verdict(const CommandRequest& request) {
    const Admission admission = admitted(request);
    if (const auto* rejection = std::get_if<Rejection>(&admission)) {
      EXPECT_FALSE(rejection->message.empty());
      return std::string(to_string(rejection->type));
    }
    return std::get<Plan>(admission).updates.empty() ? "nothing to do" : "accepted";
  }
  Plan plan(const CommandRequest& request) {
    Admission admission = admitted(request);
    SQUALL_CHECK(std::holds_alternative<Plan>(admission));
    return std::move(std::get<Plan>(admission));
  }
  // "create a" for each update, in order.
  std::vector<std::string> updates(const CommandRequest& request) {
    std::vector<std::string> out;
    for (const PlannedUpdate& update : plan(request).updates) {
      out.push_back(std::string(to_string(update.operation)) + " " + update.identity.label);
    }
    return out;
  }

  State state;
  Schemas schemas;
  std::vector<ResourceRow> rows;
  int commands = 0;
};

Json reference_to(const DeclaredResource& producer, const std::string& property) {
  return to_json(Reference{producer.identity, property});
}

DeclaredResource with(DeclaredResource resource, std::string_view key, Json value) {
  resource.properties.set(key, std::move(value));
  return resource;
}

// ---- 1: the forma itself

// Shows: everything that makes a forma invalid by itself.
TEST_F(AdmissionTest, InvalidForma) {
  DeclaredResource unlabelled = resource("");
  EXPECT_EQ(verdict(apply({unlabelled})), "InvalidForma");
  EXPECT_EQ(verdict(destroy({unlabelled})), "InvalidForma");
  EXPECT_EQ(verdict(apply({resource("a", "{}", "")})), "InvalidForma");
  EXPECT_EQ(verdict(apply({resource("a"), resource("a")})), "InvalidForma");
  EXPECT_EQ(verdict(destroy({resource("a"), resource("a")})), "InvalidForma");
  DeclaredResource unknown = resource("a");
  unknown.identity.type = "Test::Generic::Nonsense";
  EXPECT_EQ(verdict(apply({unknown})), "InvalidForma");
  EXPECT_EQ(verdict(destroy({unknown})), "InvalidForma");
  EXPECT_EQ(verdict(apply({resource("a", R"({"Id":"x"})")})), "InvalidForma");
  EXPECT_EQ(verdict(destroy({resource("a", R"({"Id":"x"})")})), "nothing to do");
  EXPECT_EQ(verdict(apply({resource("a", R"({"EntityTags":[{"V":1}]})")})), "InvalidForma");
  EXPECT_EQ(verdict(apply({resource("a", R"({"EntityTags":["x"]})")})), "InvalidForma");
  EXPECT_EQ(verdict(apply({resource("a", R"({"EntityTags":[{"Key":1},{"Key":1.0}]})")})),
            "InvalidForma");
  EXPECT_EQ(verdict(apply({resource("a", R"({"EntityTags":[{"Key":1},{"Key":"1"}]})")})),
            "accepted");
}

// Shows: a target keeps its namespace, and every resource has one.
TEST_F(AdmissionTest, Targets) {
  Batch batch;
  put(batch, StoredTarget{Target{.label = "known", .name_space = "Test"}});
  state.apply(batch);
  CommandRequest moved = apply({resource("a")});
  moved.forma.targets.push_back({.label = "known", .name_space = "Other"});
  EXPECT_EQ(verdict(moved), "TargetAlreadyExists");
  DeclaredResource elsewhere = resource("a");
  elsewhere.target = "nowhere";
  EXPECT_EQ(verdict(apply({elsewhere})), "TargetReferenceNotFound");
  EXPECT_EQ(verdict(destroy({elsewhere})), "nothing to do");
  elsewhere.target = "known";
  EXPECT_EQ(verdict(apply({elsewhere})), "accepted");
}

// Shows: required fields are asked for, but not of a patch of what is there.
TEST_F(AdmissionTest, RequiredFields) {
  DeclaredResource nameless = resource("a");
  nameless.properties.erase("Name");
  EXPECT_EQ(verdict(apply({nameless})), "RequiredFieldMissingOnCreate");
  EXPECT_EQ(verdict(apply({with(resource("a"), "Name", nullptr)})), "RequiredFieldMissingOnCreate");
  have(resource("a"));
  EXPECT_EQ(verdict(apply({nameless})), "RequiredFieldMissingOnCreate");
  EXPECT_EQ(verdict(apply({nameless}, Mode::kPatch)), "nothing to do");
  EXPECT_EQ(verdict(apply({with(nameless, "Value", "x")}, Mode::kPatch)), "accepted");
  EXPECT_EQ(verdict(apply({with(nameless, "Name", nullptr)}, Mode::kPatch)),
            "RequiredFieldMissingOnCreate");
}

// ---- 2 and 5: other commands

// Shows: a named stack that is busy conflicts before anything else of the plan is looked at.
TEST_F(AdmissionTest, NamedStacksMustBeFree) {
  running(resource("x"), UpdateOperation::kCreate);
  const DeclaredResource missing = resource("missing", "{}", "elsewhere");
  EXPECT_EQ(verdict(apply({child("b", missing)})), "ConflictingCommands");
  EXPECT_EQ(verdict(destroy({resource("y")})), "ConflictingCommands");
  CommandRequest by_name = apply({});
  by_name.forma.stacks.push_back({"s", ""});
  EXPECT_EQ(verdict(by_name), "ConflictingCommands");
  EXPECT_EQ(verdict(apply({resource("a", "{}", "other")})), "accepted");
}

// Shows: a cascade into a busy stack conflicts; without cascade the dependent itself is the reason.
TEST_F(AdmissionTest, CascadesNeedTheirStacksFree) {
  const DeclaredResource a = resource("a");
  have(a);
  have_child(child("b", a, "other"), "a");
  running(resource("x", "{}", "other"), UpdateOperation::kCreate);
  EXPECT_EQ(verdict(destroy({a}, OnDependents::kCascade)), "ConflictingCommands");
  EXPECT_EQ(verdict(destroy({a})), "ResourceHasDependents");
}

// Shows: what a running create or update refers to cannot be deleted, and the other way round.
TEST_F(AdmissionTest, ClaimsConflict) {
  const DeclaredResource a = resource("a");
  have(a);
  running(child("b", a, "other"), UpdateOperation::kCreate);
  EXPECT_EQ(verdict(destroy({a})), "ConflictingCommands");
  const DeclaredResource p = resource("p", "{}", "third");
  have(p);
  running(p, UpdateOperation::kDelete);
  EXPECT_EQ(verdict(apply({child("c", p, "fourth")})), "ConflictingCommands");
}

// ---- 3, 4: references

// Shows: a producer must be in the forma, or be there and stay there.
TEST_F(AdmissionTest, ReferencesMustBeFound) {
  const DeclaredResource a = resource("a");
  const DeclaredResource b = child("b", a);
  EXPECT_EQ(verdict(apply({b})), "ReferencedResourcesNotFound");
  EXPECT_EQ(verdict(apply({a, b})), "accepted");
  have(a).native_id.clear();
  EXPECT_EQ(verdict(apply({b}, Mode::kPatch)), "ReferencedResourcesNotFound");
  have(a);
  EXPECT_EQ(verdict(apply({b}, Mode::kPatch)), "accepted");
  EXPECT_EQ(verdict(apply({b})), "ReferencedResourcesNotFound");
  EXPECT_EQ(verdict(apply({child("b", a, "other")})), "accepted");
}

// Shows: a producer that a cascade would take along is about to go, too.
TEST_F(AdmissionTest, CascadedProducersAreNotFound) {
  const DeclaredResource a = resource("a");
  const DeclaredResource b = child("b", a, "other");
  have(a);
  have_child(b, "a");
  DeclaredResource c = child("c", b);
  c.identity.type = kGenericGrandchild;
  CommandRequest request = apply({c});
  EXPECT_EQ(verdict(request), "ResourceHasDependents");
  request.on_dependents = OnDependents::kCascade;
  EXPECT_EQ(verdict(request), "ReferencedResourcesNotFound");
}

// Shows: a CreateOnly field that changes, or refers to what is made anew, replaces the resource:
// both halves in one plan, the create after the delete. One that may still turn out the same does
// not.
TEST_F(AdmissionTest, CreateOnlyChangesReplace) {
  have(resource("a"));
  EXPECT_THAT(updates(apply({with(resource("a"), "Name", "z")})),
              ElementsAre("delete a", "create a"));
  const DeclaredResource p = resource("p");
  have(p);
  have_child(child("c", p), "p");
  const DeclaredResource fresh = resource("new");
  EXPECT_THAT(updates(apply({resource("a"), p, fresh, child("c", fresh)})),
              ElementsAre("create new", "delete c", "create c"));
  const Plan moved = plan(apply({resource("a"), p, fresh, child("c", fresh)}));
  EXPECT_THAT(moved.updates[2].waits_for, ElementsAre(0, 1));
  EXPECT_EQ(moved.updates[2].ksuid, "ksuid-c");
}

// Shows: consumers outside the forma of what is replaced block it, or are replaced or updated with
// it, and theirs in turn; one that is deleted is only deleted.
TEST_F(AdmissionTest, ConsumersOfWhatIsReplaced) {
  const DeclaredResource p = resource("p");
  const DeclaredResource c = child("c", p, "other");
  const DeclaredResource user =
      with(resource("user", "{}", "other"), "Value", reference_to(c, "Name"));
  have(p);
  have_child(c, "p");
  JsonObject values = user.properties;
  values["Value"] = "c";
  have(user, values);
  const CommandRequest renamed = apply({with(p, "Name", "q")});
  EXPECT_EQ(verdict(renamed), "ResourceHasDependents");
  EXPECT_THAT(updates(cascading(renamed)),
              ElementsAre("delete p", "create p", "delete c", "create c", "update user"));
  const Plan whole = plan(cascading(renamed));
  EXPECT_THAT(whole.updates[0].waits_for, ElementsAre(2));
  EXPECT_THAT(whole.updates[1].waits_for, ElementsAre(0));
  EXPECT_THAT(whole.updates[2].waits_for, IsEmpty());
  EXPECT_THAT(whole.updates[3].waits_for, ElementsAre(1, 2));
  EXPECT_THAT(whole.updates[4].waits_for, ElementsAre(3));
  EXPECT_EQ(whole.cascaded_consumers, 2U);

  CommandRequest emptied = cascading(renamed);
  emptied.forma.stacks = {{.label = "other", .description = ""}};
  EXPECT_THAT(updates(emptied), ElementsAre("delete p", "create p", "delete c", "delete user"));
}

// Shows: a row that a reconcile did not write last is not overwritten by one without force; a
// patch, a destroy and a resource that nothing is done about are free.
TEST_F(AdmissionTest, UndeclaredRowsAreKept) {
  const DeclaredResource a = resource("a", R"({"Value":"1"})");
  have(a).is_declared = false;
  const DeclaredResource changed = resource("a", R"({"Value":"2"})");
  EXPECT_EQ(verdict(apply({changed})), "ReconcileRejected");
  EXPECT_EQ(verdict(apply({with(a, "Name", "z")})), "ReconcileRejected");
  EXPECT_EQ(verdict(apply({resource("b")})), "ReconcileRejected");
  EXPECT_EQ(verdict(forced(apply({changed}))), "accepted");
  EXPECT_EQ(verdict(apply({changed}, Mode::kPatch)), "accepted");
  EXPECT_EQ(verdict(destroy({a})), "accepted");
  const Plan none = plan(apply({a}));
  EXPECT_THAT(none.updates, IsEmpty());
  ASSERT_EQ(none.redeclared.size(), 1U);
  EXPECT_TRUE(none.redeclared[0].is_declared);
}

// Shows: a create in patch mode sends what the row declared before, too, and rests on its
// producers.
TEST_F(AdmissionTest, APatchAddsToWhatAFailedReplacementLeft) {
  const DeclaredResource p = resource("p");
  have(p);
  ResourceRow& left =
      have(with(resource("a", R"({"Name":"n"})"), "Value", reference_to(p, "Name")));
  left.native_id.clear();
  const Plan made = plan(apply({resource("a", R"({"Name":"m"})")}, Mode::kPatch));
  ASSERT_EQ(made.updates.size(), 1U);
  EXPECT_EQ(made.updates[0].operation, UpdateOperation::kCreate);
  EXPECT_THAT(made.updates[0].references, ElementsAre(p.identity));
  EXPECT_EQ(made.updates[0].producers.size(), 1U);
}

// Shows: nothing outside a plan that creates it may refer to what a failed replacement left.
TEST_F(AdmissionTest, ARowWithoutObjectIsNoProducer) {
  const DeclaredResource p = resource("p");
  have(p).native_id.clear();
  EXPECT_EQ(verdict(apply({child("c", p, "other")})), "ReferencedResourcesNotFound");
  EXPECT_EQ(verdict(apply({p, child("c", p, "other")})), "accepted");
}

// Shows: what is attached is deleted after what it is attached to; what runs on a producer goes
// before what else was built on it.
TEST_F(AdmissionTest, EdgeKindsTurnDeletesRound) {
  const DeclaredResource p = resource("p");
  const DeclaredResource attached = with_reference(rich("attached"), "Owner", p);
  const DeclaredResource runs = with_reference(rich("runs"), "Host", p);
  const DeclaredResource built = with_reference(rich("built"), "Value", p);
  have(p);
  for (const DeclaredResource& each : {attached, runs, built}) have(each);
  const Plan all = plan(destroy({p, attached, runs, built}));
  std::map<std::string, std::vector<std::string>> waits;
  for (const PlannedUpdate& update : all.updates) {
    for (const uint32_t before : update.waits_for) {
      waits[update.identity.label].push_back(all.updates[before].identity.label);
    }
  }
  EXPECT_THAT(waits["p"], ::testing::UnorderedElementsAre("runs", "built"));
  EXPECT_THAT(waits["attached"], ::testing::UnorderedElementsAre("p", "runs"));
  EXPECT_THAT(waits["built"], ElementsAre("runs"));
  EXPECT_THAT(waits["runs"], IsEmpty());
}

// Shows: a secret may be referred to from an opaque field only.
TEST_F(AdmissionTest, SecretsStaySecret) {
  const DeclaredResource keeper = rich("keeper", R"({"Secret":"x"})");
  const DeclaredResource other = with_reference(rich("other"), "Secret", keeper, "Secret");
  EXPECT_EQ(verdict(apply({keeper, other})), "accepted");
  EXPECT_EQ(verdict(apply({keeper, with_reference(rich("other"), "Value", keeper, "Secret")})),
            "InvalidForma");
}

// Shows: references in a circle are refused, also of a resource to itself.
TEST_F(AdmissionTest, CyclesAreRefused) {
  const DeclaredResource a = resource("a");
  const DeclaredResource b = with(resource("b"), "Value", reference_to(a, "Value"));
  EXPECT_EQ(verdict(apply({with(a, "Value", reference_to(b, "Value")), b})), "CyclesDetected");
  EXPECT_EQ(verdict(apply({with(a, "Value", reference_to(a, "Name"))})), "CyclesDetected");
}

// ---- 6, 7, 8

// Shows: dependents outside the deletion block it, those inside do not; a reconcile is held to the
// same.
TEST_F(AdmissionTest, DependentsBlock) {
  const DeclaredResource a = resource("a");
  const DeclaredResource b = child("b", a, "other");
  have(a);
  have_child(b, "a");
  EXPECT_EQ(verdict(destroy({a})), "ResourceHasDependents");
  EXPECT_EQ(verdict(destroy({a, b})), "accepted");
  CommandRequest emptied = apply({});
  emptied.forma.stacks.push_back({"s", ""});
  EXPECT_EQ(verdict(emptied), "ResourceHasDependents");
  emptied.on_dependents = OnDependents::kCascade;
  EXPECT_EQ(verdict(emptied), "accepted");
}

// Shows: what an unsettled attempt refers to counts as well.
TEST_F(AdmissionTest, UnsettledAttemptsAreDependents) {
  const DeclaredResource a = resource("a");
  have(a);
  ResourceRow& b = have(resource("b", "{}", "other"));
  b.unsettled.emplace();
  b.unsettled->operation = UpdateOperation::kUpdate;
  b.unsettled->declared = child("b", a).properties;
  EXPECT_EQ(verdict(destroy({a})), "ResourceHasDependents");
}

// Shows: a patch needs its stacks, a reconcile needs them or a resource for them; a destroy
// neither.
TEST_F(AdmissionTest, Stacks) {
  EXPECT_EQ(verdict(apply({resource("a")}, Mode::kPatch)), "PatchRejected");
  CommandRequest empty = apply({});
  empty.forma.stacks.push_back({"s", ""});
  EXPECT_EQ(verdict(empty), "EmptyStackRejected");
  EXPECT_EQ(verdict(destroy({resource("a")})), "nothing to do");
  EXPECT_EQ(verdict(apply({})), "nothing to do");
}

// ---- plans

// Shows: nothing is planned where neither the declaration nor the resource has changed, even where
// a plain difference would find something (a value that only the cloud has put there).
TEST_F(AdmissionTest, WhatIsDeclaredAndUnchangedIsLeftAlone) {
  const DeclaredResource a = resource("a", R"({"SetTags":["x"]})");
  JsonObject normalised = a.properties;
  normalised["SetTags"] = JsonArray{"X"};
  ResourceRow& row = have(a);
  row.actual = normalised;
  row.echo = row.actual;
  EXPECT_THAT(updates(apply({a})), IsEmpty());
  ResourceRow& drifted = have(a);
  drifted.actual = normalised;
  EXPECT_THAT(updates(apply({a})), ElementsAre("update a"));
}

// Shows: an unsettled row is always updated, one without native id always created.
TEST_F(AdmissionTest, UnsettledRowsAreAlwaysPlanned) {
  const DeclaredResource a = resource("a");
  have(a).unsettled.emplace();
  EXPECT_THAT(updates(apply({a})), ElementsAre("update a"));
  ResourceRow& lost = have(a);
  lost.unsettled.emplace();
  lost.native_id.clear();
  const Plan made = plan(apply({a}));
  ASSERT_EQ(made.updates.size(), 1U);
  EXPECT_EQ(made.updates[0].operation, UpdateOperation::kCreate);
  EXPECT_EQ(made.updates[0].ksuid, "ksuid-a");
}

// Shows: a consumer is planned if the property it refers to changes, and not if another one does.
TEST_F(AdmissionTest, ConsumersFollowTheProperty) {
  const DeclaredResource a = resource("a", R"({"Value":"1"})");
  const DeclaredResource b = with(resource("b"), "Value", reference_to(a, "Value"));
  have(a);
  JsonObject values = b.properties;
  values["Value"] = "1";
  have(b, values);
  EXPECT_THAT(updates(apply({a, b})), IsEmpty());
  EXPECT_THAT(updates(apply({with(a, "SetTags", JsonArray{"t"}), b})), ElementsAre("update a"));
  const Plan both = plan(apply({b, with(a, "Value", "2")}));
  ASSERT_EQ(both.updates.size(), 2U);
  EXPECT_THAT(both.updates[0].waits_for, ElementsAre(1));
}

// Shows: unknown values make an update, through a chain of updates as well.
TEST_F(AdmissionTest, UnknownValuesSpread) {
  const DeclaredResource a = resource("new");
  const DeclaredResource b = with(resource("b"), "Value", reference_to(a, "Id"));
  const DeclaredResource c = with(resource("c"), "Value", reference_to(b, "Value"));
  const DeclaredResource d = with(resource("d"), "Value", reference_to(b, "Name"));
  have(with(resource("b"), "Value", "x"));
  have(with(resource("c"), "Value", "x"));
  have(with(resource("d"), "Value", "b"));
  EXPECT_THAT(updates(apply({a, b, c, d})), ElementsAre("create new", "update b", "update c"));
}

// Shows: producers that the command does not touch are to be read, with the native id they have.
TEST_F(AdmissionTest, UntouchedProducersAreRead) {
  const DeclaredResource a = resource("a");
  have(a);
  const Plan made = plan(apply({a, child("b", a)}));
  ASSERT_EQ(made.updates.size(), 1U);
  ASSERT_EQ(made.updates[0].producers.size(), 1U);
  EXPECT_EQ(made.updates[0].producers[0].native_id, "native-a");
  EXPECT_THAT(made.updates[0].waits_for, IsEmpty());
}

// Shows: a delete waits for the updates of what referred to it, and a create for the delete of what
// had its name.
TEST_F(AdmissionTest, DeletesAreInOrder) {
  const DeclaredResource old = resource("old", R"({"Name":"n"})");
  const DeclaredResource user = with(resource("user"), "Value", reference_to(old, "Name"));
  have(old);
  JsonObject values = user.properties;
  values["Value"] = "n";
  have(user, values);
  const Plan moved = plan(apply({with(resource("user"), "Value", "other")}));
  ASSERT_EQ(moved.updates.size(), 2U);
  EXPECT_THAT(moved.updates[1].waits_for, ElementsAre(0));
  const Plan renamed =
      plan(apply({with(resource("user"), "Value", "n"), resource("young", R"({"Name":"n"})")}));
  ASSERT_EQ(renamed.updates.size(), 2U);
  EXPECT_EQ(renamed.updates[0].identity.label, "young");
  EXPECT_THAT(renamed.updates[0].waits_for, ElementsAre(1));
}

// Shows: where names and references ask for a circle, the order by name gives way; where declared
// documents form one, an edge of it does. Nothing waits for ever.
TEST_F(AdmissionTest, CirclesAreBroken) {
  const DeclaredResource old = resource("old", R"({"Name":"n"})");
  const DeclaredResource young = resource("young", R"({"Name":"n"})");
  have(old);
  JsonObject values = resource("user").properties;
  values["Value"] = "n";
  have(with(resource("user"), "Value", reference_to(old, "Name")), values);
  const Plan moved =
      plan(apply({young, with(resource("user"), "Value", reference_to(young, "Id"))}));
  EXPECT_EQ(moved.dropped_edges, 1U);
  ASSERT_EQ(moved.updates.size(), 3U);
  EXPECT_THAT(moved.updates[0].waits_for, IsEmpty());
  EXPECT_THAT(moved.updates[1].waits_for, ElementsAre(0));
  EXPECT_THAT(moved.updates[2].waits_for, ElementsAre(1));

  const DeclaredResource p = resource("p", "{}", "other");
  const DeclaredResource q = resource("q", "{}", "other");
  have(with(p, "Value", reference_to(q, "Name")), p.properties);
  have(with(q, "Value", reference_to(p, "Name")), q.properties);
  const Plan both = plan(destroy({p, q}));
  EXPECT_EQ(both.dropped_edges, 1U);
  EXPECT_EQ(both.updates[0].waits_for.size() + both.updates[1].waits_for.size(), 1U);
}

// Shows: the planted destroy does not look for dependents, the planted apply not for creates in
// flight; both only where it matters.
TEST_F(AdmissionTest, Plants) {
  const DeclaredResource a = resource("a");
  have(a);
  have_child(child("b", a), "a");
  EXPECT_EQ(verdict(destroy({a})), "ResourceHasDependents");
  PlantSet blind;
  blind.add(Plant::kDestroyIgnoresDependents);
  EXPECT_TRUE(std::holds_alternative<Plan>(admit(state, schemas, blind, destroy({a}))));
  PlantSet twins;
  twins.add(Plant::kTwoIdentities);
  running(resource("x", "{}", "fresh"), UpdateOperation::kCreate);
  const CommandRequest again = apply({resource("x", "{}", "fresh")});
  EXPECT_TRUE(std::holds_alternative<Rejection>(admit(state, schemas, PlantSet{}, again)));
  EXPECT_TRUE(std::holds_alternative<Plan>(admit(state, schemas, twins, again)));
}

}  // namespace
}  // namespace squall::engine::admission_test
