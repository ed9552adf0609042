#include "campaign/case_shrink.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "campaign/sample_test.h"

namespace squall::campaign {
namespace {

// A case with something of everything that can be taken out.
suite::Case large_case() {
  suite::Case out;
  out.world.stacks = {"stack-0", "stack-1"};
  for (const char* label : {"a", "b", "c"}) {
    out.world.slots.push_back({.label = label,
                               .type = std::string(kGenericResource),
                               .stack = "stack-1",
                               .properties = {}});
  }
  out.world.slots[2].type = kGenericChild;
  out.world.slots[2].properties = {{"ParentId", {{"$ref", "a.Name"}}}};
  out.world.provider_rate = 400;
  out.world.store = StoreKind::kHttp;
  for (int i = 0; i < 4; ++i) {
    suite::Operation operation;
    operation.kind = "apply";
    operation.mode = Mode::kPatch;
    operation.blocking = false;
    operation.stacks = {"stack-0", "stack-1"};
    for (const char* label : {"a", "b", "c"}) {
      operation.resources.push_back({.label = label, .properties = {{"Value", "x"}}});
    }
    cloud::FaultRule fault;
    fault.label = "b";
    fault.nth = 3;
    fault.effect = {.kind = "throttling", .code = std::nullopt, .delay = Duration(0)};
    operation.faults = {fault, fault};
    operation.crashes = {{.moment = CrashMoment::kAfterCommit, .nth = 2}};
    operation.store_faults = {{.operation = StoreOperation::kUnlock}};
    out.operations.push_back(std::move(operation));
  }
  return out;
}

std::string as_text(const suite::Case& test_case) {
  suite::Scenario scenario;
  scenario.test_case = test_case;
  return suite::to_text(scenario);
}

TEST(CaseShrink, TakesOutWhatTheFailureDoesNotNeed) {
  // Shows that only what the failure needs is left: two operations, one of them with a resource,
  // the other with a crash; all else is gone or plain.
  const auto fails = [](const suite::Case& test_case) {
    bool asked_for = false;
    for (const suite::Operation& operation : test_case.operations) {
      if (asked_for && !operation.crashes.empty()) return true;
      asked_for = asked_for || std::ranges::any_of(operation.resources, [](const auto& each) {
                    return each.label == "b";
                  });
    }
    return false;
  };
  const CaseShrinkResult result = shrink_case(large_case(), fails, {});
  EXPECT_TRUE(result.complete);
  EXPECT_TRUE(fails(result.simplest));

  suite::Case expected;
  expected.world.stacks = {"stack-1"};
  expected.world.slots = {
      {.label = "b", .type = std::string(kGenericResource), .stack = "stack-1", .properties = {}}};
  suite::Operation first;
  first.stacks = {"stack-1"};
  first.resources = {{.label = "b", .properties = {}}};
  suite::Operation second;
  second.crashes = {{.moment = CrashMoment::kAfterCommit, .nth = 1}};
  expected.operations = {first, second};
  EXPECT_EQ(as_text(result.simplest), as_text(expected));
}

TEST(CaseShrink, RefusesACallInsteadOfDrift) {
  // Shows that drift before or after a command, where all it does is to make that fail, becomes a
  // fault of the command: an operation less.
  suite::Case before;
  before.world.stacks = {"s"};
  before.world.slots = {
      {.label = "b", .type = std::string(kGenericResource), .stack = "s", .properties = {}}};
  suite::Operation apply;
  apply.stacks = {"s"};
  apply.resources = {{.label = "b", .properties = {}}};
  suite::Operation drift;
  drift.kind = "delete";
  drift.resources = apply.resources;
  before.operations = {drift, apply};
  suite::Case after = before;
  after.operations = {apply, drift};
  const auto fails = [](const suite::Case& test_case) {
    const auto has = [&](std::string_view kind) {
      return std::ranges::any_of(test_case.operations, [&](const auto& each) {
        return each.kind == kind && !each.resources.empty();
      });
    };
    return has("apply") && (has("delete") || suite::fault_count(test_case) == 1);
  };
  for (const suite::Case& start : {before, after}) {
    const suite::Case simplest = shrink_case(start, fails, {}).simplest;
    ASSERT_EQ(simplest.operations.size(), 1U);
    EXPECT_EQ(simplest.operations.front().kind, "apply");
    EXPECT_EQ(simplest.operations.front().faults.size(), 1U);
  }
}

TEST(CaseShrink, WhatIsMinimalStays) {
  // Shows that a case of which everything matters comes back as it was.
  const suite::Case start = large_case();
  const CaseShrinkResult result =
      shrink_case(start, [&](const suite::Case& each) { return each == start; }, {});
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.simplest, start);
}

TEST(CaseShrink, TellsOfEveryTry) {
  // Shows that each candidate is told of once, in order, with what was done to it and its size.
  std::vector<CaseTry> tries;
  const CaseShrinkOptions options{.on_try = [&](const CaseTry& each) { tries.push_back(each); }};
  const auto fails = [](const suite::Case& each) { return each.operations.size() >= 3; };
  const CaseShrinkResult result = shrink_case(large_case(), fails, options);
  ASSERT_EQ(tries.size(), result.tries);
  EXPECT_EQ(tries.front().number, 1U);
  EXPECT_EQ(tries.front().edit, "take out an operation");
  EXPECT_TRUE(tries.front().fails);
  EXPECT_EQ(tries.front().size.operations, 3U);
  EXPECT_EQ(tries.back().number, result.tries);
  EXPECT_EQ(tries.back().best, size_of(result.simplest));
}

TEST(CaseShrink, EndsWhenItIsTold) {
  // Shows the limits of tries and time, and the stop flag: the best case so far, and that it is not
  // the end.
  const auto anything = [](const suite::Case&) { return true; };
  const CaseShrinkResult limited = shrink_case(large_case(), anything, {.max_tries = 2});
  EXPECT_EQ(limited.tries, 2U);
  EXPECT_EQ(limited.simplest.operations.size(), 2U);
  EXPECT_FALSE(limited.complete);
  const std::atomic<bool> stop{true};
  EXPECT_EQ(shrink_case(large_case(), anything, {.stop = &stop}).tries, 0U);
  EXPECT_EQ(shrink_case(large_case(), anything, {.time_limit = Duration(0)}).tries, 0U);
}

// Shows: a fault of the store that the failure needs keeps the store where it is, and goes nowhere
// else; all other faults go.
TEST(CaseShrink, KeepsTheFaultOfTheStore) {
  const auto fails = [](const suite::Case& test_case) {
    return test_case.world.store == StoreKind::kHttp &&
           std::ranges::any_of(test_case.operations, [](const suite::Operation& operation) {
             return !operation.store_faults.empty();
           });
  };
  const suite::Case simplest = shrink_case(large_case(), fails, {}).simplest;
  ASSERT_EQ(simplest.operations.size(), 1U);
  EXPECT_EQ(simplest.operations[0].store_faults.size(), 1U);
  EXPECT_EQ(suite::fault_count(simplest), 1U);
}

// Shows: of what a configuration says of a resource, and shows of it, only what the failure needs
// is left; what something is shown or demanded of keeps its type.
TEST(CaseShrink, KeepsTheRuleThatMatters) {
  suite::Case whole = large_case();
  for (suite::Operation& operation : whole.operations) {
    operation.outputs = {{"a", "Value", true}, {"c", "Name"}};
    operation.rival = 2;
    operation.drops_outputs = true;
    Placement& placement = operation.resources[1].placement;
    placement.triggered_by = {"a"};
    placement.demands = {{"c", "Name", Json("c")}};
    placement.provisioning_fails = true;
  }
  const auto fails = [](const suite::Case& test_case) {
    return std::ranges::any_of(test_case.operations, [](const suite::Operation& operation) {
      return std::ranges::any_of(operation.resources, [](const suite::WantedResource& wanted) {
        return !wanted.placement.triggered_by.empty();
      });
    });
  };
  const suite::Case simplest = shrink_case(whole, fails, {}).simplest;
  ASSERT_EQ(simplest.operations.size(), 1U);
  const suite::Operation& left = simplest.operations.front();
  EXPECT_EQ(left.outputs.size() + left.rival, 0U);
  EXPECT_FALSE(left.drops_outputs);
  ASSERT_EQ(left.resources.size(), 1U);
  EXPECT_TRUE(left.resources.front().placement.demands.empty());
  EXPECT_FALSE(left.resources.front().placement.provisioning_fails);

  const auto shows = [](const suite::Case& test_case) {
    return std::ranges::any_of(test_case.operations,
                               [](const auto& operation) { return operation.outputs.size() > 1; });
  };
  const suite::Case shown = shrink_case(whole, shows, {}).simplest;
  EXPECT_EQ(shown.world.find("c")->type, kGenericChild);
}

}  // namespace
}  // namespace squall::campaign
