// What the tests of this folder share: processes that must vanish, a harness that is killed, the
// real Terraform where there is one.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "engines/processes/guardian.h"

namespace squall::processes {

inline Guardian start_guardian(const std::string& directory = "") {
  auto started = Guardian::start(directory);
  if (!started) ADD_FAILURE() << started.error().message;
  return std::move(*started);
}

inline std::string make_temporary_directory() {
  std::string name = testing::TempDir() + "squall-test-XXXXXX";
  EXPECT_NE(mkdtemp(name.data()), nullptr) << strerror(errno);
  return name;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

// A process, held by a descriptor so that its number cannot come to mean another one.
class Watched {
 public:
  explicit Watched(pid_t pid) : pid_(pid), fd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}
  Watched(Watched&& other) noexcept : pid_(other.pid_), fd_(std::exchange(other.fd_, -1)) {}
  ~Watched() {
    if (fd_ >= 0) close(fd_);
  }
  pid_t pid() const { return pid_; }
  // Waits for its end (a zombie has ended); false: it is still there after a long time.
  bool vanishes() const {
    if (fd_ < 0) return true;
    pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
    int ready = -1;
    while ((ready = poll(&watched, 1, 20'000)) < 0 && errno == EINTR) {
    }
    return ready == 1;
  }

 private:
  pid_t pid_;
  int fd_;
};

// The processes there are, as (number, group).
inline std::vector<std::pair<pid_t, pid_t>> all_processes() {
  std::vector<std::pair<pid_t, pid_t>> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    pid_t pid = 0;
    const std::string name = entry.path().filename();
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    const pid_t group = getpgid(pid);
    if (group > 0) found.emplace_back(pid, group);
  }
  return found;
}

// Waits until nobody in the group runs any more.
inline bool group_vanishes(pid_t group) {
  bool all = true;
  for (const auto& [pid, its_group] : all_processes()) {
    if (its_group == group) all = Watched(pid).vanishes() && all;
  }
  return all;
}

// A harness in a process of its own, to be SIGKILLed at a moment of the test's choice. `run` gets a
// descriptor to report numbers on, as text; it must not return.
class HelperHarness {
 public:
  explicit HelperHarness(const std::function<void(int report)>& run) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      run(ends[1]);
      _exit(1);
    }
    close(ends[1]);
    report_ = ends[0];
  }
  ~HelperHarness() {
    kill();
    close(report_);
  }
  // One line of what it reported; blocks until it has.
  std::string line() const {
    std::string said;
    char byte = 0;
    while (read(report_, &byte, 1) == 1 && byte != '\n') said += byte;
    return said;
  }
  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  int report_ = -1;
};

// The numbers in a line, each as a process to watch.
inline std::vector<Watched> watch_processes(const std::string& numbers) {
  std::vector<Watched> watched;
  std::istringstream words(numbers);
  for (pid_t pid = 0; words >> pid;) watched.emplace_back(pid);
  return watched;
}

inline void report_line(int report, const std::string& text) {
  const std::string line = text + "\n";
  EXPECT_EQ(write(report, line.data(), line.size()), static_cast<ssize_t>(line.size()));
}

}  // namespace squall::processes
