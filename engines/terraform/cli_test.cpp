#include "engines/terraform/cli.h"

#include <sys/stat.h>

#include <array>
#include <thread>

#include "engines/terraform/real_cli_test.h"

namespace squall::terraform {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> addresses(const std::vector<event::Apply>& applied) {
  std::vector<std::string> made;
  for (const event::Apply& each : applied) made.push_back(each.address);
  return made;
}

event::Summary summary_of(const CliRun& run, std::string_view operation = "apply") {
  const event::Summary* found = run.summary(operation);
  EXPECT_NE(found, nullptr) << run.describe();
  return found == nullptr ? event::Summary{} : *found;
}

// --- Without a real CLI -------------------------------------------------------------------------

class FakeCliTest : public testing::Test {
 protected:
  ~FakeCliTest() override { fs::remove_all(directory); }
  // A program of that name that runs this script.
  std::string program(const std::string& name, const std::string& script) {
    const std::string path = directory + "/" + name;
    processes::write_file(path, "#!/bin/sh\n" + script + "\n");
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }
  CliRun run(const std::string& script, const Command& command) {
    const std::string path = program("terraform", script);
    const auto cli = Cli::open(guardian, {.path = path, .version = "1.11.4"}, directory);
    return *cli->run(command, {.directory = directory});
  }
  const std::string directory = processes::make_temporary_directory();
  const processes::Guardian guardian = processes::start_guardian();
};

// Shows: tofu comes before terraform, a name and a path are taken as they are, both flavours known.
TEST_F(FakeCliTest, FindsBinaries) {
  program("terraform", "echo 'Terraform v1.11.4'; echo 'on linux_amd64'");
  const auto first = find_binary(guardian, "", "/no/such:" + directory);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->path, directory + "/terraform");
  EXPECT_EQ(first->flavour, Flavour::kTerraform);
  EXPECT_EQ(first->version, "1.11.4");
  program("tofu", "echo 'OpenTofu v1.10.0'");
  EXPECT_EQ(find_binary(guardian, "", directory)->flavour, Flavour::kOpenTofu);
  EXPECT_EQ(find_binary(guardian, "terraform", directory)->flavour, Flavour::kTerraform);
  EXPECT_EQ(find_binary(guardian, directory + "/tofu", "")->version, "1.10.0");
}

// Shows: no binary, or one that is something else, is an error with what to do.
TEST_F(FakeCliTest, SaysThatThereIsNoBinary) {
  EXPECT_EQ(find_binary(guardian, "", directory).error().message,
            "find tofu or terraform on PATH: there is none; install Terraform or OpenTofu, or name "
            "a binary (--binary)");
  EXPECT_THAT(find_binary(guardian, "/no/such", "").error().message, HasSubstr("use /no/such:"));
  program("tofu", "echo 'tofu, the food'");
  EXPECT_THAT(find_binary(guardian, "", directory).error().message,
              HasSubstr("printed \"tofu, the food\", which is neither"));
  program("tofu", "echo broken >&2; exit 3");
  EXPECT_THAT(find_binary(guardian, "", directory).error().message, HasSubstr("broken"));
}

// Shows: a crash of the program is seen as one, and what it printed is kept.
TEST_F(FakeCliTest, SeesPanics) {
  const CliRun go =
      run("echo 'panic: runtime error: index out of range' >&2; exit 2", command::state_list());
  EXPECT_TRUE(go.panicked);
  EXPECT_FALSE(go.succeeded());
  EXPECT_TRUE(run("echo '!!!!! TERRAFORM CRASH !!!!!' >&2; exit 11", command::apply()).panicked);
  const CliRun in_json = run("echo 'fatal error: all goroutines are asleep'", command::apply());
  EXPECT_TRUE(in_json.panicked);
  EXPECT_THAT(in_json.unparsable, SizeIs(1));
  EXPECT_FALSE(run("echo 'Error: do not panic: really' >&2; exit 1", command::apply()).panicked);
}

// Shows: a run that dies in the middle of a line did not say something that is not understood.
TEST_F(FakeCliTest, TellsACutLineFromAWrongOne) {
  const CliRun cut = run("echo '{}'; printf '{\"type\":\"ver'; kill -9 $$", command::apply());
  EXPECT_EQ(cut.end.signal, SIGKILL);
  EXPECT_EQ(cut.cut_line, "{\"type\":\"ver");
  EXPECT_THAT(cut.unparsable, ElementsAre("{}"));
}

// Shows: surroundings are the harness's own: no proxy, no user's home, no plugins of anybody.
TEST_F(FakeCliTest, GivesSurroundingsOfItsOwn) {
  const auto cli = Cli::open(guardian, {.path = "/bin/true"}, directory);
  EXPECT_THAT(cli->environment({.environment = {{"TF_WORKSPACE", "w"}}, .reattach = "{}"}),
              ElementsAre("CHECKPOINT_DISABLE=1", "GOGC=off", "GOMEMLIMIT=256MiB",
                          "HOME=" + directory, "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin",
                          "TF_CLI_CONFIG_FILE=" + directory + "/cli.tfrc", "TF_DATA_DIR=.terraform",
                          "TF_INPUT=0", "TF_IN_AUTOMATION=1", "TF_REATTACH_PROVIDERS={}",
                          "TF_WORKSPACE=w", "TMPDIR=" + directory + "/tmp"));
}

// --- With a real one ----------------------------------------------------------------------------

// Shows: there is a real CLI to test with; or says that there is none.
TEST(RealCli, IsOnThePath) {
  const processes::Guardian guardian = processes::start_guardian();
  const auto binary = find_real_cli(guardian);
  if (!binary) {
    GTEST_SKIP() << "all tests with a real command line are skipped: " << binary.error().message;
  }
  EXPECT_THAT(binary->version, HasSubstr("."));
}

using CliTest = RealCliTest;

Configuration chain() {
  Configuration configuration;
  configuration.root.resources = {
      data("a", {{"input", "one"}}),
      data("b", {{"input", Expression{"terraform_data.a.output"}}}),
      data("c", {{"input", Expression{"terraform_data.b.output"}}}),
  };
  configuration.root.outputs = {{.name = "o", .value = Expression{"terraform_data.c.output"}}};
  return configuration;
}

// Shows: apply, again, change and destroy: what is claimed agrees with the state file.
TEST_F(CliTest, LivesThroughALife) {
  configure(chain());
  const CliRun created = succeed(command::apply());
  EXPECT_THAT(addresses(created.applied(Phase::kComplete)),
              ElementsAre("terraform_data.a", "terraform_data.b", "terraform_data.c"));
  EXPECT_THAT(created.changes(), SizeIs(3));
  EXPECT_EQ(summary_of(created).add, 3);
  EXPECT_TRUE(std::holds_alternative<event::Version>(created.events.front()));
  const State first = state();
  EXPECT_EQ(first.managed_objects(), 3U);
  EXPECT_EQ(first.outputs.at("o").value, Json("one"));
  const std::string id = created.applied(Phase::kComplete)[0].id_value;
  EXPECT_EQ(first.find("terraform_data.a")->attributes.at("id"), Json(id));
  EXPECT_THAT(first.find("terraform_data.c")->dependencies,
              ElementsAre("terraform_data.a", "terraform_data.b"));

  const CliRun again = succeed(command::apply());
  EXPECT_EQ(summary_of(again).add, 0);
  EXPECT_EQ(state().serial, first.serial);

  Configuration changed = chain();
  changed.root.resources[0].arguments = {{"input", "two"}};
  configure(changed);
  EXPECT_EQ(summary_of(succeed(command::apply({.parallelism = 1}))).change, 3);

  const CliRun destroyed = succeed(command::destroy());
  EXPECT_EQ(summary_of(destroyed).remove, 3);
  EXPECT_EQ(state().managed_objects(), 0U);
}

// Shows: a saved plan is made, read, applied once, and is stale afterwards.
TEST_F(CliTest, AppliesASavedPlanOnce) {
  configure(chain());
  const CliRun planned = succeed(command::plan("saved"));
  EXPECT_EQ(planned.end.exit_code, 2);
  EXPECT_EQ(summary_of(planned, "plan").add, 3);
  EXPECT_THAT(succeed(command::show_plan("saved")).out.text, HasSubstr("\"resource_changes\""));
  EXPECT_EQ(summary_of(succeed(command::apply_saved("saved"))).add, 3);
  EXPECT_TRUE(run(command::apply_saved("saved")).rejected_as(Rejection::kStalePlan));
  EXPECT_EQ(succeed(command::plan("")).end.exit_code, 0);
}

// Shows: -target, -replace, -refresh=false and -refresh-only do what they are for.
TEST_F(CliTest, TakesOptions) {
  configure(chain());
  EXPECT_EQ(summary_of(succeed(command::apply({.targets = {"terraform_data.a"}}))).add, 1);
  succeed(command::apply());
  const CliRun replaced = succeed(command::apply({.replace = {"terraform_data.c"}}));
  ASSERT_THAT(replaced.changes(), SizeIs(1));
  EXPECT_EQ(replaced.changes()[0].action, Action::kReplace);
  EXPECT_EQ(replaced.changes()[0].reason, Reason::kRequested);
  EXPECT_THAT(replaced.applied(Phase::kStart), SizeIs(2));
  const CliRun unrefreshed = succeed(command::apply({.refresh = false}));
  EXPECT_TRUE(std::ranges::none_of(unrefreshed.events, [](const Event& each) {
    return std::holds_alternative<event::Refresh>(each);
  }));
  succeed(command::refresh_only());
}

// Shows: import, list, pull, rm, push and mv work on the state.
TEST_F(CliTest, WorksOnTheState) {
  configure(chain());
  succeed(command::import_object("terraform_data.a", "given"));
  EXPECT_EQ(state().find("terraform_data.a")->attributes.at("id"), Json("given"));
  EXPECT_TRUE(run(command::import_object("terraform_data.a", "given"))
                  .rejected_as(Rejection::kImportAlreadyManaged));
  EXPECT_EQ(succeed(command::state_list()).out.text, "terraform_data.a\n");
  const std::string before = succeed(command::state_pull()).out.text;
  const auto pulled = parse_state(before);
  ASSERT_TRUE(pulled && *pulled);

  std::string foreign = before;
  const std::string lineage = (*pulled)->lineage;
  foreign.replace(foreign.find(lineage), lineage.size(), "another");
  processes::write_file(path("foreign.tfstate"), foreign);
  succeed(command::state_remove({"terraform_data.a"}));
  EXPECT_EQ(state().managed_objects(), 0U);
  EXPECT_TRUE(
      run(command::state_push("foreign.tfstate")).rejected_as(Rejection::kStatePushRefused));
  succeed(command::state_push("foreign.tfstate", true));
  EXPECT_EQ(state().lineage, "another");
  EXPECT_NE(state().find("terraform_data.a"), nullptr);
  succeed(command::state_move("terraform_data.a", "terraform_data.z"));
  EXPECT_NE(state().find("terraform_data.z"), nullptr);
  EXPECT_THAT(succeed(command::show_state()).out.text, HasSubstr("terraform_data.z"));
}

// Shows: workspaces have states of their own; one that is not there is rejected.
TEST_F(CliTest, HasWorkspaces) {
  configure(chain());
  succeed(command::apply());
  succeed(command::workspace_new("other"));
  EXPECT_THAT(succeed(command::workspace_list()).out.text, HasSubstr("* other"));
  EXPECT_TRUE(run(command::state_list()).rejected_as(Rejection::kNoState));
  EXPECT_TRUE(run(command::workspace_select("missing")).rejected_as(Rejection::kWorkspaceInvalid));
  succeed(command::workspace_select("default"));
  succeed(command::workspace_delete("other"));
  options.environment["TF_WORKSPACE"] = "default";
  EXPECT_THAT(succeed(command::state_list()).out.text, HasSubstr("terraform_data.a"));
}

// Shows: moved, removed and import blocks, count, for_each and modules are told as what they are;
// no `init` is needed for modules, and the record that stands in for it is the one `init` writes.
TEST_F(CliTest, TellsMovesImportsAndModules) {
  Configuration before;
  before.root.resources = {data("a"), data("gone")};
  configure(before);
  succeed(command::apply());

  Configuration after;
  after.root.calls = {{.name = "m", .module = "part", .repetition = {.for_each = set_of({"x"})}}};
  ModuleConfig& part = after.modules["part"];
  part.calls = {{.name = "deeper", .module = "leaf"}};
  after.modules["leaf"].resources = {data("a")};
  after.root.resources = {data("imported")};
  after.root.resources[0].repetition.count = 1;
  after.root.moved = {{"terraform_data.a", "module.m[\"x\"].module.deeper.terraform_data.a"}};
  after.root.removed = {{.from = "terraform_data.gone"}};
  after.root.imports = {{.to = "terraform_data.imported[0]", .id = "given"}};
  configure(after);
  const CliRun moved = succeed(command::apply());
  std::map<std::string, event::Change> by_address;
  for (const event::Change& each : moved.changes()) by_address[each.address] = each;
  const std::string target = "module.m[\"x\"].module.deeper.terraform_data.a";
  EXPECT_EQ(by_address[target].action, Action::kMove);
  EXPECT_EQ(by_address[target].previous_address, "terraform_data.a");
  EXPECT_EQ(by_address["terraform_data.imported[0]"].import_id, "given");
  EXPECT_EQ(by_address["terraform_data.gone"].action, Action::kForget);
  EXPECT_EQ(summary_of(moved).import, 1);
  EXPECT_EQ(state().resources.size(), 2U);

  const std::string ours = processes::read_file(path(".terraform/modules/modules.json"));
  succeed(command::init());
  EXPECT_EQ(*parse_json(processes::read_file(path(".terraform/modules/modules.json"))),
            *parse_json(ours));
}

// Shows: two runs at once on one state: one holds the lock, the other is told so; with a timeout it
// waits for its turn instead.
TEST_F(CliTest, OverlapsRuns) {
  Configuration configuration = chain();
  configuration.root.resources[0].provisioners = {{.command = "read x < gate"}};
  configure(configuration);
  ASSERT_EQ(mkfifo(path("gate").c_str(), 0600), 0);
  const auto holder = start(command::apply());
  while (!fs::exists(path(".terraform.tfstate.lock.info")) && !holder->poll()) {
    std::array<RunningCli*, 1> one{holder.get()};
    wait_any(one, std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kLockHeld));
  EXPECT_TRUE(run(command::state_remove({"terraform_data.a"})).rejected_as(Rejection::kLockHeld));

  const auto waiter = start(command::apply({.locking = {.timeout = std::chrono::seconds(50)}}));
  std::thread opener([&] { std::ofstream(path("gate")) << "\n"; });
  const CliRun held = holder->wait();
  const CliRun waited = waiter->wait();
  opener.join();
  EXPECT_TRUE(held.succeeded()) << held.describe();
  EXPECT_TRUE(waited.succeeded()) << waited.describe();
  EXPECT_EQ(summary_of(waited).add, 0);
}

// Shows: an interrupt at an event ends the run in order: the state holds what was done.
TEST_F(CliTest, CanBeInterrupted) {
  Configuration configuration = chain();
  configuration.root.resources[1].provisioners = {{.command = "sleep 1000"}};
  configure(configuration);
  RunningCli* running = nullptr;
  const auto started = start(command::apply(), [&](const Event& event) {
    const auto* provision = std::get_if<event::Provision>(&event);
    if (provision != nullptr && provision->phase == Phase::kStart) running->interrupt();
  });
  running = started.get();
  const CliRun interrupted = started->wait();
  EXPECT_EQ(interrupted.end.exit_code, 1);
  EXPECT_TRUE(interrupted.rejected_as(Rejection::kInterrupted)) << interrupted.describe();
  EXPECT_TRUE(interrupted.rejected_as(Rejection::kProvisionerFailed)) << interrupted.describe();
  EXPECT_TRUE(state().find("terraform_data.b")->tainted);
  EXPECT_EQ(state().find("terraform_data.c"), nullptr);
  EXPECT_TRUE(processes::group_vanishes(started->process().pid()));
}

// Shows: SIGKILL at an event leaves what the CLI had saved by then, and no process.
TEST_F(CliTest, CanBeKilled) {
  Configuration configuration = chain();
  configuration.root.resources[1].provisioners = {{.command = "sleep 1000 & sleep 1000"}};
  configure(configuration);
  RunningCli* running = nullptr;
  const auto started = start(command::apply(), [&](const Event& event) {
    if (std::holds_alternative<event::Provision>(event)) running->kill();
  });
  running = started.get();
  const CliRun killed = started->wait();
  EXPECT_EQ(killed.end.signal, SIGKILL);
  EXPECT_FALSE(killed.end.deadline_struck);
  EXPECT_TRUE(processes::group_vanishes(started->process().pid()));
  Configuration repaired = chain();
  configure(repaired);
  succeed(command::apply());
  EXPECT_EQ(state().managed_objects(), 3U);
}

// Shows: a run that hangs ends at its deadline, and says so.
TEST_F(CliTest, EndsAtItsDeadline) {
  Configuration configuration = chain();
  configuration.root.resources[0].provisioners = {{.command = "sleep 1000"}};
  configure(configuration);
  RunOptions short_of_time = options;
  short_of_time.deadline = std::chrono::milliseconds(500);
  const CliRun late = run(command::apply(), short_of_time);
  EXPECT_TRUE(late.end.deadline_struck);
  EXPECT_THAT(late.describe(), HasSubstr("killed at its deadline"));
}

// Shows: a harness that is SIGKILLed in mid-run leaves no CLI, no provisioner and no directory.
TEST_F(CliTest, NothingOutlivesAKilledHarness) {
  const std::string parent = processes::make_temporary_directory();
  const Binary binary = cli().binary();
  processes::HelperHarness helper([&](int report) {
    const processes::WorkArea work = *processes::WorkArea::create(parent);
    const processes::Guardian own = processes::start_guardian(work.root());
    const Cli its = *Cli::open(own, binary, *work.make_directory("home"));
    const std::string directory = *work.make_directory("case");
    Configuration configuration = chain();
    configuration.root.resources[0].provisioners = {{.command = "echo $$; sleep 1000"}};
    (void)write_configuration(configuration, directory);
    std::string pids = std::to_string(own.pid());
    RunningCli* running = nullptr;
    const auto run = its.start(command::apply(), {.directory = directory}, [&](const Event& event) {
      const auto* said = std::get_if<event::Provision>(&event);
      if (said == nullptr || said->output.empty() || !isdigit(said->output[0])) return;
      processes::report_line(
          report, fmt::format("{} {} {}", own.pid(), running->process().pid(), said->output));
    });
    running = run->get();
    (*run)->wait();
  });
  const std::vector<processes::Watched> watched = processes::watch_processes(helper.line());
  ASSERT_THAT(watched, SizeIs(3));
  helper.kill();
  for (const processes::Watched& each : watched) EXPECT_TRUE(each.vanishes()) << each.pid();
  // The outer directory is the next harness's to remove.
  EXPECT_TRUE(fs::is_empty(fmt::format("{}/squall-{}", parent, geteuid())));
  {
    const processes::WorkArea next = *processes::WorkArea::create(parent);
  }
  EXPECT_TRUE(fs::is_empty(parent));
  fs::remove_all(parent);
}

}  // namespace
}  // namespace squall::terraform
