#include "cli/signals.h"

#include <unistd.h>

#include <csignal>

namespace squall::cli {
namespace {

// A signal handler reaches nothing but what is global.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler must not take a lock");

void on_signal(int /*signal*/) {
  if (stop_requested.exchange(true)) ::_exit(2);
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
