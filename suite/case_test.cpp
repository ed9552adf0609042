#include "suite/case.h"

#include <gtest/gtest.h>

#include <set>

#include "documents/generic_types.h"
#include "spec/admit.h"

namespace squall::suite {
namespace {

JsonObject child_of(const std::string& parent) {
  return {{"ParentId", JsonObject{{"$ref", parent + ".Name"}}}};
}

// Two stacks; c is a child of p, g of c; x stands alone, elsewhere.
World family() {
  World world;
  world.stacks = {"s", "t"};
  world.slots = {{"p", std::string(kGenericResource), "s", {}},
                 {"c", std::string(kGenericChild), "s", child_of("p")},
                 {"g", std::string(kGenericGrandchild), "t", child_of("c")},
                 {"x", std::string(kGenericResource), "t", {}}};
  return world;
}

Operation apply(std::vector<WantedResource> resources) {
  Operation operation;
  operation.stacks = {"s"};
  operation.resources = std::move(resources);
  return operation;
}

spec::Verdict verdict(const World& world, const Operation& operation) {
  spec::Snapshot nothing;
  nothing.schemas = &generic_types();
  return spec::admit(nothing, request_of(world, operation));
}

// Shows: a forma gets Name and ParentId from the slot, the target, and what the operation wants.
TEST(FormaOf, SaysWhatTheSlotsSay) {
  const Forma forma = forma_of(family(), apply({{"p", {{"Value", "a"}}}, {"c", {{"Value", "b"}}}}));
  ASSERT_EQ(forma.stacks.size(), 1U);
  EXPECT_EQ(forma.stacks[0].label, "s");
  ASSERT_EQ(forma.targets.size(), 1U);
  EXPECT_EQ(forma.targets[0].name_space, kNamespace);
  ASSERT_EQ(forma.resources.size(), 2U);
  const DeclaredResource& child = forma.resources[1];
  EXPECT_EQ(child.identity, (ResourceIdentity{"s", "c", std::string(kGenericChild)}));
  EXPECT_EQ(child.target, kTarget);
  EXPECT_EQ(child.properties.at("Name"), Json("c"));
  EXPECT_EQ(child.properties.at("Value"), Json("b"));
  const auto parent = as_reference(child.properties.at("ParentId"));
  ASSERT_TRUE(parent.has_value());
  EXPECT_EQ(parent->producer, (ResourceIdentity{"s", "p", std::string(kGenericResource)}));
  EXPECT_EQ(parent->property, "Name");
}

// Shows: short references are written out wherever they stand; an object that only looks like one
// stays as it is.
TEST(FormaOf, WritesReferencesOut) {
  const JsonObject wanted = {
      {"Value", {{"$ref", "x.Value"}}},
      {"OrderedItems", JsonArray{"a", JsonObject{{"In", JsonObject{{"$ref", "p.Id"}}}}}},
      {"SetTags", JsonArray{JsonObject{{"$ref", "x"}}}}};
  const Forma forma = forma_of(family(), apply({{"p", wanted}}));
  const JsonObject& properties = forma.resources.at(0).properties;
  const auto value = as_reference(properties.at("Value"));
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->producer, (ResourceIdentity{"t", "x", std::string(kGenericResource)}));
  EXPECT_EQ(value->property, "Value");
  EXPECT_TRUE(as_reference(properties.at("OrderedItems").at(1).at("In")).has_value());
  EXPECT_EQ(properties.at("SetTags").at(0), (JsonObject{{"$ref", "x"}}));
}

// Shows: what one block declares is where the first of it is, and is treated as that is; with count
// none is left out before another; and what refers to something is in no such block.
TEST(FormaOf, GroupsAreOfOneBlock) {
  World world;
  world.stacks = {"s"};
  for (const char* label : {"a", "b", "c"})
    world.slots.push_back({label, std::string(kGenericResource), "s", {}});
  const auto groups = [&](const std::vector<WantedResource>& resources) {
    std::string out;
    for (const DeclaredResource& each : forma_of(world, apply(resources)).resources)
      out += each.identity.label + (each.placement.group.empty() ? " alone " : " in it ");
    return out;
  };
  const auto wanted = [](const std::string& label, Repetition repetition, Json value = "x") {
    WantedResource out{label, {{"Value", std::move(value)}}};
    out.placement.repetition = repetition;
    out.placement.group = {"a", "b", "c"};
    return out;
  };
  const auto count = Repetition::kCount;
  const auto for_each = Repetition::kForEach;
  EXPECT_EQ(groups({wanted("a", count), wanted("b", count)}), "a in it b in it ");
  EXPECT_EQ(groups({wanted("a", count), wanted("c", count)}), "a in it c alone ");
  EXPECT_EQ(groups({wanted("b", count)}), "b alone ");
  EXPECT_EQ(groups({wanted("b", for_each), wanted("c", for_each)}), "b in it c in it ");
  EXPECT_EQ(groups({wanted("a", for_each), wanted("b", for_each, JsonObject{{"$ref", "a.Name"}})}),
            "a in it b alone ");
  EXPECT_EQ(groups({wanted("a", Repetition::kNone)}), "a alone ");
  WantedResource first = wanted("a", count);
  first.placement.module = "m0";
  first.placement.prevent_destroy = true;
  WantedResource second = wanted("b", for_each);
  second.placement.triggered_by = {"a"};
  const Forma forma = forma_of(world, apply({first, second}));
  EXPECT_EQ(forma.resources.back().placement, forma.resources.front().placement);
  EXPECT_EQ(forma.resources.back().placement.module, "m0");
  const auto counted = Repetition::kModuleCount;
  EXPECT_EQ(groups({wanted("a", counted), wanted("c", counted)}), "a in it c alone ");
}

// Shows: what replaces a resource stands in the same module, which nothing else does where it has a
// module of its own.
TEST(FormaOf, TriggersAreOfOneModule) {
  const auto triggers = [](Placement of_a, Placement of_x) {
    Operation operation = apply({{"p", {}}, {"x", {}}});
    operation.resources[0].placement = std::move(of_a);
    operation.resources[1].placement = std::move(of_x);
    operation.resources[1].placement.triggered_by = {"p"};
    return forma_of(family(), operation).resources[1].placement.triggered_by.size();
  };
  EXPECT_EQ(triggers({.module = "m0/m1"}, {.module = "m0/m1"}), 1U);
  EXPECT_EQ(triggers({.module = "m0"}, {.module = "m0/m1"}), 0U);
  EXPECT_EQ(triggers({.repetition = Repetition::kModuleCount}, {}), 0U);
  EXPECT_EQ(triggers({}, {.repetition = Repetition::kModuleForEach}), 0U);
}

// Shows: a destroy names its resources and says nothing of their properties or of targets.
TEST(FormaOf, DestroyNamesIdentities) {
  Operation operation = apply({{"x", {{"Value", "a"}}}});
  operation.kind = "destroy";
  const CommandRequest request = request_of(family(), operation);
  EXPECT_EQ(request.kind, CommandKind::kDestroy);
  EXPECT_TRUE(request.forma.targets.empty());
  EXPECT_TRUE(request.forma.stacks.empty());
  EXPECT_FALSE(request.forma.resources.at(0).properties.contains("Value"));
}

// Shows: each flaw is rejected for what it is, also as the first request an engine ever gets.
TEST(FormaOf, FlawsAreRejected) {
  const std::vector<std::pair<Flaw, RejectionType>> expected = {
      {Flaw::kDuplicateResource, RejectionType::kInvalidForma},
      {Flaw::kUnknownField, RejectionType::kInvalidForma},
      {Flaw::kUnknownTarget, RejectionType::kTargetReferenceNotFound},
      {Flaw::kOtherNamespace, RejectionType::kTargetAlreadyExists},
      {Flaw::kMissingName, RejectionType::kRequiredFieldMissingOnCreate},
      {Flaw::kDanglingReference, RejectionType::kReferencedResourcesNotFound},
      {Flaw::kCycle, RejectionType::kCyclesDetected}};
  ASSERT_EQ(expected.size() + 1, kFlaws);
  Operation operation = apply({{"p", {{"Value", "a"}}}});
  EXPECT_TRUE(std::holds_alternative<spec::Plan>(verdict(family(), operation)));
  for (const auto& [flaw, rejection] : expected) {
    operation.flaw = flaw;
    const spec::Verdict answer = verdict(family(), operation);
    const auto* refused = std::get_if<spec::Refused>(&answer);
    ASSERT_NE(refused, nullptr) << to_string(flaw);
    EXPECT_EQ(refused->type, rejection) << to_string(flaw) << ": " << refused->reason;
  }
}

// Shows: a flaw in a forma without resources does no harm.
TEST(FormaOf, FlawsNeedSomethingToBreak) {
  for (size_t i = 0; i < kFlaws; ++i) {
    Operation operation = apply({});
    operation.flaw = static_cast<Flaw>(i);
    EXPECT_TRUE(forma_of(family(), operation).resources.empty());
  }
}

// Shows: every flaw has a name that reads back; an unknown name is answered with the known ones.
TEST(Flaw, HasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kFlaws; ++i) {
    const auto flaw = static_cast<Flaw>(i);
    names.insert(to_string(flaw));
    EXPECT_EQ(parse_flaw(to_string(flaw)).value(), flaw);
  }
  EXPECT_EQ(names.size(), kFlaws);
  const Result<Flaw> unknown = parse_flaw("typo");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message.find("unknown flaw \"typo\": use one of none, duplicate"),
            std::string::npos);
}

Case case_of(std::vector<Operation> operations) {
  Case out;
  out.world = family();
  out.operations = std::move(operations);
  return out;
}

std::vector<std::string> labels_of(const World& world) {
  std::vector<std::string> out;
  for (const Slot& slot : world.slots) out.push_back(slot.label);
  return out;
}

// Shows: pruning keeps what is used, its parents and theirs, and drops the rest with its stacks.
TEST(Pruned, KeepsParents) {
  Case value = case_of({apply({{"g", {}}})});
  value.operations[0].stacks = {"t"};
  EXPECT_EQ(labels_of(pruned(value).world), (std::vector<std::string>{"p", "c", "g"}));
  EXPECT_EQ(pruned(value).world.stacks, (std::vector<std::string>{"s", "t"}));
  value.operations[0].resources = {{"x", {}}};
  EXPECT_EQ(labels_of(pruned(value).world), (std::vector<std::string>{"x"}));
  EXPECT_EQ(pruned(value).world.stacks, (std::vector<std::string>{"t"}));
}

// Shows: what is referenced, however deep, and what a fault names, counts as used.
TEST(Pruned, KeepsReferences) {
  Case value = case_of({apply({})});
  value.operations[0].resources = {
      {"p", {{"OrderedItems", JsonArray{JsonObject{{"$ref", "x.Name"}}}}}}};
  cloud::FaultRule rule;
  rule.label = "c";
  value.operations[0].faults = {rule};
  EXPECT_EQ(labels_of(pruned(value).world), (std::vector<std::string>{"p", "c", "x"}));
}

// Shows: a stack that an operation mentions stays, though nothing is in it; a case without
// operations keeps its stacks.
TEST(Pruned, KeepsMentionedStacks) {
  Case value = case_of({apply({})});
  EXPECT_EQ(pruned(value).world.stacks, (std::vector<std::string>{"s"}));
  EXPECT_TRUE(pruned(value).world.slots.empty());
  value.operations.clear();
  EXPECT_EQ(pruned(value).world.stacks, (std::vector<std::string>{"s", "t"}));
}

// Shows: faults, armed crashes and crash operations all count.
TEST(FaultCount, CountsEverythingThatStrikes) {
  Operation crash;
  crash.kind = "crash";
  Operation both = apply({});
  both.faults.resize(2);
  both.crashes.resize(1);
  EXPECT_EQ(fault_count(case_of({crash, both, apply({})})), 4U);
}

// Shows: an operation reads as one line that names everything that matters about it.
TEST(Words, OfOperations) {
  Operation operation = apply({{"p", {{"Value", "a"}}}, {"x", {{"Value", {{"$ref", "p.Name"}}}}}});
  operation.force = true;
  operation.blocking = false;
  EXPECT_EQ(words(family(), operation),
            "apply   s  reconcile force  p {Value: a}, x {Value: →p.Name}  (not waited for)");
  Operation empty = apply({});
  empty.mode = Mode::kPatch;
  empty.flaw = Flaw::kCycle;
  EXPECT_EQ(words(family(), empty), "apply   s  patch  nothing  (flaw: cycle)");
  Operation destroy = apply({{"x", {}}});
  destroy.kind = "destroy";
  destroy.on_dependents = OnDependents::kCascade;
  EXPECT_EQ(words(family(), destroy), "destroy t/x  cascade");
  Operation wait;
  wait.kind = "wait";
  wait.duration = std::chrono::milliseconds(30);
  EXPECT_EQ(words(family(), wait), "wait    30 ms");
}

// Shows: a fault reads as what happens to which call of which resource.
TEST(Words, OfFaults) {
  cloud::FaultRule rule;
  rule.label = "p";
  rule.call = CallKind::kCreate;
  rule.effect.kind = "lost-reply";
  EXPECT_EQ(words(rule), "reply to create #1 of p lost (applied; silence)");
  rule.effect = {.kind = "error", .code = ErrorCode::kAccessDenied, .delay = Duration(0)};
  rule.nth = 2;
  rule.count = 3;
  EXPECT_EQ(words(rule), "create #2 to #4 of p answered AccessDenied (nothing applied)");
  rule = {};
  rule.permille = 50;
  rule.effect = {.kind = "latency", .code = {}, .delay = Duration(1500)};
  EXPECT_EQ(words(rule), "any call with probability 50 in 1000 of any resource takes 1500 us");
}

// Shows: every crash moment has words of its own, with its ordinal.
TEST(Words, OfCrashes) {
  std::set<std::string> all;
  for (size_t i = 0; i < kCrashMoments; ++i) {
    const std::string text = words(CrashPoint{static_cast<CrashMoment>(i), 7});
    EXPECT_NE(text.find("#7"), std::string::npos) << text;
    all.insert(text);
  }
  EXPECT_EQ(all.size(), kCrashMoments);
}

// Shows: every fault of a store has words of its own, with its ordinal.
TEST(Words, OfStoreFaults) {
  std::set<std::string> all;
  for (size_t i = 0; i < kStoreOperations; ++i) {
    for (size_t j = 0; j < kStoreFaultKinds; ++j) {
      const std::string text =
          words(StoreFault{static_cast<StoreOperation>(i), static_cast<StoreFaultKind>(j), 7});
      EXPECT_NE(text.find("#7"), std::string::npos) << text;
      all.insert(text);
    }
  }
  EXPECT_EQ(all.size(), kStoreOperations * kStoreFaultKinds);
}

}  // namespace
}  // namespace squall::suite
