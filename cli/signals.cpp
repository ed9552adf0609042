#include "cli/signals.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

namespace squall::cli {
namespace {

// A signal handler reaches nothing but what is global.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler must not take a lock");

constexpr std::string_view kStopping =
    "\nsquall: stopping after the running cases; once more quits at once\n";

void on_signal(int /*signal*/) {
  if (stop_requested.exchange(true)) ::_exit(2);
  // The interrupted code may be in the middle of a system call and about to look at errno.
  const int error = errno;
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, kStopping.data(), kStopping.size());
  errno = error;
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return stop_requested;
}

}  // namespace squall::cli
