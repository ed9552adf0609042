#include "engines/processes/work_area.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace squall::processes {
namespace {

namespace fs = std::filesystem;

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; the disk is full: make room, or set TMPDIR to a place with some";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; it cannot be written to: set TMPDIR to a directory that can";
    case ENOENT:
    case ENOTDIR:
      return "; set TMPDIR to a directory that is there";
    default:
      return "";
  }
}

std::unexpected<Error> failed(std::string_view what, const std::string& path, int error) {
  return fail(fmt::format("{} {}: {}{}", what, path, strerror(error), advice(error)));
}

// Held for the time of a scope; freed by closing.
class Locked {
 public:
  explicit Locked(int directory) : directory_(directory) {}
  Locked(Locked&& other) noexcept : directory_(std::exchange(other.directory_, -1)) {}
  ~Locked() {
    if (directory_ >= 0) ::close(directory_);
  }
  int get() const { return directory_; }
  int release() { return std::exchange(directory_, -1); }

 private:
  int directory_;
};

bool lock(int directory, int how) {
  while (::flock(directory, how) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

// Makes and locks the outer directory. Another harness may remove it between the two: then again.
Result<Locked> lock_outer(const std::string& outer) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    if (::mkdir(outer.c_str(), 0700) != 0 && errno != EEXIST) {
      return failed("make the directory", outer, errno);
    }
    Locked opened(::open(outer.c_str(), kOpenDirectory));
    if (opened.get() < 0 && errno == ENOENT) continue;
    if (opened.get() < 0) return failed("open the directory", outer, errno);
    struct stat ours{};
    if (::fstat(opened.get(), &ours) != 0) return failed("look at", outer, errno);
    if (ours.st_uid != ::geteuid() || (ours.st_mode & 077) != 0) {
      return fail(fmt::format(
          "use the directory {}: it must belong to this user, with no rights for others (0700); "
          "remove it, or set TMPDIR to another place",
          outer));
    }
    if (!lock(opened.get(), LOCK_EX)) return failed("lock", outer, errno);
    struct stat now{};
    if (::lstat(outer.c_str(), &now) == 0 && now.st_ino == ours.st_ino) return opened;
  }
  return fail(fmt::format("lock {}: it is removed as fast as it is made; try again", outer));
}

// REQUIRES: the outer directory is locked. Returns how many went.
int sweep(const std::string& outer) {
  int swept = 0;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(outer, ignored)) {
    const Locked theirs(::open(entry.path().c_str(), kOpenDirectory));
    if (theirs.get() < 0 || !lock(theirs.get(), LOCK_EX | LOCK_NB)) continue;
    std::error_code error;
    fs::remove_all(entry.path(), error);
    if (!error) ++swept;
  }
  return swept;
}

}  // namespace

WorkArea::WorkArea(std::string outer, std::string root, int lock, int swept)
    : outer_(std::move(outer)), root_(std::move(root)), lock_(lock), swept_(swept) {}

WorkArea::WorkArea(WorkArea&& other) noexcept
    : outer_(std::move(other.outer_)),
      root_(std::move(other.root_)),
      lock_(std::exchange(other.lock_, -1)),
      swept_(other.swept_) {}

WorkArea& WorkArea::operator=(WorkArea&& other) noexcept {
  if (this != &other) {
    remove_all();
    outer_ = std::move(other.outer_);
    root_ = std::move(other.root_);
    lock_ = std::exchange(other.lock_, -1);
    swept_ = other.swept_;
  }
  return *this;
}

WorkArea::~WorkArea() { remove_all(); }

Result<WorkArea> WorkArea::create(const std::string& parent) {
  const char* variable = std::getenv("TMPDIR");
  const std::string fallback = variable != nullptr && *variable != '\0' ? variable : "/tmp";
  std::error_code error;
  const fs::path place = fs::absolute(parent.empty() ? fallback : parent, error);
  if (error) return failed("find the directory", parent, error.value());
  const std::string outer = (place / fmt::format("squall-{}", ::geteuid())).string();
  TRY(const Locked outer_lock, lock_outer(outer));
  const int swept = sweep(outer);

  std::string root = outer + "/XXXXXX";
  if (::mkdtemp(root.data()) == nullptr) return failed("make a directory in", outer, errno);
  Locked own(::open(root.c_str(), kOpenDirectory));
  if (own.get() < 0 || !lock(own.get(), LOCK_EX | LOCK_NB)) {
    const int why = errno;
    ::rmdir(root.c_str());
    return failed("lock", root, why);
  }
  return WorkArea(outer, root, own.release(), swept);
}

void WorkArea::remove_all() {
  if (lock_ < 0) return;
  std::error_code ignored;  // what stays is swept by the next harness
  fs::remove_all(root_, ignored);
  ::close(std::exchange(lock_, -1));
  const auto outer_lock = lock_outer(outer_);
  if (outer_lock) ::rmdir(outer_.c_str());  // fails where another harness is alive
}

Result<std::string> WorkArea::make_directory(std::string_view name) const {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (name.empty() || name[0] == '.' || !std::all_of(name.begin(), name.end(), allowed)) {
    return fail(fmt::format(
        "make the working directory \"{}\": a name has letters, digits, '-', '_' and '.', and does "
        "not begin with '.'",
        name));
  }
  std::string path = fmt::format("{}/{}", root_, name);
  if (::mkdir(path.c_str(), 0700) != 0) return failed("make the working directory", path, errno);
  return path;
}

Result<void> WorkArea::remove_directory(const std::string& path) const {
  if (!path.starts_with(root_ + "/")) {
    return fail(fmt::format("remove {}: it is not in the work area {}", path, root_));
  }
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return failed("remove", path, error.value());
  return {};
}

Result<void> write_text(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed("write", path, errno);
  const Locked closes(file);
  while (!text.empty()) {
    const ssize_t wrote = ::write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failed("write", path, errno);
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return {};
}

Result<std::string> read_text(const std::string& path) {
  const Locked file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed("read", path, errno);
  std::string text;
  char bytes[65536];
  while (true) {
    const ssize_t got = ::read(file.get(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path, errno);
    if (got == 0) return text;
    text.append(bytes, static_cast<size_t>(got));
  }
}

}  // namespace squall::processes
