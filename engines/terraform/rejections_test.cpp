// Every rejection that the built-in resource type can bring about, against the real CLI.
// (StalePlan, LockHeld, StatePushRefused, ImportAlreadyManaged and Interrupted: cli_test.cpp; those
// of a backend: state_backend_real_test.cpp.)
#include "engines/terraform/real_cli_test.h"

namespace squall::terraform {
namespace {

struct Example {
  std::string_view name;
  std::string_view configuration;  // main.tf.json; empty: no file
  Command command;
  Rejection rejection;
};

// For the names of failed tests.
[[maybe_unused]] void PrintTo(const Example& example, std::ostream* to) { *to << example.name; }

class RejectionTest : public RealCliTest, public testing::WithParamInterface<Example> {};

// Shows: the CLI rejects the example, and that is known by its right name.
TEST_P(RejectionTest, IsKnown) {
  const Example& example = GetParam();
  if (!example.configuration.empty()) configure(std::string(example.configuration));
  const CliRun made = run(example.command);
  EXPECT_EQ(made.end.exit_code, 1) << made.describe();
  EXPECT_TRUE(made.rejected_as(example.rejection)) << made.describe();
}

std::vector<Example> examples_of_configurations() {
  const Command apply = command::apply();
  return {
      {"Cycle",
       R"({"resource":{"terraform_data":{"a":{"input":"${terraform_data.b.id}"},)"
       R"("b":{"input":"${terraform_data.a.id}"}}}})",
       apply, Rejection::kCycleDetected},
      {"UndeclaredResource",
       R"({"resource":{"terraform_data":{"a":{"input":"${terraform_data.z.id}"}})"
       R"(}})",
       apply, Rejection::kUndeclaredReference},
      {"UndeclaredVariable", R"({"locals":{"a":"${var.z}"}})", apply,
       Rejection::kUndeclaredReference},
      {"UndeclaredModule", R"({"locals":{"a":"${module.z.x}"}})", apply,
       Rejection::kUndeclaredReference},
      {"UndeclaredTrigger",
       R"({"resource":{"terraform_data":{"a":{"lifecycle":{"replace_triggered_by)"
       R"(":["terraform_data.z"]}}}}})",
       apply, Rejection::kUndeclaredReference},
      {"UnknownArgument", R"({"resource":{"terraform_data":{"a":{"inputs":1}}}})", apply,
       Rejection::kInvalidConfiguration},
      {"NotJson", R"({"resource":)", apply, Rejection::kInvalidConfiguration},
      {"Twice", R"({"resource":{"terraform_data":{"a":[{"input":1},{"input":2}]}}})", apply,
       Rejection::kInvalidConfiguration},
      {"UnknownFunction", R"({"locals":{"a":"${nothing(1)}"}})", apply,
       Rejection::kInvalidConfiguration},
      {"FunctionArgument", R"({"output":{"a":{"value":"${tonumber(\"x\")}"}}})", apply,
       Rejection::kInvalidConfiguration},
      {"SelfReference",
       R"({"resource":{"terraform_data":{"a":{"input":"${terraform_data.a.id}"}})"
       R"(}})",
       apply, Rejection::kCycleDetected},
      {"NegativeCount", R"({"resource":{"terraform_data":{"a":{"count":-1}}}})", apply,
       Rejection::kInvalidConfiguration},
      {"MissingIndex",
       R"({"resource":{"terraform_data":{"a":{"count":2},)"
       R"("b":{"input":"${terraform_data.a.id}"}}}})",
       apply, Rejection::kInvalidConfiguration},
      {"IgnoredAttribute",
       R"({"resource":{"terraform_data":{"a":{"lifecycle":{"ignore_changes":["z")"
       R"(]}}}}})",
       apply, Rejection::kInvalidConfiguration},
      {"UnknownCount",
       R"({"resource":{"terraform_data":{"a":{"input":1},)"
       R"("b":{"count":"${terraform_data.a.output}"}}}})",
       apply, Rejection::kUnknownRepetition},
      {"UnknownForEach",
       R"({"resource":{"terraform_data":{"a":{},)"
       R"("b":{"for_each":"${toset([terraform_data.a.id])}"}}}})",
       apply, Rejection::kUnknownRepetition},
      {"NoValue", R"({"variable":{"v":{"type":"string"}}})", apply, Rejection::kVariableInvalid},
      {"FailedValidation",
       R"({"variable":{"v":{"default":1,)"
       R"("validation":[{"condition":"${var.v > 5}",)"
       R"("error_message":"Too small."}]}}})",
       apply, Rejection::kVariableInvalid},
      {"SensitiveOutput",
       R"({"variable":{"v":{"default":"s","sensitive":true}},)"
       R"("output":{"o":{"value":"${var.v}"}}})",
       apply, Rejection::kSensitiveExposed},
      {"SensitiveForEach",
       R"({"variable":{"v":{"default":"s","sensitive":true}},)"
       R"("resource":{"terraform_data":{"a":{"for_each":"${toset([var.v])}"}}}})",
       apply, Rejection::kSensitiveExposed},
      {"AmbiguousMove",
       R"({"moved":[{"from":"terraform_data.b","to":"terraform_data.c"},)"
       R"({"from":"terraform_data.b","to":"terraform_data.d"}],)"
       R"("resource":{"terraform_data":{"c":{},"d":{}}}})",
       apply, Rejection::kMovedConflict},
      {"MovedStillThere",
       R"({"moved":[{"from":"terraform_data.a","to":"terraform_data.b"}],)"
       R"("resource":{"terraform_data":{"a":{},"b":{}}}})",
       apply, Rejection::kMovedConflict},
      {"MovedInACircle",
       R"({"moved":[{"from":"terraform_data.a","to":"terraform_data.b"},)"
       R"({"from":"terraform_data.b","to":"terraform_data.a"}]})",
       apply, Rejection::kCycleDetected},
      {"RemovedStillThere",
       R"({"removed":[{"from":"terraform_data.a",)"
       R"("lifecycle":{"destroy":false}}],)"
       R"("resource":{"terraform_data":{"a":{}}}})",
       apply, Rejection::kRemovedStillExists},
      {"ImportBlock",
       R"({"import":[{"to":"terraform_data.z","id":"x"}],)"
       R"("resource":{"terraform_data":{"a":{}}}})",
       apply, Rejection::kImportTargetMissing},
      {"NoModule", R"({"module":{"m":{"source":"./m"}}})", apply, Rejection::kNotInitialized},
      {"NoProvider", R"({"resource":{"nobody_has":{"a":{}}}})", apply, Rejection::kNotInitialized},
      {"NoBackend", R"({"terraform":{"backend":{"http":{}}}})", apply, Rejection::kNotInitialized},
      {"NoConfiguration", "", apply, Rejection::kNoConfiguration},
      {"Precondition",
       R"({"resource":{"terraform_data":{"a":{"input":1},)"
       R"("b":{"lifecycle":{"precondition":[{"condition":"${terraform_data.a.out)"
       R"(put == 2}","error_message":"No."}]}}}}})",
       apply, Rejection::kPreconditionFailed},
      {"OutputPrecondition",
       R"({"resource":{"terraform_data":{"a":{"input":1}}},)"
       R"("output":{"o":{"value":1,)"
       R"("precondition":[{"condition":"${terraform_data.a.output == 2}",)"
       R"("error_message":"No."}]}}})",
       apply, Rejection::kPreconditionFailed},
      {"Postcondition",
       R"({"resource":{"terraform_data":{"a":{"input":1,)"
       R"("lifecycle":{"postcondition":[{"condition":"${self.output == 2}",)"
       R"("error_message":"No."}]}}}}})",
       apply, Rejection::kPostconditionFailed},
      {"Provisioner",
       R"({"resource":{"terraform_data":{"a":{"provisioner":[{"local-exec":{"com)"
       R"(mand":"exit 3"}}]}}}})",
       apply, Rejection::kProvisionerFailed},
  };
}

std::vector<Example> examples_of_commands() {
  return {
      {"UndeclaredOption", R"({"locals":{}})", command::apply({.variables = {{"z", "1"}}}),
       Rejection::kVariableInvalid},
      {"ImportCommand", R"({"resource":{"terraform_data":{"a":{}}}})",
       command::import_object("terraform_data.z", "x"), Rejection::kImportTargetMissing},
      {"NoProviderToInstall", R"({"resource":{"nobody_has":{"a":{}}}})", command::init(),
       Rejection::kNotInitialized},
      {"BadTarget", R"({"locals":{}})", command::apply({.targets = {"terraform.."}}),
       Rejection::kNoSuchTarget},
      {"NothingToRemove", R"({"locals":{}})", command::state_remove({"terraform_data.a"}),
       Rejection::kNoState},
      {"NothingToMove", R"({"locals":{}})",
       command::state_move("terraform_data.a", "terraform_data.b"), Rejection::kNoState},
      {"NoOption", R"({"locals":{}})",
       Command{.arguments = {"apply", "-json", "-nonsense"}, .json = true}, Rejection::kUsage},
      {"NoPlanFile", R"({"locals":{}})", command::apply_saved("missing"),
       Rejection::kPlanUnreadable},
      {"NoFileToShow", R"({"locals":{}})", command::show_plan("missing"),
       Rejection::kPlanUnreadable},
      {"NoLock", R"({"locals":{}})", command::force_unlock("x"), Rejection::kNotLocked},
      {"NoWorkspace", R"({"locals":{}})", command::workspace_select("missing"),
       Rejection::kWorkspaceInvalid},
  };
}

std::string name_of(const testing::TestParamInfo<Example>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(Configurations, RejectionTest,
                         testing::ValuesIn(examples_of_configurations()), name_of);
INSTANTIATE_TEST_SUITE_P(Commands, RejectionTest, testing::ValuesIn(examples_of_commands()),
                         name_of);

// Shows: prevent_destroy stops a destroy.
TEST_F(RealCliTest, RejectsWhatPreventsDestruction) {
  Configuration configuration;
  configuration.root.resources = {data("a")};
  configuration.root.resources[0].lifecycle.prevent_destroy = true;
  configure(configuration);
  succeed(command::apply());
  EXPECT_TRUE(run(command::destroy()).rejected_as(Rejection::kPreventDestroy));
}

// Shows: a state file that is none is told apart from one that another run has locked.
TEST_F(RealCliTest, RejectsAStateThatIsNone) {
  configure(R"({"locals":{}})");
  for (const char* text : {"garbage", R"({"version":5})"}) {
    processes::write_file(path("terraform.tfstate"), text);
    const CliRun made = run(command::apply());
    EXPECT_TRUE(made.rejected_as(Rejection::kStateMalformed)) << made.describe();
    EXPECT_TRUE(run(command::state_list()).rejected_as(Rejection::kStateMalformed));
  }
}

// Shows: a state file that cannot be opened is no held lock.
TEST_F(RealCliTest, RejectsAStateThatCannotBeOpened) {
  configure(R"({"locals":{}})");
  std::filesystem::create_directory(path("terraform.tfstate"));
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kLockFailed));
}

// Shows: an address that matches nothing in the state is told from an empty state.
TEST_F(RealCliTest, RejectsAddressesThatMatchNothing) {
  Configuration configuration;
  configuration.root.resources = {data("a")};
  configure(configuration);
  succeed(command::apply());
  for (const Command& each : {command::state_remove({"terraform_data.z"}),
                              command::state_move("terraform_data.z", "terraform_data.y")}) {
    const CliRun made = run(each);
    EXPECT_TRUE(made.rejected_as(Rejection::kNoSuchTarget)) << made.describe();
  }
}

// Shows: a failed check block and a move onto what exists are warnings, and the run succeeds.
TEST_F(RealCliTest, WarnsOfChecksAndMoves) {
  configure(R"({"resource":{"terraform_data":{"a":{"input":1},"b":{}}},"check":{"c":{"assert":[)"
            R"({"condition":"${terraform_data.a.output == 2}","error_message":"No."}]}}})");
  const CliRun checked = succeed(command::apply());
  ASSERT_THAT(checked.diagnostics, testing::SizeIs(1));
  EXPECT_EQ(classify(checked.diagnostics[0]).rejection, Rejection::kCheckFailed);
  EXPECT_THAT(checked.rejections(), testing::IsEmpty());

  configure(R"({"resource":{"terraform_data":{"a":{"input":1}}},)"
            R"("moved":[{"from":"terraform_data.b","to":"terraform_data.a"}]})");
  const CliRun moved = succeed(command::apply());
  ASSERT_THAT(moved.diagnostics, testing::SizeIs(1));
  EXPECT_EQ(classify(moved.diagnostics[0]).rejection, Rejection::kUnresolvedMove);
}

// Shows: a provider that is not there is a crash of the provider, not of the configuration.
TEST_F(RealCliTest, RejectsAProviderThatIsGone) {
  configure(R"({"terraform":{"required_providers":{"sim":{"source":"example.com/acme/sim"}}},)"
            R"("resource":{"sim_thing":{"a":{}}}})");
  options.reattach =
      R"({"example.com/acme/sim":{"Protocol":"grpc","ProtocolVersion":6,"Pid":1,"Test":true,)"
      R"("Addr":{"Network":"unix","String":"/no/such/socket"}}})";
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kProviderCrash));
}

}  // namespace
}  // namespace squall::terraform
