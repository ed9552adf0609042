// A child process: given exactly the environment, directory and arguments it is told, leader of its
// own process group, stdin at /dev/null, both outputs captured. However it is left (end, deadline,
// destructor, death of the harness), its whole group is killed and it is reaped.
//
// One thread drives a Process: spawn(), poll(), wait_any() and the destructor. signal() and kill()
// may be called from any thread, at any time, also when the child has ended: then they do nothing.
// Output is read in poll() and wait_any() only: a child that nobody polls stops when a pipe is full
// (64 KiB), and goes on when it is polled again.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engines/processes/guardian.h"

namespace squall::processes {

struct ProcessSpec {
  std::string program{};                   // a path; PATH is not searched
  std::vector<std::string> arguments{};    // without the program's own name
  std::vector<std::string> environment{};  // "NAME=value"; nothing else is passed on
  std::string directory{};
  Duration deadline = std::chrono::minutes(5);  // from spawn() on; then the group is killed
  size_t keep_bytes = size_t{8} << 20;          // of each output: the last so many bytes
};

// What is kept of one output.
struct Captured {
  std::string text{};        // the last keep_bytes of it
  uint64_t bytes_cut = 0;    // how many came before them and are gone
  std::string said() const;  // text, after a line that says what was cut, if anything
};

struct ProcessEnd {
  std::optional<int> exit_code{};  // or
  std::optional<int> signal{};     // what ended it
  bool deadline_struck = false;    // it ran into ProcessSpec::deadline and was killed for that
  Duration wall{};                 // from spawn() to its end, as seen by poll()
  Duration cpu{};                  // user and system time of it and of the children it waited for
};

class Process {
 public:
  // Called in poll() for each complete line of stdout, without its end of line; at the end also for
  // a last line without one. A line longer than keep_bytes comes in pieces of that size.
  using LineHandler = std::function<void(std::string_view line)>;

  // Errors: the program or the directory cannot be used, no more processes or descriptors.
  // `guardian` must outlive the Process, and stay where it is.
  static Result<std::unique_ptr<Process>> spawn(const Guardian& guardian, const ProcessSpec& spec,
                                                LineHandler on_line = nullptr);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const;

  // Reads what there is and looks whether it has ended; never blocks. true: it has ended and was
  // reaped, end() is there, and no line will come any more.
  bool poll();
  // Polls until it ends. It does end: at the deadline at the latest.
  const ProcessEnd& wait();

  // To the leader only (SIGINT: what a person's Ctrl-C does to a CLI, less its children).
  void signal(int number);
  // SIGKILL to the whole group.
  void kill();

  const std::optional<ProcessEnd>& end() const;
  const Captured& out() const;
  const Captured& err() const;

 private:
  friend bool wait_any(std::span<Process* const> processes, Duration at_most);
  struct Impl;
  explicit Process(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Blocks until one of them has output to read, has ended or runs into its deadline, or `at_most`
// has passed; then polls all. true: at least one of them has ended (now or before).
bool wait_any(std::span<Process* const> processes, Duration at_most);

}  // namespace squall::processes
