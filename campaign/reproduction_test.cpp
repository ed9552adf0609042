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

std::string reproduction_error(const suite::Scenario& scenario) {
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
  EXPECT_EQ(files.size(), 4U + 4U);  // and what it ends with
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
  EXPECT_THAT(reproduction_error(alone),
              HasSubstr("nothing in the last operation depends on anything"));
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
                    HasSubstr("[ \"$(tail -n 1 terraform.tfstate)\" != '}' ]")));
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

TEST(Reproduction, AnInterruptedRunIsAtWorkForAWhile) {
  // Shows that what is interrupted twice replaces all that is there, each with a provisioner that
  // takes a second; and that the state lies in a server, which is looked at after each time.
  suite::Scenario scenario = moved_and_removed("lock-discipline/written-after-unlock");
  scenario.test_case.operations.back().crashes = {{CrashMoment::kAbandoned, 5},
                                                  {CrashMoment::kAbandoned, 5}};
  const Reproduction files = files_of(scenario);
  const std::string run =
      "\nrun_interrupted_twice apply -auto-approve '-replace=module.m0.terraform_data.net'";
  EXPECT_THAT(files.at("repro.sh"),
              AllOf(HasSubstr(run + run), HasSubstr("kill -INT"), Not(HasSubstr("kill -KILL")),
                    HasSubstr("if shows; then"), HasSubstr("TF_HTTP_LOCK_ADDRESS")));
  EXPECT_THAT(files.at("step-2/modules/m0/main.tf.json"), HasSubstr("\"sleep 1\""));
  EXPECT_THAT(files.at("step-1/main.tf.json"),
              AllOf(HasSubstr("\"http\""), Not(HasSubstr("sleep 1"))));
}

TEST(Reproduction, AServerKeepsALockInTheEnd) {
  // Shows that the server of a script can refuse to unlock, in the last run, and nothing else; and
  // that where no server is needed its faults do not matter.
  suite::Scenario scenario = moved_and_removed("lock-discipline/unlocked-without-id");
  suite::Operation& last = scenario.test_case.operations.back();
  last.store_faults = {{StoreOperation::kUnlock, StoreFaultKind::kFails}};
  EXPECT_THAT(files_of(scenario).at("repro.sh"),
              AllOf(HasSubstr("\ntouch \"$work/keep-lock\"\nrun apply "),
                    HasSubstr("force-unlock -force 11111111-")));
  last.store_faults = {{StoreOperation::kWrite, StoreFaultKind::kFails}};
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("needs Squall's state backend"));
  scenario.expected = kCycle;
  EXPECT_THAT(files_of(scenario).at("repro.sh"), Not(HasSubstr("python3")));
}

TEST(Reproduction, WhatIsShownMattersWhereItIsDropped) {
  // Shows the outputs of a case that drops them: those of the configuration, the same in a sync
  // that keeps them, none in one that does not; and that they are left out elsewhere.
  suite::Scenario scenario = moved_and_removed("admission/own-plan-refused");
  auto& operations = scenario.test_case.operations;
  for (suite::Operation& operation : operations) operation.outputs = {{"net", "DnsSuffix"}};
  suite::Operation sync;
  sync.kind = "sync";
  operations.push_back(sync);
  EXPECT_THAT(files_of(scenario).at("step-2/main.tf.json"), Not(HasSubstr("\"output\"")));
  sync.drops_outputs = true;
  operations.push_back(sync);
  const Reproduction files = files_of(scenario);
  EXPECT_THAT(files.at("step-2/main.tf.json"), HasSubstr("\"net_DnsSuffix\""));
  EXPECT_THAT(files.at("step-3/main.tf.json"), HasSubstr("\"net_DnsSuffix\""));
  EXPECT_THAT(files.at("step-4/main.tf.json"), Not(HasSubstr("output")));
  EXPECT_THAT(files.at("repro.sh"), HasSubstr("Cannot apply non-applyable plan"));
  operations.front().outputs.front().is_sensitive = true;
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("net.DnsSuffix (sensitive) is shown"));
}

TEST(Reproduction, WhatIsForgottenIsImportedByItsOwnId) {
  // Shows that what leaves the configuration alone needs nothing but a block; and that its id is
  // kept where it comes back, which takes our provider.
  suite::Scenario scenario = moved_and_removed(kCycle);
  scenario.test_case.operations.back().forgotten = {"gate"};
  Reproduction files = files_of(scenario);
  EXPECT_THAT(files.at("step-2/main.tf.json"),
              AllOf(HasSubstr("\"removed\""), HasSubstr("\"terraform_data.gate\"")));
  EXPECT_FALSE(files.contains("step-3/main.tf.json"));  // it would come back in the end
  scenario.test_case.operations.push_back(scenario.test_case.operations.front());
  files = files_of(scenario);
  EXPECT_THAT(files.at("repro.sh"),
              HasSubstr("\nremember id_of_gate 'squall_network_gateway.gate'\nrun apply"));
  EXPECT_THAT(
      files.at("step-3/main.tf.json"),
      AllOf(HasSubstr("\"import\""), HasSubstr("${var.id_of_gate}"), HasSubstr("\"variable\"")));
  suite::Operation drift;
  drift.kind = "delete";
  drift.resources = {wanted("gate")};
  scenario.test_case.operations.insert(scenario.test_case.operations.end() - 1, drift);
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("gate is changed while nobody manages it"));
}

TEST(Reproduction, WhatEveryCaseEndsWithIsLookedAt) {
  // Shows the sync, the applies and the destroy that follow where any run may show it, and that
  // each is asked for what it is about.
  const Reproduction files = files_of(moved_and_removed("dependency-order/too-early"));
  EXPECT_THAT(files, Contains(Key("step-6/main.tf.json")));
  EXPECT_THAT(
      files.at("repro.sh"),
      AllOf(HasSubstr("\nrun apply -refresh-only -auto-approve\n\n"),
            HasSubstr("\nrun apply -auto-approve -destroy\nif too_early 'terraform_data.gate' "
                      "'delete' 'terraform_data.net' 'create|update|delete'; then\n")));
  EXPECT_FALSE(
      files_of(moved_and_removed("state-durable/emptied")).contains("step-3/main.tf.json"));
}

TEST(Reproduction, WhatIsLeftBehindIsInTheState) {
  // Shows that the state is asked for what depends on what is destroyed, also where an earlier run
  // was to remove it and failed.
  suite::Scenario scenario = moved_and_removed("admission/dependent-left-behind");
  scenario.test_case.operations.back().faults = {fault("error", CallKind::kDelete, "gate")};
  suite::Operation destroy;
  destroy.kind = "destroy";
  destroy.resources = {wanted("net")};
  scenario.test_case.operations.push_back(destroy);
  EXPECT_THAT(files_of(scenario).at("repro.sh"),
              AllOf(HasSubstr("left_behind 'module.m0.terraform_data.net' 'terraform_data.gate'"),
                    HasSubstr("-destroy '-target=module.m0.terraform_data.net'")));
  scenario.test_case.operations.pop_back();
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("nothing is left behind"));
}

TEST(Reproduction, SaysWhatStandsInTheWay) {
  // Shows that what needs Squall is named, with its fault, crash, operation or shape.
  suite::Scenario scenario = moved_and_removed(kCycle);
  suite::Operation& last = scenario.test_case.operations.back();
  last.faults = {fault("error", CallKind::kUpdate, "net")};
  EXPECT_THAT(reproduction_error(scenario),
              AllOf(HasSubstr("update"), HasSubstr("needs Squall's cloud")));
  last.faults.clear();
  last.crashes = {{CrashMoment::kProviderDies, 1}};
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("needs Squall's provider"));
  last.crashes.clear();
  last.flaw = suite::Flaw::kDuplicateResource;
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("operation 2"));
  last.flaw = suite::Flaw::kNone;
  last.rival = 1;
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("two runs meet"));
  last.rival = 0;
  last.kind = "modify";
  last.resources.front().properties = {{"CidrBlock", "y"}};
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("CidrBlock of net is fixed at creation"));
  EXPECT_THAT(reproduction_error(moved_and_removed("no-orphan/unknown-object")),
              AllOf(HasSubstr("has no check"), HasSubstr(kCycle)));
  EXPECT_THAT(reproduction_error(moved_and_removed("")), HasSubstr("expects nothing"));
  scenario = moved_and_removed(kCycle);
  scenario.test_case.world.slots.back().type = "Acme::Shop::Bucket";
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("gate has the type Acme::Shop::Bucket"));
  scenario = moved_and_removed(kCycle);
  scenario.test_case.world.slots.back().type = "Test::Network::Secret";
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("of gate is WriteOnly"));
  scenario = moved_and_removed(kCycle);
  scenario.test_case.world.workspace = "blue";
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("workspace blue"));
  scenario = moved_and_removed(kCycle);
  scenario.engine = "sim";
  EXPECT_THAT(reproduction_error(scenario), HasSubstr("the engine sim"));
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
  EXPECT_THAT(
      checked_signatures(),
      ElementsAre(kCycle, "admission/cycle-in-its-state", "admission/dependent-left-behind",
                  "admission/move-refused", "admission/own-plan-refused",
                  "dependency-order/too-early", "justified-outcome/ran-although-producer-failed",
                  "lock-discipline/unlocked-without-id", "lock-discipline/written-after-unlock",
                  "plan-honoured/replaced-object-left",
                  "plan-honoured/replaced-object-left-by-targets", "state-durable/emptied",
                  "state-durable/save-refused"));
}

}  // namespace
}  // namespace squall::campaign
