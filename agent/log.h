// The daemon's log: one JSON object per line, {"time", "level", "event", …}, to standard error.
// Thread-safe. Nothing that a resource holds is ever a member: only names, ids, counts and reasons.
#pragma once

#include <memory>
#include <string_view>

#include "documents/json.h"

namespace spdlog {
class logger;  // NOLINT(readability-identifier-naming): the name is that of the library
}

namespace squall::agent {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
Result<LogLevel> parse_log_level(std::string_view text);  // "debug", "info", "warning", "error"

class Log {
 public:
  explicit Log(LogLevel least = LogLevel::kInfo);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view event, const JsonObject& members = {}) const;
  void info(std::string_view event, const JsonObject& members = {}) const;
  void warning(std::string_view event, const JsonObject& members = {}) const;
  void error(std::string_view event, const JsonObject& members = {}) const;

 private:
  void write(LogLevel level, std::string_view event, const JsonObject& members) const;

  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace squall::agent
