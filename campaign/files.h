// The few things a run does with files: read a document whole, write one so that it appears
// complete or not at all, and find the folder a failure is kept in.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "suite/scenario.h"

namespace squall::campaign {

// The text of a regular file. Errors: not there, not a regular file, not readable, larger than a
// scenario can sensibly be (64 MiB).
Result<std::string> read_file(const std::filesystem::path& path);

// Writes `text` to a temporary file beside `path` and renames it into place, so that whoever reads
// `path` sees the old content or the new one, never a part. The folder must exist. Errors: whatever
// the file system says; something that is not a regular file stands there (it is left alone).
Result<void> write_file(const std::filesystem::path& path, std::string_view text);

// Whether failures could be saved under `root`, without creating anything: a run that finds nothing
// leaves no trace. The error says what stands in the way.
Result<void> check_can_save(const std::filesystem::path& root);

// Whether a file could be written there, without touching anything: better said before a long run
// than after it. The error says what stands in the way.
Result<void> check_can_write(const std::filesystem::path& path);

// "no-duplicate-4be1": the invariant and four hexadecimal digits of the signature's hash.
std::string folder_name(std::string_view signature);

// The folder for the failure that `scenario` shows (scenario.expected is its signature), created if
// it is missing: <root>/failures/<folder_name>. A folder of that name is used again only if its
// scenario.json is of the same signature, engine and plants; next to anything else a number is
// appended ("…-2"), and nothing is overwritten.
Result<std::filesystem::path> make_failure_folder(const std::filesystem::path& root,
                                                  const suite::Scenario& scenario);

// The failures that earlier runs saved under `root` of the same engine, profile and plants as
// `like`, by the name of their folder. A folder without a scenario that says what it must show is
// passed over.
struct SavedFailure {
  std::filesystem::path folder;
  suite::Scenario scenario;
};
std::vector<SavedFailure> saved_failures(const std::filesystem::path& root,
                                         const suite::Scenario& like);

}  // namespace squall::campaign
