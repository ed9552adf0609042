#include "provider/process_end.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace squall {

namespace {

constexpr int kForever_ms = -1;

pollfd readable(int descriptor) { return {.fd = descriptor, .events = POLLIN, .revents = 0}; }

}  // namespace

Result<std::unique_ptr<ProcessEnd>> ProcessEnd::prepare(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int each : signals) sigaddset(&set, each);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<ProcessEnd> out(
      new ProcessEnd(::eventfd(0, EFD_CLOEXEC), ::signalfd(-1, &set, SFD_CLOEXEC)));
  if (out->asked_ >= 0 && out->signalled_ >= 0) return out;
  return fail("cannot prepare for the end of the process: the system has no descriptors left");
}

ProcessEnd::~ProcessEnd() {
  ::close(asked_);
  ::close(signalled_);
}

void ProcessEnd::ask() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(asked_, &one, sizeof one);
}

void ProcessEnd::wait() const {
  std::array<pollfd, 2> sources = {readable(asked_), readable(signalled_)};
  while (::poll(sources.data(), sources.size(), kForever_ms) <= 0) {
  }
}

void ProcessEnd::wait_with_input() const {
  std::array<pollfd, 3> sources = {readable(asked_), readable(signalled_), readable(STDIN_FILENO)};
  for (;;) {
    if (::poll(sources.data(), sources.size(), kForever_ms) <= 0) continue;
    if (sources[0].revents != 0 || sources[1].revents != 0) return;
    std::array<char, 256> dropped;
    if (::read(STDIN_FILENO, dropped.data(), dropped.size()) <= 0) return;
  }
}

void ProcessEnd::wait_with_parent() const {
  constexpr int kLook_ms = 1000;
  const pid_t parent = ::getppid();
  while (::getppid() == parent) {
    std::array<pollfd, 2> sources = {readable(asked_), readable(signalled_)};
    if (::poll(sources.data(), sources.size(), kLook_ms) > 0) return;
  }
}

}  // namespace squall
