#include "property/failure_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace squall::property {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".json";

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// A reversible file name: anything but lower-case letters, digits and -_. is %-escaped (upper case
// too, for file systems that do not tell the cases apart), and so is a leading dot.
std::string file_name_of(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (plain(c) && !(out.empty() && c == '.')) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out.empty() ? "%" : out;
}

// The name that file_name_of turned into `file`; none if there is no such name.
std::optional<std::string> name_of_file(std::string_view file) {
  if (file == "%") return std::string();
  std::string name;
  for (size_t i = 0; i < file.size(); ++i) {
    if (file[i] != '%') {
      name.push_back(file[i]);
      continue;
    }
    if (i + 2 >= file.size()) return std::nullopt;
    const std::string digits(file.substr(i + 1, 2));
    char* end = nullptr;
    const auto value = static_cast<char>(std::strtol(digits.c_str(), &end, 16));
    if (end != digits.c_str() + 2) return std::nullopt;
    name.push_back(value);
    i += 2;
  }
  if (file_name_of(name) != file) return std::nullopt;
  return name;
}

std::unexpected<Error> cannot(std::string_view what, const fs::path& path, int error) {
  return fail(fmt::format("{} {}: {}", what, path.string(), std::strerror(error)));
}

// A temporary file that is closed, and deleted unless it was put in its place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target) : path_(target.string() + ".tmp-XXXXXX") {
    descriptor_ = ::mkostemp(path_.data(), O_CLOEXEC);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!placed_) ::unlink(path_.c_str());
  }

  bool opened() const { return descriptor_ >= 0; }
  const std::string& path() const { return path_; }

  // False, with errno set, if not everything could be written and made durable.
  bool write_durably(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      text.remove_prefix(static_cast<size_t>(written));
    }
    // mkostemp makes files that only the owner may read; a failure is there to be shared.
    return ::fchmod(descriptor_, 0644) == 0 && ::fsync(descriptor_) == 0;
  }

  bool put_in_place(const fs::path& target) {
    placed_ = ::rename(path_.c_str(), target.c_str()) == 0;
    return placed_;
  }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool placed_ = false;
};

// Makes the entries of a folder durable. False, with errno set, if that fails.
bool sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return synced;
}

}  // namespace

fs::path FailureDatabase::path_of(std::string_view property, std::string_view signature) const {
  return root_ / file_name_of(property) / (file_name_of(signature) + std::string(kExtension));
}

Result<fs::path> FailureDatabase::save(std::string_view property, std::string_view signature,
                                       std::string_view text) const {
  fs::path target = path_of(property, signature);
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error) return cannot("making the folder", target.parent_path(), error.value());

  const fs::file_status status = fs::symlink_status(target, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return fail(
        fmt::format("saving a failure as {}: there is something of that name that is not "
                    "a file; move it away",
                    target.string()));
  }
  TemporaryFile file(target);
  if (!file.opened()) return cannot("saving a failure as", target, errno);
  if (!file.write_durably(text)) return cannot("writing", file.path(), errno);
  if (!file.put_in_place(target)) return cannot("saving a failure as", target, errno);
  if (!sync_folder(target.parent_path())) return cannot("syncing", target.parent_path(), errno);
  return target;
}

Result<std::vector<std::string>> FailureDatabase::list(std::string_view property) const {
  const fs::path folder = root_ / file_name_of(property);
  std::vector<std::string> signatures;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return signatures;
  if (error) return cannot("listing the failures in", folder, error.value());
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path file = entry->path();
    std::error_code ignored;
    if (file.extension() != kExtension || !entry->is_regular_file(ignored)) continue;
    if (std::optional<std::string> name = name_of_file(file.stem().string())) {
      signatures.push_back(*std::move(name));
    }
  }
  if (error) return cannot("listing the failures in", folder, error.value());
  std::ranges::sort(signatures);
  return signatures;
}

Result<std::string> FailureDatabase::load(std::string_view property,
                                          std::string_view signature) const {
  const fs::path path = path_of(property, signature);
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return cannot("reading the failure", path, error ? error.value() : ENOENT);
  }
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return cannot("reading the failure", path, errno);
  return text;
}

Result<bool> FailureDatabase::remove(std::string_view property, std::string_view signature) const {
  const fs::path path = path_of(property, signature);
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (!fs::exists(status)) {
    if (error && error != std::errc::no_such_file_or_directory) {
      return cannot("removing the failure", path, error.value());
    }
    return false;
  }
  if (!fs::is_regular_file(status)) {
    return fail(fmt::format("removing the failure {}: it is not a file", path.string()));
  }
  if (::unlink(path.c_str()) != 0) return cannot("removing the failure", path, errno);
  return true;
}

}  // namespace squall::property
