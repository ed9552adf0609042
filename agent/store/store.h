// What the daemon keeps: the records of engine/records.h by key, in a database. One interface, two
// databases (SQLite, PostgreSQL); what must hold of any of them is agent/store/store_test.cpp.
//
// Blocking: one thread at a time uses a Store, and it is not the engine's (agent/store/writer.h).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "engine/env.h"

namespace squall::agent {

class Store {
 public:
  virtual ~Store() = default;

  // Visits every record, in key order. Errors: the database cannot be read, or holds what makes no
  // sense (the message names the key).
  virtual Result<void> load(
      const std::function<void(const std::string& key,
                               std::shared_ptr<const engine::Record> record)>& visit) = 0;

  // Writes all of the batches durably, in their order, or nothing of any: one transaction.
  // kUnknown: the database did not say, or refused; only who loads again can know. Why, is
  // why_failed().
  virtual engine::Committed commit(std::span<const engine::Batch> batches) = 0;
  // Of the last commit that was not kYes: in words.
  virtual const std::string& why_failed() const = 0;

  // For people and for measurements: bytes on the disk.
  virtual Result<uint64_t> size_bytes() = 0;
};

// `where`: "sqlite" (a file agent.db in `data_folder`), or "postgresql:URL" as libpq reads it
// ("postgresql:postgresql://user@host/db", or "postgresql:host=… dbname=…"). Makes what is not
// there and brings an older layout up to date. Errors: it cannot be opened, it is in use by another
// agent, its layout is newer than this program knows.
Result<std::unique_ptr<Store>> open_store(const std::string& where, const std::string& data_folder);

}  // namespace squall::agent
