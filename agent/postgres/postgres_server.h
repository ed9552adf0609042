// A PostgreSQL server of one's own, for tests and for runs against an agent that needs one: in a
// new folder, on a unix socket in it, without TCP, gone with its folder at the end, however this
// process ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace squall::agent {

class PostgresServer {
 public:
  struct Options {
    // Do commits wait for the disk? Without, a crash of the machine may lose the databases, but
    // nothing else may.
    bool syncs = false;
    // Where its folder is made; empty: in the folder for temporary files. Every user must be able
    // to go through it, and its name be short: the socket's has 107 bytes at most.
    std::string parent_folder = {};
  };

  // Are initdb, pg_ctl and postgres there: on the PATH, or in /usr/lib/postgresql/N/bin?
  static bool is_installed();
  // Takes a second or two. As root it runs as user postgres or nobody, as PostgreSQL refuses root.
  // Errors: it is not installed, or does not start (with what it said).
  static Result<std::unique_ptr<PostgresServer>> start(const Options& options);
  // Ends it at once and removes its folder.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // A new, empty database; its name is returned.
  Result<std::string> create_database();
  Result<void> drop_database(const std::string& name);
  // A connection string of libpq for a database. "postgres" is there from the beginning.
  std::string settings(const std::string& database = "postgres") const;
  // The same for open_store().
  std::string where(const std::string& database) const;
  // Ends the connections that others have to a database, as a server does that is shut down.
  Result<void> end_connections(const std::string& database);

  const std::string& folder() const { return folder_; }
  // Ends when the server has ended and its folder is removed.
  pid_t guardian() const { return guardian_; }

 private:
  PostgresServer(std::string folder, pid_t guardian, Descriptor life_line);

  std::string folder_;
  pid_t guardian_ = 0;    // a shell that ends the server when the life line is cut
  Descriptor life_line_;  // the end of a pipe; closed when this process ends, whichever way
  uint64_t databases_ = 0;
};

}  // namespace squall::agent
