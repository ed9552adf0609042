#include "provider/process_end.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace squall {

namespace {

constexpr int kForever_ms = -1;
constexpr int kNone = -1;

// A signal handler reaches nothing but what is global.
std::atomic<int> asked_by_signal{kNone};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not take a lock");

void ask_at(int descriptor) {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
}

void on_signal(int /*signal*/) {
  // The interrupted code may be about to look at errno.
  const int error = errno;
  if (const int descriptor = asked_by_signal; descriptor != kNone) ask_at(descriptor);
  errno = error;
}

pollfd readable(int descriptor) { return {.fd = descriptor, .events = POLLIN, .revents = 0}; }

}  // namespace

Result<std::unique_ptr<ProcessEnd>> ProcessEnd::prepare(std::initializer_list<int> signals) {
  const int asked = ::eventfd(0, EFD_CLOEXEC);
  if (asked < 0) {
    return fail("cannot prepare for the end of the process: the system has no descriptors left");
  }
  asked_by_signal = asked;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int each : signals) ::sigaction(each, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return std::unique_ptr<ProcessEnd>(new ProcessEnd(asked));
}

// The descriptor stays open: a signal may come at any moment, and must not write to another file
// that has its number by then.
ProcessEnd::~ProcessEnd() { asked_by_signal = kNone; }

void ProcessEnd::ask() const { ask_at(asked_); }

void ProcessEnd::wait() const {
  pollfd source = readable(asked_);
  while (::poll(&source, 1, kForever_ms) <= 0) {
  }
}

void ProcessEnd::wait_with_input() const {
  std::array<pollfd, 2> sources = {readable(asked_), readable(STDIN_FILENO)};
  for (;;) {
    if (::poll(sources.data(), sources.size(), kForever_ms) <= 0) continue;
    if (sources[0].revents != 0) return;
    std::array<char, 256> dropped;
    if (::read(STDIN_FILENO, dropped.data(), dropped.size()) <= 0) return;
  }
}

void ProcessEnd::wait_with_parent() const {
  constexpr int kLook_ms = 1000;
  const pid_t parent = ::getppid();
  while (::getppid() == parent) {
    pollfd source = readable(asked_);
    if (::poll(&source, 1, kLook_ms) > 0) return;
  }
}

}  // namespace squall
