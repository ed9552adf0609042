// SQLite as values that clean up after themselves. Nothing of it knows of records.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace squall::agent::sqlite {

// A prepared statement: bind, step until there are no more rows, reset.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  // Parameters count from 1. The text is not copied: it must stay until reset().
  void bind(int parameter, std::string_view text);
  void bind(int parameter, int64_t number);

  // SQLITE_ROW, SQLITE_DONE, or what went wrong.
  int step() { return sqlite3_step(statement_.get()); }
  // Columns count from 0. What is returned is gone with the next step() or reset().
  std::string_view text(int column) const;
  int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

  // For the next use; forgets what was bound.
  void reset();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// What SQLite says of the call that failed last.
struct Failure {
  int code = SQLITE_OK;  // extended
  int system_error = 0;  // errno of the system call, where it was one
  std::string message;
};

class Database {
 public:
  // Opens the file, which must be there. Waits so long for locks of others.
  static Result<Database> open(const std::string& path, std::chrono::milliseconds patience);

  // Runs one statement or several, without looking at rows.
  Result<void> run(const char* sql);
  Result<Statement> prepare(const char* sql);
  // The first column of the first row. An error where there is no row.
  Result<int64_t> number(const char* sql);
  Result<std::string> text(const char* sql);

  Failure last_failure() const;
  // Of the statement that ran last: rows inserted, changed or deleted.
  int64_t changed() const { return sqlite3_changes64(database_.get()); }
  bool in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  // "TRYING: what SQLite says".
  std::unexpected<Error> failed(std::string_view trying) const;

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace squall::agent::sqlite
