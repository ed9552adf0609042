// Where the runs of one harness live: a private directory, with one working directory per case. It
// is removed at the end; what a killed harness left is swept by the next one.
//
//   TMPDIR/squall-UID/          0700; goes when the last harness has gone
//   TMPDIR/squall-UID/XXXXXX/   0700; one harness; it holds a lock (flock) on it while it is alive
//
// A directory whose lock can be taken belongs to nobody alive. Making and sweeping are done under a
// lock on the outer directory, so that two harnesses side by side never see each other half made.
// (systemd-tmpfiles also leaves locked directories alone.)
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engines/processes/guardian.h"

namespace squall::processes {

class WorkArea {
 public:
  // In `parent`, or where it is empty in $TMPDIR, or in /tmp. Sweeps first.
  // Errors: the parent is not writable, the disk is full, the outer directory is somebody else's.
  static Result<WorkArea> create(const std::string& parent = "");

  WorkArea(WorkArea&&) noexcept;
  WorkArea& operator=(WorkArea&&) noexcept;
  // Removes everything. REQUIRES: no process works in it any more.
  ~WorkArea();

  // An absolute path, short enough for sockets in it (they may have 107 bytes).
  const std::string& root() const { return root_; }
  // How many directories of dead harnesses create() removed.
  int swept() const { return swept_; }

  // A new, empty directory of that name: letters, digits, '-', '_' and '.'. The error says why not.
  Result<std::string> make_directory(std::string_view name) const;
  // Removes one that make_directory() made, with all in it.
  Result<void> remove_directory(const std::string& path) const;

 private:
  WorkArea(std::string outer, std::string root, int lock, int swept);
  void remove_all();

  std::string outer_;
  std::string root_;
  int lock_ = -1;
  int swept_ = 0;
};

// Writes a whole file in one go; the error says which, and what to do on a full disk.
Result<void> write_text(const std::string& path, std::string_view text);

// Reads a whole file.
Result<std::string> read_text(const std::string& path);

}  // namespace squall::processes
