#include "spec/admit.h"

#include <gtest/gtest.h>

#include "spec/test_world.h"

namespace squall::spec::admit_test {
namespace {

constexpr Mode kReconcile = Mode::kReconcile;
constexpr Mode kPatch = Mode::kPatch;
const ResourceIdentity kBoxId = id("box", "s", kBox);

JsonObject consumer(std::string_view label, const ResourceIdentity& producer) {
  return named(label, reference_to(producer, "Value"));
}

// "accepted", "would do", "nothing", or the type of the rejection.
std::string in_short(const Verdict& verdict) {
  if (std::holds_alternative<Plan>(verdict)) return "accepted";
  if (std::holds_alternative<NothingPlanned>(verdict)) return "nothing";
  if (std::holds_alternative<WouldDo>(verdict)) return "would do";
  return std::string(to_string(std::get<Refused>(verdict).type));
}

std::string answer(const Snapshot& snapshot, const CommandRequest& request) {
  return in_short(admit(snapshot, request));
}

// A verdict on one resource in an empty world.
std::string answer_to(const DeclaredResource& resource) {
  return answer(snapshot_of({}), apply_of(kReconcile, {resource}));
}

Target target_of(const std::string& label, const std::string& name_space) {
  Target target;
  target.label = label;
  target.name_space = name_space;
  return target;
}

TEST(InvalidForma, EmptyLabelStackOrType) {
  // Applies and destroys both need to know who is meant.
  for (const ResourceIdentity& bad : {id(""), id("a", ""), id("a", "s", "")}) {
    EXPECT_EQ(answer_to(declared(bad, named("a"))), "InvalidForma");
    EXPECT_EQ(answer(snapshot_of({}), destroy_of({bad})), "InvalidForma");
  }
  EXPECT_EQ(answer(snapshot_of({}), apply_of(kReconcile, {}, {""})), "InvalidForma");
  CommandRequest request = apply_of(kReconcile, {declared(id("a"), named("a"))});
  request.forma.targets = {target_of("", "Test")};
  EXPECT_EQ(answer(snapshot_of({}), request), "InvalidForma");
}

TEST(InvalidForma, OneIdentityTwiceOrAnUnknownType) {
  // Both also in a destroy; the same label with another type is another identity.
  const ResourceIdentity child = id("a", "s", kGenericChild);
  JsonObject child_properties = named("a");
  child_properties["ParentId"] = "x";
  EXPECT_EQ(answer(snapshot_of({}), apply_of(kReconcile, {declared(id("a"), named("a")),
                                                          declared(id("a"), named("b"))})),
            "InvalidForma");
  EXPECT_EQ(answer(snapshot_of({}), destroy_of({id("a"), id("a")})), "InvalidForma");
  EXPECT_EQ(answer(snapshot_of({}), apply_of(kReconcile, {declared(id("a"), named("a")),
                                                          declared(child, child_properties)})),
            "accepted");
  EXPECT_EQ(answer(snapshot_of({}), destroy_of({id("a", "s", "No::Such::Type")})), "InvalidForma");
}

TEST(InvalidForma, PropertiesThatAreNoFields) {
  // Even as null. A destroy does not look.
  EXPECT_EQ(answer_to(declared(id("a"), {{"Name", "a"}, {"Id", nullptr}})), "InvalidForma");
  CommandRequest destroy = destroy_of({id("a")});
  destroy.forma.resources[0].properties = {{"Odd", 1}};
  EXPECT_EQ(answer(snapshot_of({}), destroy), "nothing");
}

TEST(InvalidForma, EntitySetKeys) {
  // Missing, null or repeated keys, on the top level, in nested objects and inside elements.
  const auto with = [](const std::string& properties) {
    JsonObject document = object(properties);
    document["Name"] = "box";
    document["Kind"] = "k";
    return answer_to(declared(kBoxId, document));
  };
  EXPECT_EQ(with("{'Rules':[{'Id':1},{'Id':2},{'Id':'1'}]}"), "accepted");
  EXPECT_EQ(with("{'Rules':[{'A':1}]}"), "InvalidForma");
  EXPECT_EQ(with("{'Rules':[{'Id':null}]}"), "InvalidForma");
  EXPECT_EQ(with("{'Rules':[7]}"), "InvalidForma");
  EXPECT_EQ(with("{'Rules':[{'Id':1},{'Id':1.0}]}"), "InvalidForma");
  EXPECT_EQ(with("{'Settings':{'Level':1,'Rules':[{'A':1}]}}"), "InvalidForma");
  EXPECT_EQ(with("{'Rules':{'not':'an array'}}"), "accepted");
}

TEST(InvalidForma, OpaqueReferencesOutsideOpaqueFields) {
  // A secret is referred to from where it is hidden: an Opaque field, or something inside one.
  const ResourceIdentity keeper = id("keeper", "s", kBox);
  const auto with = [&](const std::string& field, const Json& value) {
    const JsonObject kept = object("{'Name':'k','Kind':'k','Pin':'1234'}");
    JsonObject document = object("{'Name':'b','Kind':'k'}");
    document[field] = value;
    return answer(snapshot_of({}),
                  apply_of(kReconcile, {declared(keeper, kept), declared(kBoxId, document)}));
  };
  const Json secret = reference_to(keeper, "Pin");
  EXPECT_EQ(with("Pin", secret), "accepted");
  EXPECT_EQ(with("Pin", JsonArray{"x", secret}), "accepted");
  EXPECT_EQ(with("Settings", {{"Level", 1}, {"Pin", secret}}), "accepted");
  EXPECT_EQ(with("Kind", secret), "InvalidForma");
  EXPECT_EQ(with("Labels", JsonArray{secret}), "InvalidForma");
  EXPECT_EQ(with("Settings", {{"Level", secret}}), "InvalidForma");
  EXPECT_EQ(with("Kind", reference_to(keeper, "Name")), "accepted");
}

TEST(Targets, KnownWithAnotherNamespace) {
  // A known label keeps its namespace; one forma may not give it two either.
  CommandRequest request = apply_of(kReconcile, {declared(id("a"), named("a"))});
  request.forma.targets = {target_of("t", "Test"), target_of("new", "Lab")};
  EXPECT_EQ(answer(snapshot_of({}), request), "accepted");
  request.forma.targets = {target_of("t", "Lab")};
  EXPECT_EQ(answer(snapshot_of({}), request), "TargetAlreadyExists");
  request.forma.targets = {target_of("new", "Test"), target_of("new", "Lab")};
  EXPECT_EQ(answer(snapshot_of({}), request), "TargetAlreadyExists");
}

TEST(Targets, NeitherDeclaredNorKnown) {
  // A target declared in the same forma will do. A destroy does not look.
  CommandRequest request = apply_of(kReconcile, {declared(id("a"), named("a"))});
  request.forma.resources[0].target = "new";
  EXPECT_EQ(answer(snapshot_of({}), request), "TargetReferenceNotFound");
  request.forma.targets = {target_of("new", "Test")};
  EXPECT_EQ(answer(snapshot_of({}), request), "accepted");
  EXPECT_EQ(answer(snapshot_of({settled_row(id("a"), named("a"))}), destroy_of({id("a")})),
            "accepted");
}

struct RequiredCase {
  std::string what;
  Mode mode;
  std::string row;  // "none", "settled", "unsettled"
  std::string properties;
  bool passes;
};

TEST(RequiredFields, DependOnModeAndRow) {
  // Name is Required, Kind RequiredOnCreate, Settings.Level Required where Settings is given.
  const std::vector<RequiredCase> cases = {
      {"all there", kReconcile, "none", "{'Name':'n','Kind':'k'}", true},
      {"Required absent", kReconcile, "none", "{'Kind':'k'}", false},
      {"Required null", kReconcile, "none", "{'Name':null,'Kind':'k'}", false},
      {"Required absent, new, patch", kPatch, "none", "{'Kind':'k'}", false},
      {"Required absent, there, reconcile", kReconcile, "settled", "{'Kind':'k'}", false},
      {"Required absent, there, patch", kPatch, "settled", "{'Size':1}", true},
      {"Required null, there, patch", kPatch, "settled", "{'Name':null}", false},
      {"Required absent, unsettled, patch", kPatch, "unsettled", "{'Size':1}", false},
      {"RequiredOnCreate absent", kReconcile, "none", "{'Name':'n'}", false},
      {"RequiredOnCreate null", kReconcile, "none", "{'Name':'n','Kind':null}", false},
      {"RequiredOnCreate absent, there", kReconcile, "settled", "{'Name':'n'}", true},
      {"RequiredOnCreate absent, unsettled", kReconcile, "unsettled", "{'Name':'n'}", true},
      {"nested absent", kReconcile, "settled", "{'Name':'n','Settings':{'Zone':1}}", false},
      {"nested there", kReconcile, "settled", "{'Name':'n','Settings':{'Level':1}}", true},
      {"nested absent, there, patch", kPatch, "settled", "{'Settings':{'Size':1}}", true},
  };
  for (const RequiredCase& each : cases) {
    std::vector<BelievedRow> rows = {settled_row(id("sibling"), named("sibling"))};
    if (each.row == "settled") rows.push_back(settled_row(kBoxId, {}));
    if (each.row == "unsettled") rows.push_back(unsettled_create(kBoxId, {}));
    const CommandRequest request = apply_of(each.mode, {declared(kBoxId, object(each.properties))});
    EXPECT_EQ(answer(snapshot_of(rows), request),
              each.passes ? "accepted" : "RequiredFieldMissingOnCreate")
        << each.what;
  }
}

TEST(Conflicts, NamedStackIsBusy) {
  // Any update of a running command counts, finished or not, also for a destroy of nothing.
  Snapshot snapshot = snapshot_of({});
  snapshot.running = {running(id("x"), UpdateOperation::kCreate)};
  snapshot.running[0].updates[0].state = UpdateState::kSuccess;
  EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {declared(id("a"), named("a"))})),
            "ConflictingCommands");
  EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {}, {"s"})), "ConflictingCommands");
  EXPECT_EQ(answer(snapshot, destroy_of({id("a")})), "ConflictingCommands");
  EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {declared(id("a", "free"), named("a"))})),
            "accepted");
}

TEST(References, ProducerMustBeThere) {
  // In the forma, or as a row with a native id that this command does not delete.
  const ResourceIdentity p = id("p", "other");
  const CommandRequest request = apply_of(kReconcile, {declared(id("c"), consumer("c", p))});
  EXPECT_EQ(answer(snapshot_of({}), request), "ReferencedResourcesNotFound");
  EXPECT_EQ(answer(snapshot_of({unsettled_create(p, named("p"))}), request),
            "ReferencedResourcesNotFound");
  EXPECT_EQ(answer(snapshot_of({settled_row(p, named("p"))}), request), "accepted");

  CommandRequest both = request;
  both.forma.resources.push_back(declared(p, named("p")));
  EXPECT_EQ(answer(snapshot_of({unsettled_create(p, named("p"))}), both), "accepted");

  CommandRequest emptied = request;
  emptied.forma.stacks = {{"other", ""}};
  EXPECT_EQ(answer(snapshot_of({settled_row(p, named("p"))}), emptied),
            "ReferencedResourcesNotFound");
  emptied.mode = kPatch;
  EXPECT_EQ(answer(snapshot_of({settled_row(p, named("p", "v")), settled_row(id("c"), named("c"))}),
                   emptied),
            "accepted");
}

TEST(References, ToWhatACascadeDeletesAreMissing) {
  // The producer is in no named stack, but goes with what it references.
  const ResourceIdentity middle = id("middle", "other");
  const Snapshot snapshot = snapshot_of(
      {settled_row(id("p"), named("p")), settled_row(middle, consumer("middle", id("p")))});
  CommandRequest request = apply_of(kReconcile, {declared(id("c"), consumer("c", middle))});
  EXPECT_EQ(answer(snapshot, request), "ResourceHasDependents");
  request.on_dependents = OnDependents::kCascade;
  EXPECT_EQ(answer(snapshot, request), "ReferencedResourcesNotFound");
}

TEST(References, ToWhatAFailedReplacementLeft) {
  // Such a row is no object: only a plan that creates it may refer to it, be the reference new or
  // declared before.
  const ResourceIdentity p = id("p", "other");
  const BelievedRow left = half_replaced(p, named("p"));
  const BelievedRow consumer_left = half_replaced(id("c"), consumer("c", p));
  const Snapshot snapshot = snapshot_of({left, consumer_left});
  EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {declared(id("c"), consumer("c", p))})),
            "ReferencedResourcesNotFound");
  const DeclaredResource tagged = declared(id("c"), {{"Name", "c"}, {"SetTags", {"x"}}});
  EXPECT_EQ(answer(snapshot, apply_of(kPatch, {tagged})), "ReferencedResourcesNotFound");
  EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {tagged})), "accepted");
  EXPECT_EQ(answer(snapshot, apply_of(kPatch, {tagged, declared(p, named("p"))})), "accepted");
}

TEST(Cycles, AmongTheFormasResources) {
  // Of two, of one; a row outside the forma that references back does not count.
  EXPECT_EQ(
      answer(snapshot_of({}), apply_of(kReconcile, {declared(id("a"), consumer("a", id("b"))),
                                                    declared(id("b"), consumer("b", id("a")))})),
      "CyclesDetected");
  EXPECT_EQ(answer_to(declared(id("a"), consumer("a", id("a")))), "CyclesDetected");
  const Snapshot snapshot = snapshot_of(
      {settled_row(id("a"), named("a", "v")), settled_row(id("b"), consumer("b", id("a")))});
  EXPECT_EQ(answer(snapshot, apply_of(kPatch, {declared(id("a"), consumer("a", id("b")))})),
            "accepted");
}

TEST(Conflicts, CascadeIntoABusyStack) {
  // The stack is not named, but one of its rows would go.
  Snapshot snapshot = snapshot_of(
      {settled_row(id("p"), named("p")), settled_row(id("c", "two"), consumer("c", id("p")))});
  snapshot.running = {running(id("x", "two"), UpdateOperation::kUpdate)};
  EXPECT_EQ(answer(snapshot, destroy_of({id("p")}, OnDependents::kCascade)), "ConflictingCommands");
}

TEST(Conflicts, Claims) {
  // What one command references another may not delete, whichever came first.
  const ResourceIdentity p = id("p", "other");
  Snapshot snapshot = snapshot_of({settled_row(p, named("p", "v"))});
  const CommandRequest reference = apply_of(kReconcile, {declared(id("c"), consumer("c", p))});
  snapshot.running = {running(p, UpdateOperation::kDelete)};
  EXPECT_EQ(answer(snapshot, reference), "ConflictingCommands");
  snapshot.running = {running(p, UpdateOperation::kUpdate)};
  EXPECT_EQ(answer(snapshot, reference), "accepted");

  snapshot.running = {running(id("c"), UpdateOperation::kCreate, {p})};
  EXPECT_EQ(answer(snapshot, destroy_of({p})), "ConflictingCommands");
  snapshot.running = {running(id("c"), UpdateOperation::kDelete, {p})};
  EXPECT_EQ(answer(snapshot, destroy_of({p})), "accepted");
}

TEST(Dependents, BlockADeleteUnlessItCascades) {
  // By `declared`, or by a document that may have been applied; rows that go too do not block.
  const ResourceIdentity c = id("c", "two");
  const BelievedRow p = settled_row(id("p"), named("p"));
  for (const BelievedRow& dependent :
       {settled_row(c, consumer("c", id("p"))), unsettled_create(c, consumer("c", id("p")))}) {
    const Snapshot snapshot = snapshot_of({p, dependent});
    EXPECT_EQ(answer(snapshot, destroy_of({id("p")})), "ResourceHasDependents");
    EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {}, {"s"})), "ResourceHasDependents");
    EXPECT_EQ(answer(snapshot, destroy_of({id("p")}, OnDependents::kCascade)), "accepted");
    EXPECT_EQ(answer(snapshot, destroy_of({id("p"), c})), "accepted");
    EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {declared(c, named("c"))}, {"s"})), "accepted");
  }
}

// p in stack s, renamed by the request, and a consumer of it in stack two.
CommandRequest renaming() { return apply_of(kReconcile, {declared(id("p"), named("renamed"))}); }
std::vector<BelievedRow> producer_and_consumer() {
  return {settled_row(id("p"), named("p", "v")),
          settled_row(id("c", "two"), consumer("c", id("p")), named("c", "v"))};
}

TEST(Replace, HasDependentsUnlessItCascades) {
  // What refers to the old object must follow it, in the forma or by cascade.
  CommandRequest request = renaming();
  const Snapshot snapshot = snapshot_of(producer_and_consumer());
  EXPECT_EQ(answer(snapshot, request), "ResourceHasDependents");
  request.on_dependents = OnDependents::kCascade;
  EXPECT_EQ(answer(snapshot, request), "accepted");
  request.on_dependents = OnDependents::kAbort;
  request.forma.resources.push_back(declared(id("c", "two"), consumer("c", id("p"))));
  EXPECT_EQ(answer(snapshot, request), "accepted");
}

TEST(Replace, ClaimsWithBothHalves) {
  // The delete half conflicts with who refers to the identity, the create half with who deletes
  // what it refers to; a cascade conflicts in the stacks it reaches.
  Snapshot snapshot = snapshot_of({settled_row(id("p"), named("p"))});
  snapshot.running = {running(id("x", "two"), UpdateOperation::kCreate, {id("p")})};
  EXPECT_EQ(answer(snapshot, renaming()), "ConflictingCommands");

  snapshot = snapshot_of({settled_row(id("q", "three"), named("q", "v")),
                          settled_row(id("p"), consumer("p", id("q", "three")))});
  CommandRequest request =
      apply_of(kReconcile, {declared(id("p"), consumer("renamed", id("q", "three")))});
  EXPECT_EQ(answer(snapshot, request), "accepted");
  snapshot.running = {running(id("q", "three"), UpdateOperation::kDelete)};
  EXPECT_EQ(answer(snapshot, request), "ConflictingCommands");

  snapshot = snapshot_of(producer_and_consumer());
  request = renaming();
  request.on_dependents = OnDependents::kCascade;
  snapshot.running = {running(id("x", "two"), UpdateOperation::kUpdate)};
  EXPECT_EQ(answer(snapshot, request), "ConflictingCommands");
}

TEST(ReconcileRejected, WhatSomebodyElseWroteLast) {
  // Updated, replaced or deleted, it is refused; untouched, forced or patched, it is not.
  const Snapshot snapshot = snapshot_of(
      {not_declared(settled_row(id("a"), named("a", "v"))), settled_row(id("b"), named("b", "v"))});
  const auto apply = [&](const JsonObject& a) {
    return apply_of(kReconcile, {declared(id("a"), a), declared(id("b"), named("b", "changed"))});
  };
  EXPECT_EQ(answer(snapshot, apply(named("a", "v"))), "accepted");
  EXPECT_EQ(answer(snapshot, apply(named("a", "w"))), "ReconcileRejected");
  EXPECT_EQ(answer(snapshot, apply(named("renamed", "v"))), "ReconcileRejected");
  EXPECT_EQ(answer(snapshot, apply_of(kReconcile, {declared(id("b"), named("b", "v"))})),
            "ReconcileRejected");
  EXPECT_EQ(answer(snapshot, destroy_of({id("a")})), "accepted");

  CommandRequest forced = apply(named("a", "w"));
  forced.force = true;
  EXPECT_EQ(answer(snapshot, forced), "accepted");
  CommandRequest patch = apply(named("a", "w"));
  patch.mode = kPatch;
  EXPECT_EQ(answer(snapshot, patch), "accepted");
}

TEST(ReconcileRejected, CountsCascadesButNotWhatIsNoObject) {
  // What follows a replacement is overwritten as well; a row without native id holds nothing that
  // could be lost.
  std::vector<BelievedRow> rows = producer_and_consumer();
  rows[1].is_declared = false;
  CommandRequest request = renaming();
  request.on_dependents = OnDependents::kCascade;
  EXPECT_EQ(answer(snapshot_of(rows), request), "ReconcileRejected");

  const CommandRequest again = apply_of(kReconcile, {declared(id("a"), named("a", "w"))});
  for (const BelievedRow& row :
       {half_replaced(id("a"), named("a")), unsettled_create(id("a"), named("a"))}) {
    EXPECT_EQ(answer(snapshot_of({not_declared(row)}), again), "accepted");
  }
}

TEST(Simulate, SaysWhatWouldBeDone) {
  // Other commands do not matter, all other checks do; and nothing is kept, not even a target.
  Snapshot snapshot = snapshot_of({settled_row(id("a"), named("a", "v"))});
  snapshot.running = {running(id("x"), UpdateOperation::kCreate, {id("a")})};
  CommandRequest request = apply_of(kReconcile, {declared(id("a"), named("renamed"))});
  request.simulate = true;
  const Verdict verdict = admit(snapshot, request);
  ASSERT_EQ(in_short(verdict), "would do");
  ASSERT_EQ(std::get<WouldDo>(verdict).plan.updates.size(), 2u);
  EXPECT_EQ(std::get<WouldDo>(verdict).plan.updates[0].operation, UpdateOperation::kDelete);
  EXPECT_EQ(std::get<WouldDo>(verdict).plan.updates[1].operation, UpdateOperation::kCreate);

  request.forma.resources[0].properties = named("a", "v");
  request.forma.resources[0].properties.set("SetTags", JsonArray());
  snapshot.rows.at(id("a")).is_declared = false;
  request.forma.targets = {target_of("new", "Test")};
  const Verdict nothing = admit(snapshot, request);
  ASSERT_EQ(in_short(nothing), "nothing");
  EXPECT_TRUE(std::get<NothingPlanned>(nothing).rewrites.empty());
  EXPECT_TRUE(std::get<NothingPlanned>(nothing).targets.empty());

  request.forma.resources[0].properties = named("a", "w");
  EXPECT_EQ(answer(snapshot, request), "ReconcileRejected");
  request.forma.resources[0].properties = consumer("a", id("nobody"));
  EXPECT_EQ(answer(snapshot, request), "ReferencedResourcesNotFound");
}

TEST(Simulate, TakesABusyStackAsExisting) {
  // Somebody's first resource is on its way there, which otherwise would be a conflict.
  Snapshot snapshot = snapshot_of({});
  CommandRequest patch = apply_of(kPatch, {declared(id("a"), named("a"))});
  patch.simulate = true;
  EXPECT_EQ(answer(snapshot, patch), "PatchRejected");
  snapshot.running = {running(id("x"), UpdateOperation::kCreate)};
  EXPECT_EQ(answer(snapshot, patch), "would do");
}

TEST(Stacks, PatchNeedsThemAll) {
  // A stack exists while it has rows, unsettled ones too.
  const auto patch = apply_of(kPatch, {declared(id("a"), named("a"))});
  EXPECT_EQ(answer(snapshot_of({}), patch), "PatchRejected");
  EXPECT_EQ(answer(snapshot_of({unsettled_create(id("u"), {})}), patch), "accepted");
  EXPECT_EQ(answer(snapshot_of({settled_row(id("u"), {})}),
                   apply_of(kPatch, {declared(id("a"), named("a"))}, {"unknown"})),
            "PatchRejected");
}

TEST(Stacks, ReconcileDoesNotMakeEmptyOnes) {
  // An existing stack may be emptied, and a destroy may name any.
  EXPECT_EQ(answer(snapshot_of({}), apply_of(kReconcile, {}, {"s"})), "EmptyStackRejected");
  EXPECT_EQ(
      answer(snapshot_of({settled_row(id("a"), named("a"))}), apply_of(kReconcile, {}, {"s"})),
      "accepted");
  EXPECT_EQ(answer(snapshot_of({}), destroy_of({id("a")})), "nothing");
}

TEST(Nothing, BringsRewritesAndTargets) {
  // Nothing is planned, and yet the row's declaration and the target are committed.
  BelievedRow row = settled_row(id("a"), named("a"));
  row.actual.set("Value", "v");
  CommandRequest request = apply_of(kReconcile, {declared(id("a"), named("a", "v"))});
  request.forma.targets = {target_of("new", "Test")};
  const Verdict verdict = admit(snapshot_of({row}), request);
  ASSERT_EQ(in_short(verdict), "nothing");
  const auto& nothing = std::get<NothingPlanned>(verdict);
  ASSERT_EQ(nothing.rewrites.size(), 1u);
  EXPECT_EQ(nothing.rewrites[0].declared, named("a", "v"));
  ASSERT_EQ(nothing.targets.size(), 1u);
  EXPECT_EQ(nothing.targets[0].label, "new");
  EXPECT_EQ(answer(snapshot_of({}), apply_of(kPatch, {})), "nothing");
}

TEST(Sync, IsAcceptedWhereThereIsSomethingToRead) {
  // A sync conflicts with nothing.
  CommandRequest request;
  request.kind = CommandKind::kSync;
  Snapshot snapshot = snapshot_of({settled_row(id("a"), named("a"))});
  EXPECT_EQ(answer(snapshot, request), "accepted");
  snapshot.running = {running(id("x"), UpdateOperation::kUpdate)};
  EXPECT_EQ(answer(snapshot, request), "accepted");
  EXPECT_EQ(answer(snapshot_of({}), request), "nothing");
}

// One flaw that one check refuses. Each works on a world of its own stack, so that flaws can be put
// together without hiding one another.
struct Flaw {
  std::string refused_as;
  std::function<void(Snapshot&, CommandRequest&)> add;
};

void add_row(Snapshot& snapshot, const BelievedRow& row) {
  snapshot.rows.emplace(row.identity, row);
}

// In the order of the checks. All of them fit into a reconcile apply, but for PatchRejected.
std::vector<Flaw> flaws() {
  return {
      {"InvalidForma",
       [](Snapshot&, CommandRequest& request) {
         request.forma.resources.push_back(declared(id("1", "s1", "No::Such::Type"), {}));
       }},
      {"TargetAlreadyExists",
       [](Snapshot&, CommandRequest& request) {
         request.forma.targets.push_back(target_of("t", "Lab"));
       }},
      {"TargetReferenceNotFound",
       [](Snapshot&, CommandRequest& request) {
         request.forma.resources.push_back({id("3", "s3"), "nowhere", named("3")});
       }},
      {"RequiredFieldMissingOnCreate",
       [](Snapshot&, CommandRequest& request) {
         request.forma.resources.push_back(declared(id("4", "s4"), {}));
       }},
      {"ConflictingCommands",
       [](Snapshot& snapshot, CommandRequest& request) {
         snapshot.running.push_back(running(id("5", "s5"), UpdateOperation::kUpdate));
         request.forma.stacks.push_back({"s5", ""});
       }},
      {"ReferencedResourcesNotFound",
       [](Snapshot&, CommandRequest& request) {
         request.forma.resources.push_back(
             declared(id("6", "s6"), consumer("6", id("nobody", "s6"))));
       }},
      {"CyclesDetected",
       [](Snapshot&, CommandRequest& request) {
         request.forma.resources.push_back(declared(id("8", "s8"), consumer("8", id("8", "s8"))));
       }},
      {"ConflictingCommands",
       [](Snapshot& snapshot, CommandRequest& request) {
         add_row(snapshot, settled_row(id("9", "s9"), named("9")));
         snapshot.running.push_back(
             running(id("x", "s9b"), UpdateOperation::kUpdate, {id("9", "s9")}));
         request.forma.stacks.push_back({"s9", ""});
       }},
      {"ResourceHasDependents",
       [](Snapshot& snapshot, CommandRequest& request) {
         add_row(snapshot, settled_row(id("10", "s10"), named("10")));
         add_row(snapshot, settled_row(id("x", "s10b"), consumer("x", id("10", "s10"))));
         request.forma.stacks.push_back({"s10", ""});
       }},
      {"ReconcileRejected",
       [](Snapshot& snapshot, CommandRequest& request) {
         add_row(snapshot, not_declared(settled_row(id("7", "s7"), named("7"))));
         request.forma.resources.push_back(declared(id("7", "s7"), named("7", "changed")));
       }},
      {"EmptyStackRejected",
       [](Snapshot&, CommandRequest& request) { request.forma.stacks.push_back({"s11", ""}); }},
  };
}

TEST(Precedence, TheFirstFailingCheckAnswers) {
  // Every flaw alone, and every pair of them, in either order of the forma.
  const std::vector<Flaw> all = flaws();
  for (size_t first = 0; first < all.size(); ++first) {
    for (size_t second = first; second < all.size(); ++second) {
      for (const bool swapped : {false, true}) {
        Snapshot snapshot = snapshot_of({});
        CommandRequest request = apply_of(kReconcile, {declared(id("good"), named("good"))});
        all[swapped ? second : first].add(snapshot, request);
        if (first != second) all[swapped ? first : second].add(snapshot, request);
        EXPECT_EQ(answer(snapshot, request), all[first].refused_as) << first << " " << second;
      }
    }
  }
}

TEST(Precedence, PatchRejectedComesBeforeNothing) {
  // A patch of nothing in an unknown stack is refused, and after every other check.
  EXPECT_EQ(answer(snapshot_of({}), apply_of(kPatch, {}, {"unknown"})), "PatchRejected");
  EXPECT_EQ(answer(snapshot_of({}), apply_of(kPatch, {declared(id("a"), consumer("a", id("a")))})),
            "CyclesDetected");
}

TEST(Precedence, ANewCommandSeesBusyBeforeDependents) {
  // The cascade check comes after the conflicts, and a destroy follows the same order.
  Snapshot snapshot = snapshot_of(
      {settled_row(id("p"), named("p")), settled_row(id("c", "two"), consumer("c", id("p")))});
  snapshot.running = {running(id("x", "three"), UpdateOperation::kCreate, {id("p")})};
  EXPECT_EQ(answer(snapshot, destroy_of({id("p")})), "ConflictingCommands");
}

}  // namespace
}  // namespace squall::spec::admit_test
