#include "agent/store/postgres_store.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "agent/postgres/postgres.h"
#include "agent/store/last_writes.h"
#include "base/check.h"
#include "engine/record_json.h"

namespace squall::agent {

namespace {

using engine::Committed;

constexpr std::string_view kDiskFull = "53100";
constexpr std::string_view kDivisionByZero = "22012";
constexpr std::string_view kLockNotAvailable = "55P03";

constexpr std::array kPostgresMigrations = {
    // Room in each page for the next state of a record, beside the last one: then no index changes.
    "CREATE TABLE record (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "key bytea NOT NULL UNIQUE, text bytea NOT NULL) WITH (fillfactor = 70);"
    "CREATE TABLE plan (record bigint PRIMARY KEY, text bytea NOT NULL);",
};

// Prepared statements.
struct Statement {
  const char* name;
  const char* sql;
};
constexpr Statement kBegin = {"begin", "BEGIN"};
constexpr Statement kCommit = {"commit", "COMMIT"};
constexpr Statement kLoad = {"load",
                             "SELECT record.key, record.text, plan.text FROM record "
                             "LEFT JOIN plan ON plan.record = record.id ORDER BY record.key"};
constexpr Statement kPut = {"put",
                            "INSERT INTO record (key, text) VALUES ($1, $2) "
                            "ON CONFLICT (key) DO UPDATE SET text = excluded.text"};
constexpr Statement kPutWithPlan = {
    "put_with_plan",
    "WITH put AS (INSERT INTO record (key, text) VALUES ($1, $2) "
    "ON CONFLICT (key) DO UPDATE SET text = excluded.text RETURNING id) "
    "INSERT INTO plan (record, text) SELECT id, $3 FROM put "
    "ON CONFLICT (record) DO UPDATE SET text = excluded.text"};
// Divides by zero where the key is not there: an error ends the pipeline before its COMMIT, and
// nobody has to wait for an answer first.
constexpr Statement kChange = {"change",
                               "WITH changed AS (UPDATE record SET text = $2 WHERE key = $1 "
                               "RETURNING id) SELECT 1 / count(*) FROM changed"};
constexpr Statement kRemove = {"remove",
                               "WITH removed AS (DELETE FROM record WHERE key = $1 RETURNING id) "
                               "DELETE FROM plan USING removed WHERE plan.record = removed.id"};
constexpr std::array kStatements = {kBegin, kCommit, kLoad, kPut, kPutWithPlan, kChange, kRemove};

class PostgresStore final : public Store {
 public:
  explicit PostgresStore(postgres::Connection connection) : connection_(std::move(connection)) {}

  Result<void> prepare() {
    for (const Statement& one : kStatements) TRY_VOID(connection_.prepare(one.name, one.sql));
    return {};
  }

  Result<void> load(
      const std::function<void(const std::string&, std::shared_ptr<const engine::Record>)>& visit)
      override;
  Committed commit(std::span<const engine::Batch> batches) override;
  const std::string& why_failed() const override { return why_failed_; }
  Result<uint64_t> size_bytes() override;

 private:
  // Which of the statements failed first, and how.
  struct Outcome {
    bool ok = false;
    std::string sql_state;
    std::string message;
  };

  // One transaction. with_plans: also those of updates that should be there.
  Outcome write(std::span<const LastWrite> writes, bool with_plans);
  bool send(const LastWrite& one, bool with_plans);
  Outcome answers(size_t count);
  Outcome lost() const { return {false, "", connection_.message()}; }

  postgres::Connection connection_;
  std::string text_;  // used again for each record
  std::string plan_;
  std::string why_failed_;
  bool is_broken_ = false;  // a commit was kUnknown: nothing may be written after it
};

Result<void> PostgresStore::load(
    const std::function<void(const std::string&, std::shared_ptr<const engine::Record>)>& visit) {
  return connection_.for_each_row(kLoad.name, [&](const postgres::Answer& row) -> Result<void> {
    const std::string key(row.value(0, 0));
    auto record = engine::parse_record(key, row.value(0, 1), row.value(0, 2));
    if (!record) return fail(fmt::format("{}: {}", connection_.name(), record.error().message));
    visit(key, *std::move(record));
    return {};
  });
}

Committed PostgresStore::commit(std::span<const engine::Batch> batches) {
  if (is_broken_) return Committed::kUnknown;
  const std::vector<LastWrite> writes = last_writes(batches);
  if (writes.empty()) return Committed::kYes;
  Outcome outcome = write(writes, /*with_plans=*/false);
  if (outcome.sql_state == kDivisionByZero) outcome = write(writes, /*with_plans=*/true);
  if (outcome.ok) return Committed::kYes;
  why_failed_ = fmt::format("cannot write to {}: {}", connection_.name(), outcome.message);
  // The server said so, and that the transaction is at its end: then nothing of it was written.
  const bool is_rolled_back = connection_.is_alive() && connection_.is_idle();
  if (outcome.sql_state == kDiskFull && is_rolled_back) return Committed::kDiskFull;
  is_broken_ = true;
  return Committed::kUnknown;
}

PostgresStore::Outcome PostgresStore::write(std::span<const LastWrite> writes, bool with_plans) {
  if (!connection_.enter_pipeline() || !connection_.send(kBegin.name, {})) return lost();
  for (const LastWrite& one : writes) {
    if (!send(one, with_plans)) return lost();
  }
  if (!connection_.send(kCommit.name, {}) || !connection_.sync()) return lost();
  Outcome outcome = answers(writes.size() + 2);
  if (!connection_.is_alive() || !connection_.leave_pipeline())
    return outcome.ok ? lost() : outcome;
  if (!outcome.ok) connection_.run("ROLLBACK");  // whether it worked shows in the state
  return outcome;
}

bool PostgresStore::send(const LastWrite& one, bool with_plans) {
  const engine::Write& write = *one.write;
  if (one.is_delete())
    return connection_.send(kRemove.name, std::array<std::string_view, 1>{write.key});
  text_.clear();
  const engine::StoredUpdate* update = one.update();
  if (update == nullptr) {
    engine::append_text(text_, *write.record);
    return connection_.send(kPut.name, std::array<std::string_view, 2>{write.key, text_});
  }
  engine::append_text_without_plan(text_, *update);
  if (!one.with_plan && !with_plans) {
    return connection_.send(kChange.name, std::array<std::string_view, 2>{write.key, text_});
  }
  plan_.clear();
  engine::append_text(plan_, *update->plan);
  return connection_.send(kPutWithPlan.name,
                          std::array<std::string_view, 3>{write.key, text_, plan_});
}

// Of so many statements, the last of which is COMMIT, and of the sync after them.
PostgresStore::Outcome PostgresStore::answers(size_t count) {
  Outcome outcome;
  outcome.ok = true;
  for (size_t i = 0; i < count; ++i) {
    const postgres::Answer answer = connection_.next_answer();
    if (!answer) return outcome.ok ? lost() : outcome;
    if (!outcome.ok) continue;  // the others were not carried out
    const bool is_commit = i + 1 == count;
    if (!answer.ok() || (is_commit && answer.command() != "COMMIT")) {
      outcome = {false, std::string(answer.sql_state()), answer.message()};
    }
  }
  const postgres::Answer end = connection_.next_answer();
  if (outcome.ok && (!end || end.status() != PGRES_PIPELINE_SYNC)) return lost();
  return outcome;
}

Result<uint64_t> PostgresStore::size_bytes() {
  TRY(const int64_t size, connection_.number("SELECT pg_database_size(current_database())"));
  return static_cast<uint64_t>(size);
}

// ---- Opening

// Takes the database for this session alone, until it ends.
Result<void> take(postgres::Connection& connection, std::chrono::milliseconds patience) {
  // That a machine is gone is found out by asking it: without these settings, after two hours.
  TRY_VOID(
      connection.must_run("SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; "
                          "SET tcp_keepalives_count = 3"));
  const std::string wait = fmt::format("SET lock_timeout = {}", patience.count());
  TRY_VOID(connection.must_run(wait.c_str()));
  // A number of our own among the locks that programs agree on: "squall" in ASCII.
  const postgres::Answer locked =
      connection.run("SELECT pg_advisory_lock(x'737175616c6c'::bigint)");
  if (locked.ok()) return connection.must_run("SET lock_timeout = 0");
  if (locked.sql_state() == kLockNotAvailable) {
    return fail(fmt::format(
        "the PostgreSQL {} is in use by another agent: one at a time can have it; stop the other "
        "one, or give this one a database of its own",
        connection.name()));
  }
  return fail(
      fmt::format("cannot lock the PostgreSQL {}: {}", connection.name(), locked.message()));
}

// All in one transaction: a database has the old layout or the new one.
Result<void> migrate(postgres::Connection& connection, Migrations migrations) {
  TRY_VOID(
      connection.must_run("BEGIN; CREATE SCHEMA IF NOT EXISTS squall_agent; "
                          "SET search_path = squall_agent; CREATE TABLE IF NOT EXISTS "
                          "layout (version integer NOT NULL)"));
  TRY(const int64_t found, connection.number("SELECT coalesce(max(version), 0) FROM layout"));
  TRY_VOID(check_layout(found, migrations, "it"));
  for (const char* migration : migrations.subspan(static_cast<size_t>(found))) {
    TRY_VOID(connection.must_run(migration));
  }
  const std::string version =
      fmt::format("DELETE FROM layout; INSERT INTO layout VALUES ({})", migrations.size());
  TRY_VOID(connection.must_run(version.c_str()));
  return connection.must_run("COMMIT");
}

}  // namespace

Migrations postgres_migrations() { return kPostgresMigrations; }

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options) {
  TRY(postgres::Connection connection, postgres::Connection::open(options.settings));
  // Plans are made once for a connection, perhaps when the tables are small: they use the indexes
  // whatever the size, as a scan for each record of a large commit would never end.
  TRY_VOID(
      connection.must_run("SET synchronous_commit = on; SET enable_seqscan = off; SET jit = off"));
  TRY_VOID(take(connection, options.patience));
  const Result<void> migrated = migrate(connection, options.migrations);
  if (!migrated) {
    return fail(fmt::format("cannot use the PostgreSQL {}: {}", connection.name(),
                            migrated.error().message));
  }
  auto store = std::make_unique<PostgresStore>(std::move(connection));
  TRY_VOID(store->prepare());
  return store;
}

}  // namespace squall::agent
