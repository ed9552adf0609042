#include "campaign/reproduction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "campaign/failure_check.h"
#include "campaign/files.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

constexpr const char* kCycle = "admission/cycle-of-its-own-making";

suite::WantedResource wanted(const std::string& label, const std::string& value = "") {
  suite::WantedResource out;
  out.label = label;
  if (!value.empty()) out.properties = {{"DnsSuffix", value}};
  return out;
}

suite::Operation apply(std::vector<suite::WantedResource> resources) {
  suite::Operation out;
  out.stacks = {"stack-0"};
  out.resources = std::move(resources);
  return out;
}

// A network, a gateway that refers to it, and then the network alone, somewhere else.
suite::Scenario moved_and_removed(const std::string& expected) {
  suite::Scenario out;
  out.engine = "terraform";
  out.description = "A network moves.";
  out.expected = expected;
  suite::World& world = out.test_case.world;
  world.stacks = {"stack-0"};
  world.slots = {{"net", "Test::Network::Network", "stack-0", {{"CidrBlock", "x"}}},
                 {"gate",
                  "Test::Network::Gateway",
                  "stack-0",
                  {{"NetworkId", JsonObject{{"$ref", "net.Id"}}}}}};
  out.test_case.operations = {apply({wanted("net"), wanted("gate")}), apply({wanted("net", "a")})};
  out.test_case.operations.back().resources.front().placement.module = "m0";
  return out;
}

cloud::FaultRule fault(const std::string& kind, CallKind call, const std::string& label) {
  cloud::FaultRule out;
  out.label = label;
  out.call = call;
  out.effect.kind = kind;
  if (kind == "latency") out.effect.delay = std::chrono::milliseconds(1500);
  if (kind == "error") out.effect.code = ErrorCode::kAccessDenied;
  return out;
}

std::string error_of(const suite::Scenario& scenario) {
  const Result<Reproduction> made = reproduction_of(scenario);
  return made ? "" : made.error().message;
}

Reproduction files_of(const suite::Scenario& scenario) {
  Result<Reproduction> made = reproduction_of(scenario);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *std::move(made) : Reproduction();
}

TEST(Reproduction, HasAStepForEachRun) {
  // Shows the files of a case of two applies, and what the script says of them.
  const Reproduction files = files_of(moved_and_removed(kCycle));
  EXPECT_THAT(files,
              AllOf(Contains(Key("step-1/main.tf.json")), Contains(Key("step-2/main.tf.json")),
                    Contains(Key("step-2/modules/m0/main.tf.json"))));
  EXPECT_EQ(files.size(), 4U);
  EXPECT_THAT(files.at("repro.sh"),
              AllOf(HasSubstr("A network moves."), HasSubstr("\nconfigure step-1\nrun apply "),
                    HasSubstr("|| give_up \"step-1 failed\""), HasSubstr("\"summary\":\"Cycle: ")));
  for (const auto& [path, text] : files) EXPECT_THAT(text, Not(HasSubstr("squall_"))) << path;
  EXPECT_THAT(files.at("step-2/main.tf.json"),
              HasSubstr("\"to\": \"module.m0.terraform_data.net\""));
}

TEST(Reproduction, AnOrderIsCheckedBetweenWhatDepends) {
  // Shows that the order is asked of the consumer that goes and its producer, by their addresses.
  EXPECT_THAT(files_of(moved_and_removed("dependency-order/too-early")).at("repro.sh"),
              HasSubstr("too_early 'terraform_data.gate' 'delete' 'module.m0.terraform_data.net' "
                        "'create|update|delete'"));
  suite::Scenario turned = moved_and_removed("dependency-order/too-early");
  turned.test_case.operations.front().resources.back().placement.create_before_destroy = true;
  EXPECT_THAT(files_of(turned).at("repro.sh"),
              HasSubstr("'module.m0.terraform_data.net' 'delete'"));
  suite::Scenario alone = moved_and_removed("dependency-order/too-early");
  alone.test_case.operations.erase(alone.test_case.operations.begin());
  EXPECT_THAT(error_of(alone), HasSubstr("nothing in the last operation depends on anything"));
}

TEST(Reproduction, DeletesThatFailOrTakeLongHaveAProvisioner) {
  // Shows it for what is removed, in whole seconds, and for what is replaced where it stands.
  suite::Scenario scenario = moved_and_removed("dependency-order/too-early");
  scenario.test_case.operations.back().faults = {fault("latency", CallKind::kDelete, "gate")};
  EXPECT_THAT(files_of(scenario).at("step-2/main.tf.json"),
              AllOf(HasSubstr("\"removed\""), HasSubstr("\"sleep 2\""), HasSubstr("destroy")));
  scenario.test_case.operations.back().faults = {fault("error", CallKind::kDelete, "gate")};
  EXPECT_THAT(files_of(scenario).at("step-2/main.tf.json"), HasSubstr("exit 1"));
  scenario.test_case.operations.back().faults = {fault("latency", CallKind::kDelete, "net")};
  EXPECT_THAT(files_of(scenario).at("step-2/modules/m0/main.tf.json"), HasSubstr("\"sleep 2\""));
}

TEST(Reproduction, AKillStrikesAsAChangeIsReported) {
  // Shows that each kill has a run of its own, after which the state is looked at.
  suite::Scenario scenario = moved_and_removed("state-durable/emptied");
  scenario.test_case.operations.back().crashes = {{CrashMoment::kAfterAnswer, 1},
                                                  {CrashMoment::kAfterAnswer, 2}};
  EXPECT_THAT(files_of(scenario).at("repro.sh"),
              AllOf(HasSubstr("\nrun_killed_at 1 apply -auto-approve\nrun_killed_at 2 apply "),
                    HasSubstr("[ ! -s terraform.tfstate ]")));
}

TEST(Reproduction, WhatSomebodyElseChangesTakesOurProvider) {
  // Shows that drift is a step of somebody else's, that says nothing but what is changed; and that
  // then all resources are our provider's.
  suite::Scenario scenario = moved_and_removed(kCycle);
  suite::Operation drift;
  drift.kind = "modify";
  drift.resources = {wanted("net", "z")};
  scenario.test_case.operations.insert(scenario.test_case.operations.begin() + 1, drift);
  Reproduction files = files_of(scenario);
  EXPECT_THAT(files.at("repro.sh"),
              AllOf(HasSubstr("\nelsewhere step-2 'squall_network_network.net' "
                              "'squall_network_network.net' apply -auto-approve\n"),
                    HasSubstr("provider --protocol tfplugin6")));
  EXPECT_THAT(files.at("step-1/main.tf.json"), HasSubstr("squall_network_gateway"));
  EXPECT_THAT(files.at("step-2/main.tf.json"),
              AllOf(HasSubstr("\"dns_suffix\": \"z\""), HasSubstr("\"ignore_changes\""),
                    Not(HasSubstr("gateway"))));
  scenario.test_case.operations[1].kind = "delete";
  scenario.test_case.operations[1].resources = {wanted("gate")};
  files = files_of(scenario);
  EXPECT_THAT(files.at("repro.sh"), HasSubstr("'squall_network_gateway.gate' apply -destroy"));
  EXPECT_THAT(files.at("step-2/main.tf.json"), HasSubstr("somebody else's"));
}

TEST(Reproduction, DemandsTakeOurProvider) {
  // Shows that what terraform_data does not have is demanded of our provider's resources; and that
  // what cannot be pushed over itself is found without a server that loses a reply.
  suite::Scenario scenario = moved_and_removed("state-durable/save-refused");
  suite::Operation& first = scenario.test_case.operations.front();
  first.resources.front().placement.demands = {{"net", "Name", Json("net")}};
  const Reproduction files = files_of(scenario);
  EXPECT_THAT(files.at("repro.sh"),
              AllOf(HasSubstr("provider --protocol tfplugin6"), HasSubstr("state push")));
  EXPECT_THAT(files.at("step-1/main.tf.json"), HasSubstr("postcondition"));
}

TEST(Reproduction, SaysWhatStandsInTheWay) {
  // Shows that what needs Squall is named, with its fault, crash, operation or shape.
  suite::Scenario scenario = moved_and_removed(kCycle);
  suite::Operation& last = scenario.test_case.operations.back();
  last.faults = {fault("error", CallKind::kUpdate, "net")};
  EXPECT_THAT(error_of(scenario), AllOf(HasSubstr("update"), HasSubstr("needs Squall's cloud")));
  last.faults.clear();
  last.crashes = {{CrashMoment::kProviderDies, 1}};
  EXPECT_THAT(error_of(scenario), HasSubstr("needs Squall's provider"));
  last.crashes.clear();
  last.flaw = suite::Flaw::kDuplicateResource;
  EXPECT_THAT(error_of(scenario), HasSubstr("operation 2"));
  last.flaw = suite::Flaw::kNone;
  last.rival = 1;
  EXPECT_THAT(error_of(scenario), HasSubstr("two runs meet"));
  last.rival = 0;
  last.kind = "modify";
  last.resources.front().properties = {{"CidrBlock", "y"}};
  EXPECT_THAT(error_of(scenario), HasSubstr("CidrBlock of net is fixed at creation"));
  EXPECT_THAT(error_of(moved_and_removed("no-orphan/unknown-object")),
              AllOf(HasSubstr("has no check"), HasSubstr(kCycle)));
  EXPECT_THAT(error_of(moved_and_removed("")), HasSubstr("expects nothing"));
  scenario = moved_and_removed(kCycle);
  scenario.test_case.world.slots.back().type = "Acme::Shop::Bucket";
  EXPECT_THAT(error_of(scenario), HasSubstr("gate has the type Acme::Shop::Bucket"));
  scenario = moved_and_removed(kCycle);
  scenario.test_case.world.slots.back().type = "Test::Network::Secret";
  EXPECT_THAT(error_of(scenario), HasSubstr("of gate is WriteOnly"));
  scenario = moved_and_removed(kCycle);
  scenario.test_case.world.workspace = "blue";
  EXPECT_THAT(error_of(scenario), HasSubstr("workspace blue"));
  scenario = moved_and_removed(kCycle);
  scenario.engine = "sim";
  EXPECT_THAT(error_of(scenario), HasSubstr("the engine sim"));
}

TEST(Reproduction, WritesOverItselfAndNothingElse) {
  // Shows that steps of an older reproduction go, the script can be run, and that a folder of
  // something else is left alone.
  std::string name = (fs::temp_directory_path() / "squall-reproduction-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  ASSERT_TRUE(write_reproduction({{"repro.sh", ""}, {"step-2/main.tf.json", "{}"}}, folder / "a"));
  ASSERT_TRUE(write_reproduction({{"repro.sh", "#"}, {"step-1/main.tf.json", "{}"}}, folder / "a"));
  EXPECT_FALSE(fs::exists(folder / "a/step-2"));
  EXPECT_EQ(*read_file(folder / "a/repro.sh"), "#");
  EXPECT_EQ(::access((folder / "a/repro.sh").c_str(), X_OK), 0);
  const Result<void> refused = write_reproduction({{"repro.sh", ""}}, folder);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("holds something else"));
  fs::remove_all(folder);
}

TEST(Reproduction, TheShapesWithACheckAreListed) {
  // Shows the closed list.
  EXPECT_THAT(checked_signatures(),
              ElementsAre(kCycle, "admission/cycle-in-its-state", "dependency-order/too-early",
                          "justified-outcome/ran-although-producer-failed",
                          "plan-honoured/replaced-object-left-by-targets", "state-durable/emptied",
                          "state-durable/save-refused"));
}

}  // namespace
}  // namespace squall::campaign
