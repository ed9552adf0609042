// A folder for unix sockets that nobody else may look into; it goes with its owner.
#pragma once

#include <string>

#include "base/result.h"

namespace squall {

class SocketFolder {
 public:
  // In `wanted`, or where that is empty in TMPDIR, where it is short enough for a socket's path
  // (107 bytes at most); else in /tmp. Mode 0700.
  static Result<SocketFolder> make(const std::string& wanted = "");
  ~SocketFolder();
  SocketFolder(SocketFolder&& other) noexcept;
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  SocketFolder& operator=(SocketFolder&&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit SocketFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace squall
