// A child process with a pipe to its standard input and one from its standard output, in this
// process's group; its standard error is this process's. No signal is blocked or ignored in it,
// whatever this process does with them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace squall::agent {

struct Child {
  pid_t pid = -1;
  Descriptor input;   // what is written here it reads; closing it tells it to end
  Descriptor output;  // what it writes
  Descriptor ended;   // a pidfd: readable once it has ended
};

// PATH is searched. Its environment is this process's, with `extra` ("NAME=value") in place of what
// has these names. Errors: there is no such program, or the machine has no more processes or
// descriptors.
Result<Child> start_child(const std::vector<std::string>& command,
                          const std::vector<std::string>& extra);

// What became of it, in words: "ended with 3", "was killed by signal 9". Reaps it.
// REQUIRES: it has ended.
std::string reap(pid_t pid);

}  // namespace squall::agent
