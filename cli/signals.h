// Ctrl-C and SIGTERM.
#pragma once

#include <atomic>

namespace squall::cli {

// From now on the first SIGINT or SIGTERM sets the returned flag, for the run to end in good order;
// the second one ends the process at once, with exit code 2.
const std::atomic<bool>& stop_on_signals();

}  // namespace squall::cli
