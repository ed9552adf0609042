// Keeps failing cases between runs: <root>/<property>/<signature>.json, one file for each signature
// of each property, so that the next run can replay them first. The content is the caller's; this
// only stores it. The usual root is .squall/failures.
//
// Several processes may use one root: a file appears complete or not at all, and the last writer of
// a signature wins.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace squall::property {

class FailureDatabase {
 public:
  // Nothing is created or read before the first call that needs it.
  explicit FailureDatabase(std::filesystem::path root) : root_(std::move(root)) {}

  // Stores `text`, replacing what was stored under that name, and returns the file's path. Durable
  // when it returns. Errors: anything the file system says; a file of that name that this class
  // would not have made (a directory, a symbolic link) is left alone.
  Result<std::filesystem::path> save(std::string_view property, std::string_view signature,
                                     std::string_view text) const;

  // The signatures stored for a property, sorted; none if there is no such folder. Files that are
  // not of this database's making are passed over.
  Result<std::vector<std::string>> list(std::string_view property) const;

  // Errors: nothing stored under that name, or not readable.
  Result<std::string> load(std::string_view property, std::string_view signature) const;

  // Returns false if nothing was stored under that name.
  Result<bool> remove(std::string_view property, std::string_view signature) const;

  // Where that failure is or would be stored.
  std::filesystem::path path_of(std::string_view property, std::string_view signature) const;

 private:
  std::filesystem::path root_;
};

}  // namespace squall::property
