// The store in one file of SQLite, which this process has to itself.
//
// A commit is one transaction of the write-ahead log and returns after its fsync (synchronous =
// FULL): what was acknowledged survives the loss of power. With NORMAL the log would be synced only
// before it is copied into the file: nothing would be torn, and a killed process would lose
// nothing, but after the loss of power the last commits could be gone although they were
// acknowledged, and with them the intents of calls that the cloud has carried out.
//
// Tables: record(id, key, text), by key; plan(record, text): of an update, what never changes, by
// the id of its record. Written when the update is, and never again with its states.
#pragma once

#include <chrono>
#include <string>

#include "agent/store/layout.h"
#include "agent/store/store.h"

namespace squall::agent {

Migrations sqlite_migrations();

struct SqliteOptions {
  std::string path;  // made where it is not there, for its owner only; its folder must be there
  // For another agent to let go: one that was killed may still be at its last commit.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  // For tests.
  Migrations migrations = sqlite_migrations();
  int64_t max_pages = 0;  // the file may not grow beyond; 0: it may
};

// Errors: as open_store() in agent/store/store.h.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options);

}  // namespace squall::agent
