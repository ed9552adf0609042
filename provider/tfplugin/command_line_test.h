// A real command line (terraform or tofu on PATH) for tests: in a private folder, with an
// environment of its own, and without a network to reach for.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "documents/json.h"

namespace squall::tfplugin {

// The program's path, or nullopt where there is none.
std::optional<std::string> find_command_line();

class CommandLine {
 public:
  explicit CommandLine(std::string program);
  // Removes the folder.
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  const std::string& folder() const { return folder_; }
  // `main.tf.json`: our provider, as `provider` configures it, and what else there is.
  void configure(const JsonObject& rest, const JsonObject& provider = {}) const;
  void set(const std::string& variable, const std::string& value) {
    environment_[variable] = value;
  }
  void unset(const std::string& variable) { environment_.erase(variable); }
  // Providers come from <folder>/mirror only.
  std::string mirror() const { return folder_ + "/mirror"; }

  struct Result {
    int exit_code = -1;  // 128 + signal where one ended it
    std::string output;  // both streams
    std::chrono::milliseconds took{0};
  };
  Result run(const std::vector<std::string>& arguments) const;
  // The same in the background.
  pid_t start(const std::vector<std::string>& arguments, const std::string& output_file) const;
  static Result finish(pid_t child, const std::string& output_file);

  // The state file.
  Json state() const;
  // One attribute of the one instance of a resource, as JSON text; "" where there is none.
  std::string attribute(const std::string& type, const std::string& name,
                        const std::string& attribute) const;

 private:
  std::string program_;
  std::string folder_;
  std::map<std::string, std::string> environment_;
};

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace squall::tfplugin
