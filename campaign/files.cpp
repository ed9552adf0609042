#include "campaign/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/hash.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = std::uintmax_t{64} << 20U;
constexpr int kMostFoldersOfOneName = 100;

std::unexpected<Error> cannot(std::string_view what, const fs::path& path, int error) {
  return fail(fmt::format("{} {}: {}", what, path.string(), std::strerror(error)));
}

bool write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

// Is this folder free, or does it hold an earlier sighting of the same failure?
bool may_use(const fs::path& folder, const suite::Scenario& scenario) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(folder, ignored);
  if (!fs::exists(status)) return true;
  if (!fs::is_directory(status)) return false;
  if (fs::is_empty(folder, ignored)) return true;
  const auto text = read_file(folder / "scenario.json");
  if (!text) return false;
  const auto there = suite::parse_scenario(*text);
  return there && there->expected == scenario.expected && there->engine == scenario.engine &&
         sorted(there->plants) == sorted(scenario.plants);
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return cannot("reading", path, error ? error.value() : ENOENT);
  if (fs::is_directory(status)) {
    return fail(fmt::format("reading {}: it is a folder; name a file in it", path.string()));
  }
  // A pipe or a terminal has no size and is read to its end; only files can be refused early.
  if (fs::is_regular_file(status)) {
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) return cannot("reading", path, error.value());
    if (size > kLargestFile) {
      return fail(fmt::format("reading {}: it has {} bytes; the limit is {}", path.string(), size,
                              kLargestFile));
    }
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return cannot("reading", path, errno != 0 ? errno : EIO);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return cannot("reading", path, errno != 0 ? errno : EIO);
  return text;
}

Result<void> write_file(const fs::path& path, std::string_view text) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return fail(fmt::format(
        "writing {}: there is something of that name that is not a plain file; move it away",
        path.string()));
  }
  std::string temporary = path.string() + ".tmp-XXXXXX";
  const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0) return cannot("writing", path, errno);
  // mkostemp makes files that only their owner may read; a failure is there to be shared.
  const bool written = write_whole(descriptor, text) && ::fchmod(descriptor, 0644) == 0;
  int error = written ? 0 : errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return cannot("writing", path, error);
}

Result<void> check_can_save(const fs::path& root) {
  std::error_code error;
  fs::path existing = fs::absolute(root / "failures", error);
  if (error) return cannot("saving failures under", root, error.value());
  while (!fs::exists(fs::status(existing, error)) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  const auto refused = [&](std::string_view why) {
    return fail(fmt::format("saving failures under {}: {} {}; choose another with --failures-dir",
                            root.string(), existing.string(), why));
  };
  if (!fs::is_directory(existing, error)) return refused("is not a folder");
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    return refused(fmt::format("cannot be written to ({})", std::strerror(errno)));
  }
  return {};
}

Result<void> check_can_write(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return fail(fmt::format("writing {}: it is a folder; name a file in it", path.string()));
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) {
    return fail(fmt::format("writing {}: there is no folder {}; make it first", path.string(),
                            folder.string()));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return cannot("writing", path, errno);
  return {};
}

std::string folder_name(std::string_view signature) {
  const std::string_view invariant = signature.substr(0, signature.find('/'));
  return fmt::format("{}-{:04x}", invariant, hash_text(signature) & 0xffffU);
}

Result<fs::path> make_failure_folder(const fs::path& root, const suite::Scenario& scenario) {
  const fs::path first = root / "failures" / folder_name(scenario.expected);
  fs::path folder = first;
  for (int number = 2; !may_use(folder, scenario); ++number) {
    if (number > kMostFoldersOfOneName) {
      return fail(
          fmt::format("saving a failure: {} and {} others of that name hold other things; "
                      "move them away",
                      first.string(), kMostFoldersOfOneName - 1));
    }
    folder = fmt::format("{}-{}", first.string(), number);
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return cannot("making the folder", folder, error.value());
  return folder;
}

std::vector<SavedFailure> saved_failures(const fs::path& root, const suite::Scenario& like) {
  std::vector<SavedFailure> out;
  std::error_code error;
  fs::directory_iterator entry(root / "failures", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto text = read_file(entry->path() / "scenario.json");
    if (!text) continue;
    auto scenario = suite::parse_scenario(*text);
    if (!scenario || scenario->expected.empty()) continue;
    if (scenario->engine != like.engine || scenario->profile != like.profile ||
        sorted(scenario->plants) != sorted(like.plants)) {
      continue;
    }
    out.push_back({.folder = entry->path(), .scenario = *std::move(scenario)});
  }
  std::ranges::sort(out, {}, &SavedFailure::folder);
  return out;
}

}  // namespace squall::campaign
