// The store in a database of PostgreSQL, in a schema "squall_agent" of its own. An advisory lock of
// the session that writes keeps other agents out: who has lost the lock has lost the connection,
// and can write no more. (So a pooler that shares sessions cannot stand between.)
//
// A commit is one transaction, sent at once (libpq's pipeline), and is acknowledged when the server
// has synced it (synchronous_commit = on, whatever the server's own setting). Nothing reconnects: a
// connection that is lost in a commit leaves open what became of it.
//
// Tables as in agent/store/sqlite_store.h. Keys and texts are bytea: they are ordered by their
// bytes, and may hold any. To read them: convert_from(text, 'UTF8'). Keys have 2,600 bytes at most.
#pragma once

#include <chrono>
#include <string>

#include "agent/store/layout.h"
#include "agent/store/store.h"

namespace squall::agent {

Migrations postgres_migrations();

struct PostgresOptions {
  std::string settings;  // a URL or connection string of libpq
  // For another agent to let go: of one that was killed, the server carries out what it had sent.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  Migrations migrations = postgres_migrations();  // others: for tests
};

// Errors: as open_store() in agent/store/store.h.
Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options);

}  // namespace squall::agent
