#include "agent/store/sqlite.h"

#include <fmt/format.h>

#include <cstring>

#include "base/check.h"

namespace squall::agent::sqlite {

namespace {

// errno of the system call on the write-ahead log that failed last; 0: not known.
int last_error_of_log(sqlite3* database) {
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                           static_cast<void*>(&log)) != SQLITE_OK ||
      log == nullptr || log->pMethods == nullptr) {
    return 0;
  }
  int error = 0;
  const int code = log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
  return code == SQLITE_OK ? error : 0;
}

}  // namespace

void Statement::bind(int parameter, std::string_view text) {
  // A null pointer would be NULL, which no text is.
  const char* data = text.data() == nullptr ? "" : text.data();
  const int code = sqlite3_bind_text64(statement_.get(), parameter, data, text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
  SQUALL_CHECK(code == SQLITE_OK || code == SQLITE_TOOBIG);  // too big: the step says so
}

void Statement::bind(int parameter, int64_t number) {
  SQUALL_CHECK(sqlite3_bind_int64(statement_.get(), parameter, number) == SQLITE_OK);
}

std::string_view Statement::text(int column) const {
  // The text first: asking for its size may convert it otherwise.
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(size)};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // says again what step() said
  sqlite3_clear_bindings(statement_.get());
}

Result<Database> Database::open(const std::string& path, std::chrono::milliseconds patience) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(opened);  // which there is even where it could not be opened
  if (opened == nullptr) return fail("no memory for a SQLite connection");
  if (code != SQLITE_OK) return database.failed("cannot open " + path);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, static_cast<int>(patience.count()));
  return database;
}

Result<void> Database::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return failed(sql);
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
      SQLITE_OK) {
    return failed(sql);
  }
  return Statement(made);
}

Result<int64_t> Database::number(const char* sql) {
  TRY(Statement statement, prepare(sql));
  if (statement.step() != SQLITE_ROW) return failed(sql);
  return statement.integer(0);
}

Result<std::string> Database::text(const char* sql) {
  TRY(Statement statement, prepare(sql));
  if (statement.step() != SQLITE_ROW) return failed(sql);
  return std::string(statement.text(0));
}

Failure Database::last_failure() const {
  Failure failure;
  failure.code = sqlite3_extended_errcode(database_.get());
  failure.system_error = sqlite3_system_errno(database_.get());
  failure.message = sqlite3_errmsg(database_.get());
  // SQLite keeps no errno of a COMMIT; the file of its log does.
  if (failure.code == SQLITE_IOERR_WRITE && failure.system_error == 0) {
    failure.system_error = last_error_of_log(database_.get());
  }
  if ((failure.code & 0xff) == SQLITE_IOERR && failure.system_error != 0) {
    failure.message += fmt::format(" ({})", std::strerror(failure.system_error));
  }
  return failure;
}

std::unexpected<Error> Database::failed(std::string_view trying) const {
  return fail(fmt::format("{}: {}", trying, last_failure().message));
}

}  // namespace squall::agent::sqlite
