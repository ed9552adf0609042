#include "suite/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "suite/profile.h"

namespace squall::suite {
namespace {

// One resource, one apply with a fault and a crash: everything that the error tests then spoil.
constexpr std::string_view kMinimal = R"({
  "format": 1,
  "world": {
    "stacks": ["s"],
    "resources": [{"label": "a", "type": "Test::Generic::Resource", "stack": "s"}]
  },
  "operations": [
    {"kind": "apply", "stacks": ["s"], "resources": {"a": {"Value": "x"}},
     "faults": [{"fault": "lost-reply", "call": "create", "label": "a", "code": "NetworkFailure"}],
     "crashes": [{"at": "after-answer", "nth": 2}]}
  ]
})";

// kMinimal with its first `what` replaced by `by`.
std::string with(std::string_view what, std::string_view by) {
  std::string text(kMinimal);
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

std::string error_of(std::string_view text) {
  const Result<Scenario> scenario = parse_scenario(text);
  return scenario ? "no error" : scenario.error().message;
}

void expect_error(std::string_view text, std::string_view place, std::string_view what) {
  const std::string error = error_of(text);
  EXPECT_NE(error.find(place), std::string::npos) << error;
  EXPECT_NE(error.find(what), std::string::npos) << error;
}

void expect_equal(const Scenario& a, const Scenario& b) {
  EXPECT_EQ(a.description, b.description);
  EXPECT_EQ(a.engine, b.engine);
  EXPECT_EQ(a.engine_version, b.engine_version);
  EXPECT_EQ(a.squall_version, b.squall_version);
  EXPECT_EQ(a.profile, b.profile);
  EXPECT_EQ(a.plants, b.plants);
  EXPECT_EQ(a.expected, b.expected);
  EXPECT_EQ(a.test_case.seed, b.test_case.seed);
  EXPECT_EQ(a.test_case.world, b.test_case.world);
  EXPECT_EQ(a.test_case, b.test_case) << to_text(a) << "\n" << to_text(b);
}

// Shows: a file that a person wrote, with nothing in it that could be left out, is read with the
// usual values for the rest.
TEST(ParseScenario, ReadsAMinimalFile) {
  const Result<Scenario> scenario = parse_scenario(kMinimal);
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  EXPECT_EQ(scenario->engine, "sim");
  EXPECT_EQ(scenario->test_case.seed, 0U);
  EXPECT_TRUE(scenario->expected.empty());
  ASSERT_EQ(scenario->test_case.operations.size(), 1U);
  const Operation& operation = scenario->test_case.operations[0];
  EXPECT_EQ(operation.mode, Mode::kReconcile);
  EXPECT_TRUE(operation.blocking);
  EXPECT_EQ(operation.resources, (std::vector<WantedResource>{{"a", JsonObject{{"Value", "x"}}}}));
  ASSERT_EQ(operation.faults.size(), 1U);
  EXPECT_EQ(operation.faults[0].effect.code, ErrorCode::kNetworkFailure);
  EXPECT_EQ(operation.faults[0].nth, 1U);
  EXPECT_EQ(operation.crashes, (std::vector<CrashPoint>{{CrashMoment::kAfterAnswer, 2}}));
}

// Shows: every generated case survives being written and read.
TEST(ParseScenario, RoundTripsGeneratedCases) {
  for (const Profile& profile : profiles()) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
      property::Choices choices(seed * 0x9e3779b97f4a7c15U);
      Scenario scenario;
      scenario.test_case = generate(choices, profile, {}, cloud::built_in_types());
      const Result<Scenario> read = parse_scenario(to_text(scenario));
      ASSERT_TRUE(read.has_value()) << read.error().message;
      expect_equal(*read, scenario);
    }
  }
}

// Shows: so does what no generator draws: texts about the case, behaviours, standing rules, force.
TEST(ParseScenario, RoundTripsEverythingElse) {
  Scenario scenario = parse_scenario(kMinimal).value();
  scenario.description = "two \"quoted\" words";
  scenario.engine = "agent";
  scenario.engine_version = "0.3.0";
  scenario.squall_version = "0.1.0";
  scenario.profile = "failures";
  scenario.plants = {"one", "two"};
  scenario.expected = "no-duplicate/two-objects";
  scenario.test_case.seed = UINT64_MAX;
  World& world = scenario.test_case.world;
  world.behaviours.create_tokens = false;
  world.behaviours.versions = false;
  world.behaviours.rate_per_second = 7;
  world.behaviours.status_polls = 3;
  world.behaviours.consistency_window = Duration(1500);
  world.behaviours.quota = 5;
  world.behaviours.referential_integrity = true;
  world.behaviours.unique_names = true;
  world.behaviours.normalises = true;
  world.behaviours.latency = {cloud::LatencyModel::Kind::kLongTail, Duration(70)};
  scenario.test_case.schedule = {{ScheduledEvent::kAnswerArrives, "a", 3, Duration(20), false},
                                 {ScheduledEvent::kDurable, "", 1, Duration(0), true}};
  world.provider_rate = 11;
  world.store = StoreKind::kHttp;
  world.workspace = "w";
  world.slots.push_back(
      {"b", std::string(kGenericChild), "s", {{"ParentId", {{"$ref", "a.Name"}}}}});
  Operation& operation = scenario.test_case.operations[0];
  operation.force = true;
  operation.simulate = true;
  operation.disk_full = true;
  operation.reply_lost = true;
  operation.store_faults = {
      {StoreOperation::kWrite, StoreFaultKind::kSlow, 2, Duration(1500)},
      {StoreOperation::kLock, StoreFaultKind::kReplyLost},
  };
  operation.outputs = {{"a", "Value", true}, {"b", "Id"}};
  operation.outputs.back().by_data_source = true;
  operation.drops_outputs = true;
  operation.rival = 3;
  Placement& placement = operation.resources.front().placement;
  placement.group = {"a", "b"};
  placement.triggered_by = {"b"};
  placement.demands = {{"b", "Name", Json("b")}};
  placement.provisioning_fails = true;
  operation.flaw = Flaw::kCycle;
  operation.on_dependents = OnDependents::kCascade;
  cloud::FaultRule rule;
  rule.type = "Test::Generic::Resource";
  rule.permille = 250;
  rule.effect = {.kind = "latency", .code = {}, .delay = Duration(2500)};
  operation.faults.push_back(rule);
  const Result<Scenario> read = parse_scenario(to_text(scenario));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  expect_equal(*read, scenario);
}

// Shows: what is not JSON, or not an object, is refused.
TEST(ParseScenario, RefusesMalformedText) {
  EXPECT_NE(error_of("{\"format\": 1,"), "no error");
  EXPECT_NE(error_of(""), "no error");
  expect_error("[1]", "$", "must be an object");
  expect_error("{}", "$", "\"format\"");
}

// Shows: a file of a newer version is refused for that reason, whatever else it holds.
TEST(ParseScenario, RefusesNewerFormats) {
  expect_error(R"({"format": 2, "what": "is this"})", "format 2", "newer version");
  expect_error(with("\"format\": 1", "\"format\": 0"), "$.format", "from 1");
  expect_error(with("\"format\": 1", "\"format\": \"1\""), "$.format", "whole number");
}

// Shows: a member that nobody knows is refused wherever it stands, and its place is named.
TEST(ParseScenario, RefusesUnknownKeys) {
  expect_error(with("\"format\": 1", "\"format\": 1, \"sed\": \"7\""), "$:", "\"sed\"");
  expect_error(with("\"stacks\"", "\"stakcs\": [], \"stacks\""), "$.world:", "\"stakcs\"");
  expect_error(with("\"stack\"", "\"state\": 1, \"stack\""), "$.world.resources[0]:", "\"state\"");
  expect_error(with("\"kind\"", "\"blokcing\": true, \"kind\""),
               "$.operations[0]:", "\"blokcing\"");
  expect_error(with("\"fault\"", "\"faul\": 1, \"fault\""),
               "$.operations[0].faults[0]:", "\"faul\"");
  expect_error(with("\"nth\": 2", "\"nht\": 2"), "$.operations[0].crashes[0]:", "\"nht\"");
  const std::string behaviours = with("\"stacks\"", "\"behaviours\": {\"rate\": 1}, \"stacks\"");
  expect_error(behaviours, "$.world.behaviours:", "\"rate\"");
}

// Shows: an unknown word is refused and named, be it a kind of operation, fault, call, code, mode,
// flaw or moment.
TEST(ParseScenario, RefusesUnknownWords) {
  expect_error(with("\"apply\"", "\"aply\""), "$.operations[0]", "\"aply\"");
  expect_error(with("lost-reply", "lost-replay"), "$.operations[0].faults[0]", "lost-replay");
  expect_error(with("\"create\"", "\"crate\""), "faults[0].call", "crate");
  expect_error(with("NetworkFailure", "NetFailure"), "faults[0].code", "NetFailure");
  expect_error(with("after-answer", "after-tea"), "crashes[0].at", "after-tea");
  expect_error(with("\"stacks\": [\"s\"], \"r", "\"mode\": \"x\", \"r"), "[0].mode", "\"x\"");
  expect_error(with("\"stacks\": [\"s\"], \"r", "\"flaw\": \"x\", \"r"), "[0].flaw", "\"x\"");
}

// Shows: a label or stack that the world does not have is refused, in resources, parents,
// operations and faults.
TEST(ParseScenario, RefusesWhatTheWorldDoesNotHave) {
  expect_error(with("\"a\": {\"V", "\"b\": {\"V"), "$.operations[0].resources.b", "\"b\"");
  expect_error(with("\"label\": \"a\", \"code\"", "\"label\": \"b\", \"code\""), "faults[0]",
               "\"b\"");
  expect_error(with("\"stack\": \"s\"", "\"stack\": \"t\""), "$.world.resources[0]", "\"t\"");
  expect_error(with("\"stacks\": [\"s\"], \"r", "\"stacks\": [\"t\"], \"r"), "$.operations[0]",
               "\"t\"");
  expect_error(with("\"stack\": \"s\"",
                    "\"stack\": \"s\", \"properties\": {\"ParentId\": {\"$ref\": \"b.Name\"}}"),
               "resources[0]", "\"b\"");
  expect_error(with("\"stacks\": [\"s\"],\n", "\"stacks\": [],\n"), "$.world",
               "at least one stack");
}

// Shows: a label cannot stand for two resources.
TEST(ParseScenario, RefusesASecondLabel) {
  const std::string twice =
      with("\"stack\": \"s\"}",
           "\"stack\": \"s\"}, {\"label\": \"a\", \"type\": \"T\", \"stack\": \"s\"}");
  expect_error(twice, "$.world.resources[1]", "\"a\"");
}

// Shows: a rule that the cloud would refuse is refused here, with the cloud's reason.
TEST(ParseScenario, RefusesInvalidFaults) {
  expect_error(with("NetworkFailure", "AccessDenied"), "faults[0]", "does not answer with");
  expect_error(with("\"create\"", "\"read\""), "faults[0]", "cannot hit a read");
  expect_error(with("\"label\": \"a\", \"code\"", "\"nth\": 0, \"code\""), "faults[0].nth",
               "from 1");
  expect_error(with("\"nth\": 2", "\"nth\": 0"), "crashes[0].nth", "from 1");
}

// Shows: a module is a path of names, none of them that of a resource, which may have a module of
// its own.
TEST(ParseScenario, RefusesNoPathOfAModule) {
  const auto placed = [](const std::string& module) {
    return with("\"kind\"", R"("placements": {"a": {"module": ")" + module + R"("}}, "kind")");
  };
  EXPECT_EQ(parse_scenario(placed("m0/m1"))->test_case.operations[0].resources[0].placement.module,
            "m0/m1");
  expect_error(placed("m0/"), "$.operations[0].placements.a.module", "no path of a module");
  expect_error(placed("m0/a"), "$.operations[0].placements.a", "the resource \"a\"");
}

// Shows: a seed is a text of digits and fits 64 bits.
TEST(ParseScenario, RefusesBadSeeds) {
  const auto seeded = [](std::string_view seed) {
    return with("\"format\": 1", "\"format\": 1, \"seed\": " + std::string(seed));
  };
  EXPECT_EQ(parse_scenario(seeded("\"18446744073709551615\""))->test_case.seed, UINT64_MAX);
  for (const char* bad : {"\"\"", "\"x\"", "\"-1\"", "\"1 \"", "\"0x10\"",
                          "\"18446744073709551616\"", "\"99999999999999999999\""})
    expect_error(seeded(bad), "$:", "\"seed\" must be");
  expect_error(seeded("7"), "$.seed", "must be a text");
}

}  // namespace
}  // namespace squall::suite
