#include "agent/log.h"

#include <gmock/gmock.h>

#include <sstream>

namespace squall::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<JsonObject> logged(LogLevel least, const std::function<void(const Log&)>& write) {
  testing::internal::CaptureStderr();
  write(Log(least));
  std::istringstream lines(testing::internal::GetCapturedStderr());
  std::vector<JsonObject> out;
  for (std::string line; std::getline(lines, line);) {
    const Result<Json> parsed = parse_json(line);
    EXPECT_TRUE(parsed && parsed->is_object()) << line;
    if (parsed && parsed->is_object()) out.push_back(parsed->get_object());
  }
  return out;
}

// Shows: each entry is one line of JSON with its time, level and event, and the members it is
// given.
TEST(Log, WritesLinesOfJson) {
  const auto lines = logged(LogLevel::kInfo, [](const Log& log) {
    log.info("started", {{"pid", 17}});
    log.error("ended");
  });
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].at("level"), "info");
  EXPECT_EQ(lines[0].at("event"), "started");
  EXPECT_EQ(lines[0].at("pid"), 17);
  EXPECT_THAT(std::string(lines[0].at("time").as_string()),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z"));
  EXPECT_EQ(lines[1].at("level"), "error");
}

// Shows: whatever a member holds, it stays one line, and UTF-8: line ends, quotes, bytes that are
// no text, braces that a formatter would look for.
TEST(Log, EscapesWhatItMust) {
  const std::string odd = "a\nb\"c\\d\x1b[31m{}%s\xff";
  const auto lines = logged(LogLevel::kInfo, [&](const Log& log) {
    log.warning("refused", {{"reason", odd}, {"{}", "x"}});
  });
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].at("reason"), "a\nb\"c\\d\x1b[31m{}%s\xef\xbf\xbd");
}

// Shows: what is below the level is not written, and each level has its name.
TEST(Log, KeepsItsLevel) {
  const auto all = [](const Log& log) {
    log.debug("d");
    log.info("i");
    log.warning("w");
    log.error("e");
  };
  EXPECT_THAT(logged(LogLevel::kDebug, all), SizeIs(4));
  EXPECT_THAT(logged(LogLevel::kInfo, all), SizeIs(3));
  EXPECT_THAT(logged(LogLevel::kWarning, all), SizeIs(2));
  EXPECT_THAT(logged(LogLevel::kError, all), SizeIs(1));
  for (const char* name : {"debug", "info", "warning", "error"})
    EXPECT_TRUE(parse_log_level(name)) << name;
  EXPECT_THAT(parse_log_level("Info").error().message, HasSubstr("\"Info\""));
}

}  // namespace
}  // namespace squall::agent
