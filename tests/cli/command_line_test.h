// Starts build/squall as a process, as a shell would, for the tests of the command line.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "documents/json.h"

namespace squall {

namespace fs = std::filesystem;

inline constexpr const char* kPlantScenario = SQUALL_SCENARIOS "/lost-create-new-token.json";

struct Outcome {
  int code = -1;  // the exit code; -1: killed by a signal
  std::string out;
  std::string err;
};

inline std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A process with its output in files; killed and reaped if a test leaves it running.
class Process {
 public:
  Process(const fs::path& folder, const std::vector<std::string>& arguments,
          const std::string& output = "")
      : out_(output.empty() ? (folder / "stdout").string() : output), err_(folder / "stderr") {
    std::vector<std::string> words = {SQUALL_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_.c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err_.c_str(), flags, 0600);
    posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
    EXPECT_EQ(::posix_spawn(&pid_, SQUALL_BINARY, &files, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&files);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // Returns once stderr holds `text`, or the process has gone.
  bool wait_for_stderr(const std::string& text) const {
    while (read_all(err_).find(text) == std::string::npos) {
      siginfo_t info = {};
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
      if (info.si_pid == pid_) return read_all(err_).find(text) != std::string::npos;
    }
    return true;
  }
  void send(int signal) const { ::kill(pid_, signal); }

  Outcome wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    Outcome outcome;
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.err = read_all(err_);
    if (fs::is_regular_file(out_)) outcome.out = read_all(out_);
    return outcome;
  }

 private:
  std::string out_;
  fs::path err_;
  pid_t pid_ = 0;
};

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    std::string name = (fs::temp_directory_path() / "squall-cli-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CommandLine() override { fs::remove_all(folder_); }

  Outcome squall(const std::vector<std::string>& arguments) const {
    return Process(folder_, arguments).wait();
  }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  fs::path folder_;
};

inline JsonObject last_line(const std::string& output) {
  std::string text = output;
  while (text.ends_with('\n')) text.pop_back();
  const Result<Json> parsed = parse_json(text.substr(text.rfind('\n') + 1));
  EXPECT_TRUE(parsed) << output;
  return parsed && parsed->is_object() ? parsed->get_object() : JsonObject();
}

}  // namespace squall
