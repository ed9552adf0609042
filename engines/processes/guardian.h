// What ends a harness's children when the harness cannot: a small process of its own that outlives
// a SIGKILL of the harness, kills the process groups that were alive then, and removes directories.
//
// PR_SET_PDEATHSIG is not used on purpose: it fires when the *thread* that spawned a child ends, so
// a worker thread that finishes early would kill an engine, and the engine would be accused of it.
// The guardian knows the harness by the end of a pipe, whatever its threads do.
//
// Limits: a descendant that leaves its process group (setsid) is not found, and nothing helps when
// the guardian itself is SIGKILLed first.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace squall::processes {

class Guardian {
 public:
  // Starts the process. `directory` (may be empty) is removed with all it holds when the harness
  // dies without having destroyed this object.
  // It is a fork that closes every other descriptor and ignores the signals of a terminal.
  static Result<Guardian> start(const std::string& directory = "");

  Guardian(Guardian&&) noexcept;
  Guardian& operator=(Guardian&&) noexcept;
  // Tells the guardian that all is well, and reaps it. REQUIRES: no Process is alive.
  ~Guardian();

  pid_t pid() const;

  // For process.cpp. The descriptor a child writes its registration to, and what it writes: both
  // must be usable between vfork and exec, so they are plain.
  int descriptor() const;
  struct Message {
    pid_t group;  // > 0: watch this group; < 0: forget the group -group; 0: all is well
  };
  // May be called from any thread. REQUIRES: the group's leader is not reaped yet, or its number
  // could be another's when the guardian acts on it.
  void forget(pid_t group) const;

 private:
  explicit Guardian(pid_t pid, int descriptor);
  void stop();

  pid_t pid_ = -1;
  int descriptor_ = -1;
};

}  // namespace squall::processes
