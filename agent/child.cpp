#include "agent/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

extern char** environ;

namespace squall::agent {
namespace {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0)
    return fail(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> environment_with(const std::vector<std::string>& extra) {
  std::vector<std::string> out;
  for (char** each = environ; *each != nullptr; ++each) {
    const bool is_replaced = std::ranges::any_of(
        extra, [each](const std::string& variable) { return name_of(variable) == name_of(*each); });
    if (!is_replaced) out.emplace_back(*each);
  }
  out.insert(out.end(), extra.begin(), extra.end());
  return out;
}

// What is ignored stays so in a new program: a child that must end when its reader does would not.
class PlainSignals {
 public:
  PlainSignals() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&usual, signal);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~PlainSignals() { posix_spawnattr_destroy(&attributes_); }
  PlainSignals(const PlainSignals&) = delete;
  PlainSignals& operator=(const PlainSignals&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<Child> start_child(const std::vector<std::string>& command,
                          const std::vector<std::string>& extra) {
  if (command.empty()) return fail("cannot start a program: none is named");
  TRY(Pipe input, make_pipe());
  TRY(Pipe output, make_pipe());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.read.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.write.number(), STDOUT_FILENO);
  std::vector<std::string> arguments = command;
  std::vector<std::string> environment = environment_with(extra);
  const PlainSignals signals;
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, command.front().c_str(), &actions, signals.get(),
                                 pointers_to(arguments).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return fail(fmt::format("cannot start {}: {}", command.front(), std::strerror(error)));
  Child child;
  child.pid = pid;
  child.input = std::move(input.write);
  child.output = std::move(output.read);
  child.ended = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (child.ended.ok()) return child;
  const int why = errno;
  kill(pid, SIGKILL);
  reap(pid);
  return fail(fmt::format("cannot watch {}: {}", command.front(), std::strerror(why)));
}

std::string reap(pid_t pid) {
  int status = 0;
  pid_t reaped = -1;
  while ((reaped = waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
  }
  if (reaped != pid) return "is gone";
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  return fmt::format("ended with {}", WEXITSTATUS(status));
}

}  // namespace squall::agent
