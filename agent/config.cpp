#include "agent/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <charconv>
#include <sstream>
#include <utility>

#include "agent/files.h"
#include "documents/reader.h"

namespace squall::agent {
namespace {

constexpr int64_t kDay_ms = 24LL * 60 * 60 * 1000;

Result<Json> json_of_toml(std::string_view text) {
  try {
    const toml::table parsed = toml::parse(text);
    std::ostringstream out;
    out << toml::json_formatter(parsed);
    return parse_json(out.str());
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return fail(fmt::format("line {}, column {}: {}", at.line, at.column, error.description()));
  }
}

// A setting in milliseconds, a day at most.
Result<void> read_duration(const Reader& table, std::string_view key, int64_t least_ms,
                           Duration& into) {
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(into).count();
  TRY(const int64_t ms, table.integer_or(key, now_ms, least_ms, kDay_ms));
  if (ms != now_ms) into = std::chrono::milliseconds(ms);
  return {};
}

Result<void> read_server(const Reader& table, ServerOptions& options) {
  TRY_VOID(table.only({"listen", "bearer_token", "max_body_bytes", "max_header_bytes",
                       "max_connections", "read_timeout_ms", "idle_timeout_ms"}));
  TRY(const std::string listen, table.text_or("listen", ""));
  if (!listen.empty()) TRY_VOID(set_listen(listen, options));
  TRY(options.bearer_token, table.text_or("bearer_token", options.bearer_token));
  TRY(const int64_t body,
      table.integer_or("max_body_bytes", static_cast<int64_t>(options.max_body_bytes), 1024,
                       int64_t{1} << 40));
  options.max_body_bytes = static_cast<uint64_t>(body);
  TRY(const int64_t header,
      table.integer_or("max_header_bytes", static_cast<int64_t>(options.max_header_bytes), 1024,
                       int64_t{1} << 24));
  options.max_header_bytes = static_cast<uint64_t>(header);
  TRY(const int64_t connections,
      table.integer_or("max_connections", static_cast<int64_t>(options.max_connections), 1,
                       100'000));
  options.max_connections = static_cast<size_t>(connections);
  TRY_VOID(read_duration(table, "read_timeout_ms", 1, options.read_timeout));
  return read_duration(table, "idle_timeout_ms", 1, options.idle_timeout);
}

Result<void> read_provider(const Reader& table, ProviderOptions& options) {
  TRY_VOID(table.only({"command", "start_deadline_ms", "first_pause_ms", "longest_pause_ms"}));
  TRY(const std::vector<Reader> words, table.elements_or_none("command"));
  if (!words.empty()) options.command.clear();
  for (const Reader& word : words) {
    TRY(std::string text, word.text());
    options.command.push_back(std::move(text));
  }
  TRY_VOID(read_duration(table, "start_deadline_ms", 1, options.start_deadline));
  TRY_VOID(read_duration(table, "first_pause_ms", 1, options.first_pause));
  return read_duration(table, "longest_pause_ms", 1, options.longest_pause);
}

Result<void> read_engine(const Reader& table, engine::Options& options) {
  TRY_VOID(table.only({"max_retries", "retry_delay_ms", "max_retry_delay_ms", "call_deadline_ms",
                       "status_check_interval_ms", "operation_deadline_ms"}));
  TRY(const int64_t retries, table.integer_or("max_retries", options.max_retries, 0, 1000));
  options.max_retries = static_cast<int>(retries);
  TRY_VOID(read_duration(table, "retry_delay_ms", 1, options.retry_delay));
  TRY_VOID(read_duration(table, "max_retry_delay_ms", 1, options.max_retry_delay));
  TRY_VOID(read_duration(table, "call_deadline_ms", 1, options.call_deadline));
  TRY_VOID(read_duration(table, "status_check_interval_ms", 1, options.status_check_interval));
  return read_duration(table, "operation_deadline_ms", 1, options.operation_deadline);
}

template <class Part>
Result<void> read_part(const Reader& top, std::string_view key,
                       Result<void> (*read)(const Reader&, Part&), Part& into) {
  TRY(const std::optional<Reader> found, top.find(key));
  if (!found) return {};
  return read(*found, into);
}

Result<void> read_top(const Json& document, Config& config) {
  const Reader top(document);
  TRY_VOID(
      top.only({"data", "store", "log_level", "sync_interval_ms", "server", "provider", "engine"}));
  TRY(config.data_folder, top.text_or("data", config.data_folder));
  TRY(config.store, top.text_or("store", config.store));
  TRY(const std::string level, top.text_or("log_level", ""));
  if (!level.empty()) {
    TRY(config.log_level, parse_log_level(level));
  }
  TRY_VOID(read_duration(top, "sync_interval_ms", 0, config.sync_interval));
  TRY_VOID(read_part(top, "server", read_server, config.server));
  TRY_VOID(read_part(top, "provider", read_provider, config.provider));
  return read_part(top, "engine", read_engine, config.engine);
}

}  // namespace

Result<void> read_config_text(std::string_view text, std::string_view source, Config& config) {
  const Result<Json> document = json_of_toml(text);
  if (!document) return fail(fmt::format("{}: {}", source, document.error().message));
  const Result<void> read = read_top(*document, config);
  if (!read) return fail(fmt::format("{}: {}", source, read.error().message));
  return {};
}

Result<void> read_config(const std::string& path, Config& config) {
  TRY(const std::string text, read_file(path));
  return read_config_text(text, path, config);
}

Result<void> set_listen(std::string_view text, ServerOptions& options) {
  const size_t colon = text.rfind(':');
  std::string_view address = text.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (address.empty() || port.empty() || error != std::errc() || end != port.data() + port.size())
    return fail(
        fmt::format("\"{}\" is no address to listen at; write ADDRESS:PORT, such as "
                    "127.0.0.1:49684",
                    text));
  options.address = std::string(address);
  options.port = number;
  return {};
}

}  // namespace squall::agent
