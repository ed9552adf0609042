#include "provider/cloud_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "cloud/cloud.h"

namespace squall {

namespace {

namespace fs = std::filesystem;

std::string last_error() { return std::generic_category().message(errno); }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

// Held until it goes out of scope; the system frees it when the process dies.
Result<Descriptor> lock(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) {
    return fail(fmt::format("cannot open the lock {}: {}; is the folder there, and yours?", path,
                            last_error()));
  }
  while (::flock(file.number(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(fmt::format("cannot take the lock {}: {}", path, last_error()));
  }
  return file;
}

// Which file it is, so that one which was replaced since is known.
struct FileIdentity {
  uint64_t inode = 0;  // 0: there is none
  int64_t size = 0;
  int64_t changed_s = 0;
  int64_t changed_ns = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

FileIdentity identity_of(const std::string& path) {
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {.inode = found.st_ino,
          .size = found.st_size,
          .changed_s = found.st_mtim.tv_sec,
          .changed_ns = found.st_mtim.tv_nsec};
}

Result<void> write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(last_error());
    text.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// All or nothing, also where the machine stops in the middle.
Result<void> replace_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file.is_open()) return fail(fmt::format("cannot write {}: {}", temporary, last_error()));
    const Result<void> written = write_all(file.number(), text);
    if (!written) {
      return fail(fmt::format("cannot write {}: {}", temporary, written.error().message));
    }
    if (::fsync(file.number()) != 0) {
      return fail(fmt::format("cannot keep {}: {}", temporary, last_error()));
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(fmt::format("cannot replace {}: {}", path, last_error()));
  }
  const std::string folder = fs::path(path).parent_path().string();
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.is_open() || ::fsync(parent.number()) != 0) {
    return fail(fmt::format("cannot keep the folder {}: {}", folder, last_error()));
  }
  return {};
}

}  // namespace

struct CloudFile::Impl {
  Impl(std::string where, std::shared_ptr<const cloud::Catalogue> types)
      : path(std::move(where)), catalogue(std::move(types)), cloud(catalogue, 0) {}

  // REQUIRES: mutex and lock are held.
  Result<void> refresh() {
    const FileIdentity there = identity_of(path);
    if (loaded == there) return {};
    loaded.reset();
    cloud.reset();
    if (there.inode != 0) {
      std::ifstream file(path);
      std::ostringstream text;
      text << file.rdbuf();
      if (!file) return fail(fmt::format("cannot read the cloud file {}", path));
      const Result<Json> json = parse_json(text.str());
      const Result<void> taken = json ? cloud.load(*json) : std::unexpected(json.error());
      if (!taken) {
        return fail(fmt::format("the cloud file {} holds no cloud: {}; remove it to begin anew",
                                path, taken.error().message));
      }
    }
    loaded = there;
    return {};
  }

  Result<ProviderReply> call(const ProviderRequest& request, Instant time) {
    const std::scoped_lock guard(mutex);
    TRY(const Descriptor held, lock(path + ".lock"));
    TRY_VOID(refresh());
    const cloud::Cloud::Arrival arrival = cloud.arrive(request, time);
    ProviderReply reply = cloud.execute(arrival.call, time);
    const bool changed = cloud.records().back().change->effect != cloud::Effect::kNone;
    cloud.answered(arrival.call, reply, true, time);
    if (!changed) return reply;
    // Whether the file was replaced or not, the memory is not to be believed after an error.
    loaded.reset();
    TRY_VOID(replace_file(path, one_line(cloud.saved())));
    loaded = identity_of(path);
    return reply;
  }

  const std::string path;
  const std::shared_ptr<const cloud::Catalogue> catalogue;
  std::mutex mutex;
  cloud::Cloud cloud;
  std::optional<FileIdentity> loaded;
};

CloudFile::CloudFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CloudFile::~CloudFile() = default;

Result<std::shared_ptr<CloudFile>> CloudFile::open(
    const std::string& path, std::shared_ptr<const cloud::Catalogue> catalogue) {
  std::error_code error;
  const std::string whole = fs::absolute(path, error).string();
  if (error || path.empty()) {
    return fail(fmt::format("cannot open the cloud file \"{}\": it is no path", path));
  }
  auto impl = std::make_unique<Impl>(whole, std::move(catalogue));
  TRY(const Descriptor held, lock(whole + ".lock"));
  TRY_VOID(impl->refresh());
  return std::shared_ptr<CloudFile>(new CloudFile(std::move(impl)));
}

const std::vector<ResourceType>& CloudFile::types() const { return impl_->catalogue->types; }

CloudTraits CloudFile::traits() const { return {}; }

// The clock of the machine: several processes share it.
Instant CloudFile::now() const {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return Instant(std::chrono::duration_cast<Duration>(wall));
}

ProviderReply CloudFile::call(const ProviderRequest& request, const Patience& /*patience*/) {
  Result<ProviderReply> reply = impl_->call(request, now());
  if (reply) return *std::move(reply);
  return ProviderReply::failure(ErrorCode::kServiceInternalError, reply.error().message);
}

}  // namespace squall
