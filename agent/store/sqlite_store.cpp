#include "agent/store/sqlite_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "agent/store/last_writes.h"
#include "agent/store/sqlite.h"
#include "base/check.h"
#include "base/descriptor.h"
#include "engine/record_json.h"

namespace squall::agent {

namespace {

using engine::Committed;

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

constexpr std::array kSqliteMigrations = {
    // Rowid tables with an index: a commit adds to the end of the table and to a narrow index. A
    // table that is ordered by its key itself took eight times as long (KSUIDs, 1 KB).
    "CREATE TABLE record (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, text TEXT NOT NULL);"
    "CREATE TABLE plan (record INTEGER PRIMARY KEY, text TEXT NOT NULL);",
};

// A file that was made is there after the loss of power only if its folder was synced.
Result<void> sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.ok() && ::fsync(opened.number()) == 0) return {};
  return fail(fmt::format("cannot sync the folder of {}: {}", path, std::strerror(errno)));
}

// Makes the file with its mode from the start: the log of SQLite takes its mode from it.
Result<void> make_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kOwnerOnly));
  if (file.ok()) return sync_folder_of(path);
  // It must not be opened and closed here: that would free the locks of this process on it.
  if (errno != EEXIST) return fail(fmt::format("cannot make {}: {}", path, std::strerror(errno)));
  if (::chmod(path.c_str(), kOwnerOnly) == 0) return {};
  return fail(fmt::format("cannot make {} private: {}", path, std::strerror(errno)));
}

bool is_disk_full(const sqlite::Failure& failure) {
  if ((failure.code & 0xff) == SQLITE_FULL) return true;
  // Not of a sync: what was written before it may be there, and count, after the loss of power.
  if (failure.code != SQLITE_IOERR_WRITE) return false;
  return failure.system_error == ENOSPC || failure.system_error == EDQUOT ||
         failure.system_error == EFBIG;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, sqlite::Database database)
      : path_(std::move(path)), database_(std::move(database)) {}

  Result<void> prepare();

  Result<void> load(
      const std::function<void(const std::string&, std::shared_ptr<const engine::Record>)>& visit)
      override;
  Committed commit(std::span<const engine::Batch> batches) override;
  const std::string& why_failed() const override { return why_failed_; }
  Result<uint64_t> size_bytes() override;

 private:
  // Each is false where SQLite failed; failure_ says how.
  bool write(const LastWrite& one);
  bool write_update(const LastWrite& one, const engine::StoredUpdate& update);
  // Runs it with the key and text_.
  bool put(sqlite::Statement& statement, const std::string& key);
  bool remove(const std::string& key);
  bool run(sqlite::Statement& statement);
  Committed give_up();

  std::string path_;
  sqlite::Database database_;
  sqlite::Statement begin_;
  sqlite::Statement commit_;
  sqlite::Statement rollback_;
  sqlite::Statement load_;
  sqlite::Statement put_record_;     // key, text
  sqlite::Statement change_record_;  // key, text
  sqlite::Statement put_plan_;       // key, text
  sqlite::Statement remove_record_;  // key
  sqlite::Statement remove_plan_;    // key

  std::string text_;  // used again for each record
  sqlite::Failure failure_;
  std::string why_failed_;
  bool is_broken_ = false;  // a commit was kUnknown: nothing may be written after it
};

Result<void> SqliteStore::prepare() {
  TRY(begin_, database_.prepare("BEGIN IMMEDIATE"));
  TRY(commit_, database_.prepare("COMMIT"));
  TRY(rollback_, database_.prepare("ROLLBACK"));
  TRY(load_, database_.prepare("SELECT record.key, record.text, plan.text FROM record "
                               "LEFT JOIN plan ON plan.record = record.id ORDER BY record.key"));
  TRY(put_record_, database_.prepare("INSERT INTO record (key, text) VALUES (?1, ?2) "
                                     "ON CONFLICT (key) DO UPDATE SET text = excluded.text"));
  TRY(change_record_, database_.prepare("UPDATE record SET text = ?2 WHERE key = ?1"));
  // RETURNING, so that the id need not be looked up, made the statement before 2.7 us slower a row.
  TRY(put_plan_, database_.prepare("INSERT INTO plan (record, text) VALUES "
                                   "((SELECT id FROM record WHERE key = ?1), ?2) "
                                   "ON CONFLICT (record) DO UPDATE SET text = excluded.text"));
  TRY(remove_record_, database_.prepare("DELETE FROM record WHERE key = ?1"));
  TRY(remove_plan_, database_.prepare("DELETE FROM plan WHERE record = "
                                      "(SELECT id FROM record WHERE key = ?1)"));
  return {};
}

Result<void> SqliteStore::load(
    const std::function<void(const std::string&, std::shared_ptr<const engine::Record>)>& visit) {
  std::string key;
  int code = SQLITE_DONE;
  Result<void> result;
  while (result && (code = load_.step()) == SQLITE_ROW) {
    key = load_.text(0);
    auto record = engine::parse_record(key, load_.text(1), load_.text(2));
    if (record) {
      visit(key, *std::move(record));
    } else {
      result = fail(fmt::format("{}: {}", path_, record.error().message));
    }
  }
  if (result && code != SQLITE_DONE) {
    result = fail(fmt::format("cannot read {}: {}", path_, database_.last_failure().message));
  }
  load_.reset();
  return result;
}

Committed SqliteStore::commit(std::span<const engine::Batch> batches) {
  if (is_broken_) return Committed::kUnknown;
  const std::vector<LastWrite> writes = last_writes(batches);
  if (writes.empty()) return Committed::kYes;
  bool ok = run(begin_);
  for (size_t i = 0; ok && i < writes.size(); ++i) ok = write(writes[i]);
  if (ok && run(commit_)) return Committed::kYes;
  return give_up();
}

Committed SqliteStore::give_up() {
  const sqlite::Failure failure = failure_;
  why_failed_ = fmt::format("cannot write {}: {}", path_, failure.message);
  // Some failures roll back by themselves.
  if (database_.in_transaction()) run(rollback_);
  if (is_disk_full(failure) && !database_.in_transaction()) return Committed::kDiskFull;
  is_broken_ = true;
  return Committed::kUnknown;
}

bool SqliteStore::run(sqlite::Statement& statement) {
  const bool ok = statement.step() == SQLITE_DONE;
  // Before the next call, which would be the last one.
  if (!ok) failure_ = database_.last_failure();
  statement.reset();
  return ok;
}

bool SqliteStore::write(const LastWrite& one) {
  const engine::Write& write = *one.write;
  if (one.is_delete()) return remove(write.key);
  if (const engine::StoredUpdate* update = one.update()) return write_update(one, *update);
  text_.clear();
  engine::append_text(text_, *write.record);
  return put(put_record_, write.key);
}

bool SqliteStore::write_update(const LastWrite& one, const engine::StoredUpdate& update) {
  text_.clear();
  engine::append_text_without_plan(text_, update);
  if (!one.with_plan) {
    if (!put(change_record_, one.write->key)) return false;
    if (database_.changed() == 1) return true;
  }
  if (!put(put_record_, one.write->key)) return false;
  text_.clear();
  engine::append_text(text_, *update.plan);
  return put(put_plan_, one.write->key);
}

bool SqliteStore::put(sqlite::Statement& statement, const std::string& key) {
  statement.bind(1, key);
  statement.bind(2, text_);
  return run(statement);
}

bool SqliteStore::remove(const std::string& key) {
  remove_plan_.bind(1, key);
  if (!run(remove_plan_)) return false;
  remove_record_.bind(1, key);
  return run(remove_record_);
}

Result<uint64_t> SqliteStore::size_bytes() {
  uint64_t total = 0;
  for (const char* ending : {"", "-wal"}) {
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(path_ + ending, error);
    if (!error) {
      total += size;
    } else if (error != std::errc::no_such_file_or_directory) {
      return fail(fmt::format("cannot see the size of {}{}: {}", path_, ending, error.message()));
    }
  }
  return total;
}

// ---- Opening

Result<void> use_log(sqlite::Database& database) {
  TRY(const std::string mode, database.text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") return fail("its file system cannot hold a write-ahead log");
  return database.run("BEGIN EXCLUSIVE; COMMIT");
}

// Takes the file for this process alone, until it is closed.
Result<void> take(sqlite::Database& database, const std::string& path) {
  // Before the first access: the log then needs no memory that others share.
  TRY_VOID(database.run("PRAGMA locking_mode = EXCLUSIVE"));
  const Result<void> taken = use_log(database);
  if (taken) return {};
  const int code = database.last_failure().code & 0xff;
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    return fail(fmt::format(
        "{} is in use by another process: one agent at a time can have it; stop the other one, or "
        "give this one a data folder of its own",
        path));
  }
  if (code == SQLITE_NOTADB) return fail(fmt::format("{} is no SQLite database", path));
  return fail(fmt::format("cannot open {}: {}", path, taken.error().message));
}

Result<int64_t> layout_of(sqlite::Database& database, const std::string& path) {
  TRY(const int64_t tables, database.number("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) return 0;
  TRY(const int64_t ours,
      database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'layout'"));
  if (ours == 0) return fail(fmt::format("{} is a database of another program", path));
  return database.number("SELECT max(version) FROM layout");
}

// All in one transaction: a database has the old layout or the new one.
Result<void> migrate(sqlite::Database& database, const SqliteOptions& options) {
  TRY(const int64_t found, layout_of(database, options.path));
  TRY_VOID(check_layout(found, options.migrations, options.path));
  const auto next = static_cast<size_t>(found);
  if (next == options.migrations.size()) return {};
  TRY_VOID(database.run("BEGIN IMMEDIATE"));
  if (found == 0) TRY_VOID(database.run("CREATE TABLE layout (version INTEGER NOT NULL)"));
  for (const char* migration : options.migrations.subspan(next)) {
    TRY_VOID(database.run(migration));
  }
  TRY_VOID(database.run("DELETE FROM layout"));
  const std::string version =
      fmt::format("INSERT INTO layout VALUES ({})", options.migrations.size());
  TRY_VOID(database.run(version.c_str()));
  return database.run("COMMIT");
}

Result<void> set_up(sqlite::Database& database, const SqliteOptions& options) {
  TRY_VOID(database.run("PRAGMA synchronous = FULL"));
  TRY_VOID(database.run("PRAGMA cache_size = -65536"));  // KiB
  // Less of it means that pages which change often are copied into the file more often.
  TRY_VOID(database.run("PRAGMA wal_autocheckpoint = 4000"));      // pages of 4 KiB
  TRY_VOID(database.run("PRAGMA journal_size_limit = 67108864"));  // after a large commit
  if (options.max_pages == 0) return {};
  return database.run(fmt::format("PRAGMA max_page_count = {}", options.max_pages).c_str());
}

}  // namespace

Migrations sqlite_migrations() { return kSqliteMigrations; }

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options) {
  TRY_VOID(make_file(options.path));
  TRY(sqlite::Database database, sqlite::Database::open(options.path, options.patience));
  TRY_VOID(take(database, options.path));
  TRY_VOID(set_up(database, options));
  const Result<void> migrated = migrate(database, options);
  if (!migrated) {
    return fail(fmt::format("cannot use {}: {}", options.path, migrated.error().message));
  }
  auto store = std::make_unique<SqliteStore>(options.path, std::move(database));
  TRY_VOID(store->prepare());
  return store;
}

}  // namespace squall::agent
