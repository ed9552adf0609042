#include "agent/postgres/postgres.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>

#include "base/check.h"

namespace squall::agent::postgres {

namespace {

constexpr size_t kMaxParameters = 8;

std::string in_one_line(std::string_view message) {
  std::string out;
  for (const char c : message) {
    if (c != '\n') {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  return out.empty() ? "no reason was given" : out;
}

using Settings = std::map<std::string, std::string, std::less<>>;

Settings settings_in(PQconninfoOption* options) {
  Settings settings;
  for (const PQconninfoOption* one = options; one != nullptr && one->keyword != nullptr; ++one) {
    if (one->val != nullptr) settings[one->keyword] = one->val;
  }
  libpq().conninfo_free(options);
  return settings;
}

std::string setting(const Settings& settings, std::string_view key) {
  const auto found = settings.find(key);
  return found == settings.end() ? "" : found->second;
}

std::string name_of(const Settings& settings) {
  std::string host = setting(settings, "host");
  if (host.empty()) host = setting(settings, "hostaddr");
  const std::string port = setting(settings, "port");
  std::string where = host.empty() ? "this machine" : host;
  if (!port.empty()) where += ":" + port;
  std::string database = setting(settings, "dbname");
  if (database.empty()) database = "(the user's own)";
  return fmt::format("database {} on {}", database, where);
}

// No message of a server has it that we know of. It costs nothing to make sure.
std::string without(std::string message, const std::string& password) {
  if (password.empty()) return message;
  for (size_t at = 0; (at = message.find(password, at)) != std::string::npos;) {
    message.replace(at, password.size(), "***");
    at += 3;
  }
  return message;
}

void ignore_notice(void*, const char*) {}

}  // namespace

// ---- Answer

bool Answer::ok() const {
  const ExecStatusType now = status();
  return now == PGRES_COMMAND_OK || now == PGRES_TUPLES_OK;
}

std::string_view Answer::sql_state() const {
  const char* state = libpq().result_error_field(result_.get(), PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}

std::string Answer::message() const {
  return in_one_line(libpq().result_error_message(result_.get()));
}

std::string_view Answer::value(int row, int column) const {
  return {libpq().getvalue(result_.get(), row, column),
          static_cast<size_t>(libpq().getlength(result_.get(), row, column))};
}

// ---- Connection

Result<Connection> Connection::open(const std::string& settings) {
  TRY_VOID(load_libpq());
  // libpq's own message would quote what it cannot read, which may be the password.
  PQconninfoOption* options = libpq().conninfo_parse(settings.c_str(), nullptr);
  if (options == nullptr) {
    return fail(
        "cannot read the settings of the PostgreSQL server: they are a URL as in "
        "postgresql://user@host/database, or host=… dbname=…; what PostgreSQL's own "
        "programs take (libpq, \"Connection Strings\")");
  }
  const Settings given = settings_in(options);
  // What stands before "dbname" gives way to what is in the settings.
  const std::array<const char*, 4> keys = {"connect_timeout", "application_name", "dbname",
                                           nullptr};
  const std::array<const char*, 4> values = {"10", "squall-agent", settings.c_str(), nullptr};
  Connection connection(libpq().connectdb_params(keys.data(), values.data(), /*expand_dbname=*/1));
  if (connection.connection_ == nullptr) return fail("no memory for a PostgreSQL connection");
  PGconn* made = connection.connection_.get();
  libpq().set_notice_processor(made, ignore_notice, nullptr);
  const Settings taken = settings_in(libpq().conninfo(made));
  connection.name_ = name_of(taken.empty() ? given : taken);
  if (connection.is_alive()) return connection;
  return fail(fmt::format("cannot reach the PostgreSQL {}: {}", connection.name_,
                          without(connection.message(), setting(taken, "password"))));
}

std::string Connection::message() const {
  return in_one_line(libpq().error_message(connection_.get()));
}

std::unexpected<Error> Connection::failed(std::string_view trying, const Answer& answer) const {
  return fail(fmt::format("{}: {}: {}", name_, trying, answer ? answer.message() : message()));
}

Answer Connection::run(const char* sql) { return Answer(libpq().exec(connection_.get(), sql)); }

Result<void> Connection::must_run(const char* sql) {
  const Answer answer = run(sql);
  if (answer.ok()) return {};
  return failed(sql, answer);
}

Result<int64_t> Connection::number(const char* sql) {
  const Answer answer = run(sql);
  if (!answer.ok()) return failed(sql, answer);
  int64_t number = 0;
  const std::string_view text = answer.rows() == 0 ? "" : answer.value(0, 0);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return fail(fmt::format("{}: {}: gave no number", name_, sql));
  return number;
}

Result<void> Connection::prepare(const char* name, const char* sql) {
  const Answer answer(libpq().prepare(connection_.get(), name, sql, 0, nullptr));
  if (answer.ok()) return {};
  return failed(sql, answer);
}

Result<void> Connection::for_each_row(const char* prepared,
                                      const std::function<Result<void>(const Answer& row)>& visit) {
  PGconn* connection = connection_.get();
  constexpr int kBinary = 1;
  if (libpq().send_query_prepared(connection, prepared, 0, nullptr, nullptr, nullptr, kBinary) !=
          1 ||
      libpq().set_single_row_mode(connection) != 1) {
    return fail(fmt::format("{}: cannot ask: {}", name_, message()));
  }
  Result<void> result;
  // All answers must be taken, also where they are of no use any more.
  while (Answer answer{libpq().get_result(connection)}) {
    if (!result) continue;
    if (answer.status() == PGRES_SINGLE_TUPLE) {
      result = visit(answer);
    } else if (!answer.ok()) {
      result = failed("cannot read", answer);
    }
  }
  return result;
}

bool Connection::send(const char* prepared, std::span<const std::string_view> parameters) {
  SQUALL_CHECK(parameters.size() <= kMaxParameters);
  std::array<const char*, kMaxParameters> values = {};
  std::array<int, kMaxParameters> lengths = {};
  std::array<int, kMaxParameters> formats = {};
  for (size_t i = 0; i < parameters.size(); ++i) {
    // A null pointer would be NULL, which no text is.
    values[i] = parameters[i].data() == nullptr ? "" : parameters[i].data();
    lengths[i] = static_cast<int>(parameters[i].size());
    formats[i] = 1;
  }
  return libpq().send_query_prepared(connection_.get(), prepared,
                                     static_cast<int>(parameters.size()), values.data(),
                                     lengths.data(), formats.data(), 1) == 1;
}

Answer Connection::next_answer() {
  Answer answer(libpq().get_result(connection_.get()));
  if (!answer || answer.status() == PGRES_PIPELINE_SYNC) return answer;
  // Behind the answer of each statement stands a null pointer.
  while (const Answer rest{libpq().get_result(connection_.get())}) {
    // Of a lost connection there is an answer without end.
    if (!is_alive()) return Answer();
  }
  return answer;
}

}  // namespace squall::agent::postgres
