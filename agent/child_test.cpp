#include "agent/child.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>

namespace squall::agent {
namespace {

using testing::HasSubstr;

Child start_shell(const std::string& script, const std::vector<std::string>& extra = {}) {
  Result<Child> child = start_child({"sh", "-c", script}, extra);
  EXPECT_TRUE(child) << child.error().message;
  return child ? std::move(*child) : Child();
}

// All that it writes, to its end.
std::string output_of(const Child& child) {
  std::string out;
  std::array<char, 4096> part;
  for (ssize_t size = 0; (size = read(child.output.number(), part.data(), part.size())) > 0;)
    out.append(part.data(), static_cast<size_t>(size));
  return out;
}

// Waits until it has ended.
std::string end_of(const Child& child) {
  pollfd watched{.fd = child.ended.number(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&watched, 1, 20'000), 1);
  return reap(child.pid);
}

// Shows: both pipes lead to it; closing its input is what it sees as the end of it; what became of
// it is told in words.
TEST(Child, HasPipesAndAnEnd) {
  Child child = start_shell("read line; echo \"heard $line\"; cat; exit 7");
  ASSERT_EQ(write(child.input.number(), "you\n", 4), 4);
  child.input.close();
  EXPECT_EQ(output_of(child), "heard you\n");
  EXPECT_EQ(end_of(child), "ended with 7");
  EXPECT_EQ(end_of(start_shell("kill -KILL $$")), "was killed by signal 9");
}

// Shows: it has this process's environment, but what it is told to has the value it is told.
TEST(Child, HasTheEnvironmentItIsTold) {
  setenv("SQUALL_TEST_KEPT", "kept", 1);
  setenv("SQUALL_TEST_CHANGED", "old", 1);
  const Child child = start_shell("env | grep ^SQUALL_TEST_ | sort",
                                  {"SQUALL_TEST_CHANGED=new", "SQUALL_TEST_NEW=x=y"});
  EXPECT_EQ(output_of(child),
            "SQUALL_TEST_CHANGED=new\nSQUALL_TEST_KEPT=kept\nSQUALL_TEST_NEW=x=y\n");
  end_of(child);
  unsetenv("SQUALL_TEST_KEPT");
  unsetenv("SQUALL_TEST_CHANGED");
}

// Shows: signals that this process ignores or blocks do to it what they do to any program.
TEST(Child, IsBornWithPlainSignals) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  sigset_t one;
  sigset_t mask;
  sigemptyset(&one);
  sigaddset(&one, SIGTERM);
  sigprocmask(SIG_BLOCK, &one, &mask);
  const Child deaf = start_shell("kill -TERM $$; exit 1");
  const Child piped = start_shell("kill -PIPE $$; exit 1");
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  signal(SIGPIPE, before);
  EXPECT_EQ(end_of(deaf), "was killed by signal 15");
  EXPECT_EQ(end_of(piped), "was killed by signal 13");
}

// Shows: a descriptor of this process does not reach it.
TEST(Child, InheritsNoDescriptors) {
  const Child other = start_shell("cat");
  const Child child = start_shell("ls -l /proc/self/fd");
  const std::string inherited = output_of(child);
  for (const int number : {other.input.number(), other.output.number(), child.input.number()}) {
    struct stat pipe = {};
    ASSERT_EQ(fstat(number, &pipe), 0);
    const bool is_its_own = number == child.input.number();
    EXPECT_EQ(inherited.find(fmt::format("pipe:[{}]", pipe.st_ino)) != std::string::npos,
              is_its_own)
        << inherited;
  }
  end_of(child);
  kill(other.pid, SIGKILL);
  end_of(other);
}

// Shows: an error says which program cannot be started, and why.
TEST(Child, SaysWhatCannotBeStarted) {
  EXPECT_EQ(start_child({"/no/such/program"}, {}).error().message,
            "cannot start /no/such/program: No such file or directory");
  EXPECT_EQ(start_child({"/"}, {}).error().message, "cannot start /: Permission denied");
  EXPECT_THAT(start_child({}, {}).error().message, HasSubstr("none is named"));
}

}  // namespace
}  // namespace squall::agent
