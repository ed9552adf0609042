// A child process with a pipe to its standard input and one from its standard output, in this
// process's group; its standard error is this process's.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace squall::agent {

// A descriptor that is closed when it goes.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  void close();

 private:
  int number_ = -1;
};

struct Child {
  pid_t pid = -1;
  Descriptor input;   // what is written here it reads; closing it tells it to end
  Descriptor output;  // what it writes
  Descriptor ended;   // a pidfd: readable once it has ended
};

// PATH is searched. `extra` ("NAME=value") is added to this process's environment. Errors: there is
// no such program, or the machine has no more processes or descriptors.
Result<Child> start_child(const std::vector<std::string>& command,
                          const std::vector<std::string>& extra);

// What became of it, in words: "ended with 3", "was killed by signal 9". Reaps it.
// REQUIRES: it has ended.
std::string reap(pid_t pid);

}  // namespace squall::agent
