#include "agent/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "agent/rest/message.h"
#include "documents/command_json.h"

namespace squall::agent {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      break;
  }
  return "error";
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError})
    if (to_string(level) == text) return level;
  return fail("there is no log level \"" + std::string(text) +
              "\"; known are debug, info, warning, error");
}

Log::Log(LogLevel least)
    : logger_(std::make_shared<spdlog::logger>("agent",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
  logger_->set_level(level_of(least));
  logger_->flush_on(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view event, const JsonObject& members) const {
  if (!logger_->should_log(level_of(level))) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  JsonObject line = {
      {"time", to_rfc3339(Instant(std::chrono::duration_cast<Duration>(now)))},
      {"level", to_string(level)},
      {"event", event},
  };
  for (const auto& [key, value] : members) line.insert_or_assign(key, value);
  // A reason may quote what a provider wrote, and that may be anything.
  logger_->log(level_of(level), "{}", as_utf8(boost::json::serialize(line)));
}

void Log::debug(std::string_view event, const JsonObject& members) const {
  write(LogLevel::kDebug, event, members);
}
void Log::info(std::string_view event, const JsonObject& members) const {
  write(LogLevel::kInfo, event, members);
}
void Log::warning(std::string_view event, const JsonObject& members) const {
  write(LogLevel::kWarning, event, members);
}
void Log::error(std::string_view event, const JsonObject& members) const {
  write(LogLevel::kError, event, members);
}

}  // namespace squall::agent
