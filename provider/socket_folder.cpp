#include "provider/socket_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace squall {

Result<SocketFolder> SocketFolder::make(const std::string& wanted) {
  // With the folder's own name and a socket's there must be room to spare.
  constexpr size_t kLongestParent = 70;
  const char* usual = std::getenv("TMPDIR");
  std::string parent = wanted.empty() && usual != nullptr ? usual : wanted;
  if (parent.empty() || parent.size() > kLongestParent) parent = "/tmp";
  std::string path = parent + "/squall-XXXXXX";
  if (::mkdtemp(path.data()) != nullptr) return SocketFolder(std::move(path));
  return fail(
      fmt::format("cannot make a folder for the provider's sockets in {}: {}; is it there, "
                  "and yours to write?",
                  parent, std::generic_category().message(errno)));
}

SocketFolder::~SocketFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SocketFolder::SocketFolder(SocketFolder&& other) noexcept
    : path_(std::exchange(other.path_, std::string())) {}

}  // namespace squall
