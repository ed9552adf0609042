#include "provider/tfplugin/command_line_test.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "provider/tfplugin/reattach_server.h"

namespace squall::tfplugin {

namespace fs = std::filesystem;

std::optional<std::string> find_command_line() {
  const char* path = std::getenv("PATH");
  for (const std::string program : {"terraform", "tofu"}) {
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      std::string candidate = folder + "/" + program;
      if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
  }
  return std::nullopt;
}

std::string read_text(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

CommandLine::CommandLine(std::string program) : program_(std::move(program)) {
  std::string folder = (fs::temp_directory_path() / "squall-test-XXXXXX").string();
  EXPECT_NE(::mkdtemp(folder.data()), nullptr);
  folder_ = folder;
  fs::create_directories(folder_ + "/home");
  write_text(folder_ + "/cli.tfrc",
             "disable_checkpoint = true\nprovider_installation {\n"
             "  filesystem_mirror {\n    path = \"" +
                 mirror() + "\"\n  }\n}\n");
  const char* path = std::getenv("PATH");
  environment_ = {{"PATH", path == nullptr ? "" : path},
                  {"HOME", folder_ + "/home"},
                  {"TMPDIR", folder_},
                  {"CHECKPOINT_DISABLE", "1"},
                  {"TF_IN_AUTOMATION", "1"},
                  {"TF_INPUT", "0"},
                  {"TF_CLI_CONFIG_FILE", folder_ + "/cli.tfrc"},
                  {"TF_DATA_DIR", folder_ + "/data"}};
}

CommandLine::~CommandLine() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void CommandLine::configure(const JsonObject& rest, const JsonObject& provider) const {
  JsonObject document = rest;
  document["terraform"] = JsonObject{
      {"required_providers", JsonObject{{"squall", JsonObject{{"source", kProviderSource}}}}}};
  document["provider"] = JsonObject{{"squall", provider}};
  write_text(folder_ + "/main.tf.json", pretty(document));
}

pid_t CommandLine::start(const std::vector<std::string>& arguments,
                         const std::string& output_file) const {
  std::vector<std::string> words = {program_, "-chdir=" + folder_};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> settings;
  for (const auto& [name, value] : environment_) settings.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (std::string& setting : settings) envp.push_back(setting.data());
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, program_.c_str(), &actions, nullptr, argv.data(), envp.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

CommandLine::Result CommandLine::finish(pid_t child, const std::string& output_file) {
  constexpr int kDeadline_ms = 60'000;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  pollfd waiting = {.fd = handle, .events = POLLIN, .revents = 0};
  if (::poll(&waiting, 1, kDeadline_ms) != 1) ::kill(child, SIGKILL);
  ::close(handle);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  Result result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.output = read_text(output_file);
  return result;
}

CommandLine::Result CommandLine::run(const std::vector<std::string>& arguments) const {
  const auto started = std::chrono::steady_clock::now();
  const std::string output = folder_ + "/output";
  Result result = finish(start(arguments, output), output);
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  return result;
}

Json CommandLine::state() const {
  const auto state = parse_json(read_text(folder_ + "/terraform.tfstate"));
  return state ? *state : Json(nullptr);
}

std::string CommandLine::attribute(const std::string& type, const std::string& name,
                                   const std::string& attribute) const {
  const Json whole = state();
  const Json* resources = member(whole, "resources");
  if (resources == nullptr) return "";
  for (const Json& resource : resources->as_array()) {
    if (text_of(resource, "type") != type || text_of(resource, "name") != name) continue;
    const JsonArray& instances = resource.at("instances").as_array();
    if (instances.empty()) return "";
    const Json* value = member(instances.front().at("attributes"), attribute);
    return value == nullptr ? "" : canonical(*value);
  }
  return "";
}

}  // namespace squall::tfplugin
