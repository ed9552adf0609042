// libpq as values that clean up after themselves. Nothing of it knows of records.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/postgres/libpq.h"
#include "base/result.h"

namespace squall::agent::postgres {

// What the server answered.
class Answer {
 public:
  Answer() = default;
  explicit Answer(PGresult* result) : result_(result) {}

  // nullptr: there was none.
  explicit operator bool() const { return result_ != nullptr; }
  ExecStatusType status() const { return libpq().result_status(result_.get()); }
  // A command or a query that was carried out.
  bool ok() const;
  // Five characters of the SQL standard, or "" where the error is of libpq itself.
  std::string_view sql_state() const;
  // In one line.
  std::string message() const;
  // "COMMIT", "INSERT 0 1", …
  std::string_view command() const { return libpq().cmd_status(result_.get()); }

  int rows() const { return libpq().ntuples(result_.get()); }
  bool is_null(int row, int column) const {
    return libpq().getisnull(result_.get(), row, column) == 1;
  }
  // As the format of the result has it. "": it is null. Gone with the answer.
  std::string_view value(int row, int column) const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { libpq().clear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

class Connection {
 public:
  // `settings`: a URL or a connection string, as libpq has them. The error names host and database,
  // and never a password.
  static Result<Connection> open(const std::string& settings);

  // "database agent on db.example.org:5432": for messages.
  const std::string& name() const { return name_; }
  bool is_alive() const { return libpq().status(connection_.get()) == CONNECTION_OK; }
  bool is_idle() const { return libpq().transaction_status(connection_.get()) == PQTRANS_IDLE; }
  // Of the connection itself, in one line.
  std::string message() const;

  // One statement, or several without parameters; waits for the answer, which may be an error.
  Answer run(const char* sql);
  // The same, and an error where the server has one.
  Result<void> must_run(const char* sql);
  // The first column of the first row as a number.
  Result<int64_t> number(const char* sql);
  Result<void> prepare(const char* name, const char* sql);

  // Runs a prepared query and visits its rows as they arrive, in binary. `visit` ends it by an
  // error.
  Result<void> for_each_row(const char* prepared,
                            const std::function<Result<void>(const Answer& row)>& visit);

  // The pipeline: statements are sent without waiting for answers. Those come in the same order,
  // then that of sync(), which has the status PGRES_PIPELINE_SYNC; after one that is an error, what
  // follows it up to sync() is not carried out. False: the connection is lost.
  bool enter_pipeline() { return libpq().enter_pipeline_mode(connection_.get()) == 1; }
  // Parameters are sent as they are: of type bytea.
  bool send(const char* prepared, std::span<const std::string_view> parameters);
  bool sync() { return libpq().pipeline_sync(connection_.get()) == 1; }
  // Of the next statement. Without an answer in it: the connection is lost.
  Answer next_answer();
  // REQUIRES: all answers were taken.
  bool leave_pipeline() { return libpq().exit_pipeline_mode(connection_.get()) == 1; }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { libpq().finish(connection); }
  };
  explicit Connection(PGconn* connection) : connection_(connection) {}
  std::unexpected<Error> failed(std::string_view trying, const Answer& answer) const;

  std::unique_ptr<PGconn, Finish> connection_;
  std::string name_;
};

}  // namespace squall::agent::postgres
