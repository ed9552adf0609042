#include "engines/processes/process.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "engines/processes/helpers_test.h"

namespace squall::processes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ProcessTest : public testing::Test {
 protected:
  ProcessSpec shell(const std::string& script) {
    return {.program = "/bin/sh",
            .arguments = {"-c", script},
            .environment = {"PATH=/usr/bin:/bin"},
            .directory = "/"};
  }
  std::unique_ptr<Process> spawn(const ProcessSpec& spec, Process::LineHandler on_line = nullptr) {
    auto process = Process::spawn(guardian, spec, std::move(on_line));
    EXPECT_TRUE(process) << process.error().message;
    return process ? std::move(*process) : nullptr;
  }

  Guardian guardian = start_guardian();
};

// Shows: arguments, environment and directory are those given, and nothing else; stdin is empty.
TEST_F(ProcessTest, GivesExactlyWhatItWasTold) {
  const auto env = spawn({.program = "/usr/bin/env",
                          .arguments = {},
                          .environment = {"A=1", "B=two words"},
                          .directory = "/"});
  EXPECT_EQ(env->wait().exit_code, 0);
  EXPECT_EQ(env->out().text, "A=1\nB=two words\n");

  ProcessSpec spec = shell("pwd; cat; printf '%s|' \"$@\" >&2");
  spec.arguments.insert(spec.arguments.end(), {"sh", "a b", "", "c"});
  spec.directory = "/usr";
  const auto sh = spawn(spec);
  EXPECT_EQ(sh->wait().exit_code, 0);
  EXPECT_EQ(sh->out().text, "/usr\n");
  EXPECT_EQ(sh->err().text, "a b||c|");
}

// Shows: no descriptor of the harness reaches the child, marked or not.
TEST_F(ProcessTest, InheritsNoDescriptors) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);  // not O_CLOEXEC
  const auto process = spawn(shell("for fd in /proc/$$/fd/*; do echo ${fd##*/}; done"));
  process->wait();
  close(ends[0]);
  close(ends[1]);
  // The shell's own glob is done on a descriptor of its own, which is closed by then.
  EXPECT_THAT(process->out().text, testing::Not(HasSubstr(std::to_string(ends[1]) + "\n")));
}

// Shows: what ended it is told: an exit code, a signal.
TEST_F(ProcessTest, TellsHowItEnded) {
  EXPECT_EQ(spawn(shell("exit 7"))->wait().exit_code, 7);
  const auto killed = spawn(shell("kill -TERM $$"));
  EXPECT_EQ(killed->wait().signal, SIGTERM);
  EXPECT_FALSE(killed->end()->exit_code);
}

// Shows: a program or a directory that is not there is an error that says which, and what was
// wrong.
TEST_F(ProcessTest, SaysWhatCannotBeStarted) {
  const auto program = Process::spawn(
      guardian,
      {.program = "/no/such/program", .arguments = {}, .environment = {}, .directory = "/"});
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().message,
            "start /no/such/program in /: execute: No such file or directory");
  ProcessSpec spec = shell("true");
  spec.directory = "/no/such/place";
  const auto directory = Process::spawn(guardian, spec);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().message,
            "start /bin/sh in /no/such/place: enter the working directory: No such file or "
            "directory");
}

// Shows: much output on both at once does not lock up, and only the last bytes are kept.
TEST_F(ProcessTest, CapturesAnyAmountInBoundedMemory) {
  ProcessSpec spec = shell(
      "head -c 3000000 /dev/zero | tr '\\0' a & head -c 3000000 /dev/zero | tr '\\0' b >&2; wait; "
      "echo end");
  spec.keep_bytes = 1000;
  const auto process = spawn(spec);
  EXPECT_EQ(process->wait().exit_code, 0);
  EXPECT_EQ(process->out().text.size(), 1000U);
  EXPECT_EQ(process->out().bytes_cut, 3000004U - 1000U);
  EXPECT_TRUE(process->out().text.ends_with("aaaend\n"));
  EXPECT_EQ(process->err().text, std::string(1000, 'b'));
  EXPECT_THAT(process->out().said(), HasSubstr("[2999004 bytes before this were not kept]"));
}

// Shows: lines are handed over whole, as they come, the last one also without an end of line; a
// caller can react to one while the child runs.
TEST_F(ProcessTest, HandsOverLines) {
  std::vector<std::string> lines;
  Process* reacting = nullptr;
  ProcessSpec spec = shell(
      "trap 'echo caught; printf last; exit 0' INT; printf 'fir'; printf 'st\\n\\nready\\n'; "
      "sleep 1000 & wait");
  const auto process = spawn(spec, [&](std::string_view line) {
    lines.emplace_back(line);
    if (line == "ready") reacting->signal(SIGINT);
  });
  reacting = process.get();
  EXPECT_EQ(process->wait().exit_code, 0);
  EXPECT_THAT(lines, ElementsAre("first", "", "ready", "caught", "last"));
}

// Shows: a line longer than what is kept comes in pieces.
TEST_F(ProcessTest, CutsEndlessLines) {
  std::vector<std::string> lines;
  ProcessSpec spec = shell("printf abcdefgh; echo; echo xy");
  spec.keep_bytes = 3;
  spawn(spec, [&](std::string_view line) { lines.emplace_back(line); })->wait();
  EXPECT_THAT(lines, ElementsAre("abc", "def", "gh", "xy"));
}

// Shows: at its deadline the whole group is killed, and the end says so.
TEST_F(ProcessTest, EndsAtItsDeadline) {
  ProcessSpec spec = shell("echo $$; sleep 1000 & wait");
  spec.deadline = std::chrono::milliseconds(50);
  const auto process = spawn(spec);
  const ProcessEnd& end = process->wait();
  EXPECT_TRUE(end.deadline_struck);
  EXPECT_EQ(end.signal, SIGKILL);
  EXPECT_GE(end.wall, std::chrono::milliseconds(50));
  EXPECT_TRUE(group_vanishes(process->pid()));
}

// Shows: what the leader leaves running is killed when it ends, and does not hold up the end even
// though it holds the outputs open.
TEST_F(ProcessTest, EndsWhatItsLeaderLeavesBehind) {
  const auto process = spawn(shell("sleep 1000 & echo done"));
  EXPECT_EQ(process->wait().exit_code, 0);
  EXPECT_EQ(process->out().text, "done\n");
  EXPECT_TRUE(group_vanishes(process->pid()));
}

// Shows: the destructor kills and reaps, and calls nobody any more.
TEST_F(ProcessTest, DestructorLeavesNothing) {
  std::vector<std::string> lines;
  pid_t group = -1;
  {
    const auto process =
        spawn(shell("sleep 1000 & echo a; wait"), [&](auto line) { lines.emplace_back(line); });
    group = process->pid();
  }
  EXPECT_TRUE(group_vanishes(group));
  EXPECT_THAT(lines, testing::IsEmpty());
}

// Shows: signals after the end do nothing, also from another thread.
TEST_F(ProcessTest, SignalsAfterTheEndDoNothing) {
  const auto process = spawn(shell("exit 0"));
  process->wait();
  std::thread([&] {
    process->signal(SIGKILL);
    process->kill();
  }).join();
  EXPECT_EQ(process->end()->exit_code, 0);
}

// Shows: another thread can kill it while this one waits.
TEST_F(ProcessTest, CanBeKilledFromAnotherThread) {
  std::thread killer;
  Process* victim = nullptr;
  const auto process = spawn(shell("echo ready; sleep 1000"), [&](std::string_view) {
    killer = std::thread([&] { victim->kill(); });
  });
  victim = process.get();
  EXPECT_EQ(process->wait().signal, SIGKILL);
  killer.join();
}

// Shows: several run at once and the first to end is noticed while the others go on.
TEST_F(ProcessTest, WaitsForAnyOfSeveral) {
  const auto slow = spawn(shell("sleep 1000"));
  const auto fast = spawn(shell("exit 3"));
  const std::array<Process*, 2> both{slow.get(), fast.get()};
  while (!wait_any(both, std::chrono::minutes(1))) {
  }
  EXPECT_EQ(fast->end()->exit_code, 3);
  EXPECT_FALSE(slow->end());
}

// Shows: when the harness is SIGKILLed, its children and their children die, and its directory
// goes.
TEST(GuardianTest, OutlivesAKilledHarness) {
  const std::string directory = make_temporary_directory();
  HelperHarness helper([&](int report) {
    const Guardian guardian = start_guardian(directory);
    report_line(report, std::to_string(guardian.pid()));
    const auto process =
        Process::spawn(guardian,
                       {.program = "/bin/sh",
                        .arguments = {"-c", "sleep 1000 & echo $! $$; wait"},
                        .environment = {"PATH=/usr/bin:/bin"},
                        .directory = directory},
                       [&](std::string_view line) { report_line(report, std::string(line)); });
    (*process)->wait();
  });
  const std::vector<Watched> guardian = watch_processes(helper.line());
  const std::vector<Watched> children = watch_processes(helper.line());
  ASSERT_EQ(guardian.size(), 1U);
  ASSERT_EQ(children.size(), 2U);
  helper.kill();
  for (const Watched& each : children) EXPECT_TRUE(each.vanishes()) << each.pid();
  EXPECT_TRUE(guardian[0].vanishes());
  EXPECT_FALSE(std::filesystem::exists(directory));
}

// Shows: a guardian that is told that all is well ends by itself, and leaves the directory alone.
TEST(GuardianTest, EndsWithTheHarness) {
  const std::string directory = make_temporary_directory();
  pid_t pid = -1;
  {
    const Guardian guardian = *Guardian::start(directory);
    pid = guardian.pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_TRUE(std::filesystem::exists(directory));
  std::filesystem::remove_all(directory);
}

// Shows: without its guardian no child is started, since nobody would end it.
TEST(GuardianTest, NoChildWithoutIt) {
  const Guardian guardian = *Guardian::start();
  ::kill(guardian.pid(), SIGKILL);
  ASSERT_TRUE(Watched(guardian.pid()).vanishes());
  const auto process = Process::spawn(
      guardian, {.program = "/bin/true", .arguments = {}, .environment = {}, .directory = "/"});
  ASSERT_FALSE(process);
  EXPECT_THAT(process.error().message, HasSubstr("tell the guardian: Broken pipe"));
}

}  // namespace
}  // namespace squall::processes
