#include "engines/agent/programs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace squall::engines {
namespace {

bool is_program(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::string on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path candidate = std::filesystem::path(folder) / name;
    if (!folder.empty() && is_program(candidate)) return candidate.string();
  }
  return "";
}

}  // namespace

Result<std::string> path_of_this_program() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail("find this program's own file: " + error.message());
  return path.string();
}

Result<std::string> find_agent(const std::string& asked, bool planted) {
  if (asked.find('/') != std::string::npos) {
    if (is_program(asked)) return std::filesystem::absolute(asked).string();
    return fail(fmt::format("there is no program {}", asked));
  }
  const std::string name = !asked.empty() ? asked
                           : planted      ? "squall-agent-planted"
                                          : "squall-agent";
  TRY(const std::string own, path_of_this_program());
  const std::filesystem::path beside = std::filesystem::path(own).parent_path() / name;
  if (asked.empty() && is_program(beside)) return beside.string();
  std::string found = on_path(name);
  if (!found.empty()) return found;
  return fail(
      fmt::format("there is no program {} beside {} or on PATH; build it, or name it with "
                  "--binary",
                  name, own));
}

}  // namespace squall::engines
