// The daemon: the engine with its store, its provider and its REST server in one process.
#pragma once

#include "agent/config.h"
#include "base/result.h"

namespace squall::agent {

// Runs until SIGINT or SIGTERM (0), or until the engine has stopped itself because it could not
// commit, or something threw (1): the next start recovers. After the first signal requests that are
// under way are still answered, for a few seconds; a second one ends that, too. From now on this
// process ignores SIGPIPE. Writes one line to standard output once it listens:
//
//   squall-agent listens on http://127.0.0.1:49684
//
// Errors: it could not be started.
Result<int> run_daemon(const Config& config);

}  // namespace squall::agent
