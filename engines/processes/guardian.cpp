#include "engines/processes/guardian.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace squall::processes {
namespace {

// As many groups as can be alive at once. A harness has as many as it has CLI runs in flight.
constexpr size_t kMaxGroups = 4096;

// From here on it is the guardian, forked from a process that may have had threads: nothing but
// system calls, no allocation.
class Watch {
 public:
  void note(pid_t group) {
    if (count_ < kMaxGroups) groups_[count_++] = group;
  }
  void forget(pid_t group) {
    for (size_t i = 0; i < count_; ++i) {
      if (groups_[i] != group) continue;
      groups_[i] = groups_[--count_];
      return;
    }
  }
  void kill_all() const {
    for (size_t i = 0; i < count_; ++i) ::kill(-groups_[i], SIGKILL);
  }

 private:
  std::array<pid_t, kMaxGroups> groups_;
  size_t count_ = 0;
};

// Reads messages until the harness says that all is well (true) or is gone (false).
bool watch_over(int pipe, Watch& watch) {
  while (true) {
    Guardian::Message message{};
    const ssize_t got = ::read(pipe, &message, sizeof message);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof message) return false;
    if (message.group == 0) return true;
    if (message.group > 0) {
      watch.note(message.group);
    } else {
      watch.forget(-message.group);
    }
  }
}

[[noreturn]] void be_guardian(int pipe, const char* directory) {
  ::setsid();
  ::prctl(PR_SET_NAME, "squall-guardian");
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(number, SIG_IGN);
  // Whoever waits for the end of the harness's output must not wait for the guardian's.
  constexpr int kPipe = 3;
  ::dup3(pipe, kPipe, 0);
  ::syscall(SYS_close_range, kPipe + 1, ~0U, 0U);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) ::dup2(null, standard);
  ::close(null);
  (void)!::chdir("/");

  Watch watch;
  if (watch_over(kPipe, watch)) ::_exit(0);
  watch.kill_all();
  if (*directory != '\0') ::execl("/bin/rm", "rm", "-rf", "--", directory, nullptr);
  ::_exit(0);
}

}  // namespace

Guardian::Guardian(pid_t pid, int descriptor) : pid_(pid), descriptor_(descriptor) {}

Guardian::Guardian(Guardian&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Guardian& Guardian::operator=(Guardian&& other) noexcept {
  if (this != &other) {
    stop();
    pid_ = std::exchange(other.pid_, -1);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

Guardian::~Guardian() { stop(); }

Result<Guardian> Guardian::start(const std::string& directory) {
  int ends[2];
  // Not the descriptors 0 to 2: the guardian puts /dev/null there.
  if (::pipe2(ends, O_CLOEXEC) != 0 || ends[0] < 3) {
    return fail(fmt::format("start the guardian of child processes: pipe: {}", strerror(errno)));
  }
  const pid_t pid = ::fork();
  if (pid == 0) be_guardian(ends[0], directory.c_str());
  const int error = errno;
  ::close(ends[0]);
  if (pid < 0) {
    ::close(ends[1]);
    return fail(fmt::format(
        "start the guardian of child processes: fork: {}; is a limit on processes reached (ulimit "
        "-u), or memory?",
        strerror(error)));
  }
  return Guardian(pid, ends[1]);
}

void Guardian::stop() {
  if (pid_ < 0) return;
  forget(0);
  ::close(descriptor_);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

pid_t Guardian::pid() const { return pid_; }

int Guardian::descriptor() const { return descriptor_; }

void Guardian::forget(pid_t group) const {
  const Message message{.group = -group};
  // A guardian that is gone cannot act on what it was not told. SIGPIPE would end the harness.
  sigset_t pipe_signal;
  sigset_t before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  while (::write(descriptor_, &message, sizeof message) < 0 && errno == EINTR) {
  }
  const timespec now{};
  while (::sigtimedwait(&pipe_signal, nullptr, &now) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace squall::processes
