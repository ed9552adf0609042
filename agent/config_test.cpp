#include "agent/config.h"

#include <gmock/gmock.h>

#include <fstream>

#include "agent/files.h"
#include "agent/store/store_test.h"

namespace squall::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(std::string_view text) {
  Config config;
  const Result<void> read = read_config_text(text, "agent.toml", config);
  return read ? "no error" : read.error().message;
}

// Shows: every setting that there is arrives where it belongs.
TEST(Config, ReadsEverySetting) {
  Config config;
  const Result<void> read = read_config_text(R"(
    data = "/var/lib/squall"
    store = "postgresql:dbname=squall"
    log_level = "debug"
    sync_interval_ms = 1
    [server]
    listen = "[::1]:8080"
    bearer_token = "token"
    max_body_bytes = 2048
    max_header_bytes = 4096
    max_connections = 3
    read_timeout_ms = 4
    idle_timeout_ms = 5
    [provider]
    command = ["squall", "provider"]
    start_deadline_ms = 6
    first_pause_ms = 7
    longest_pause_ms = 8
    [engine]
    max_retries = 0
    retry_delay_ms = 9
    max_retry_delay_ms = 10
    call_deadline_ms = 11
    status_check_interval_ms = 12
    operation_deadline_ms = 13
  )",
                                             "agent.toml", config);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(config.data_folder, "/var/lib/squall");
  EXPECT_EQ(config.store, "postgresql:dbname=squall");
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
  EXPECT_EQ(config.sync_interval, 1ms);
  EXPECT_EQ(config.server.address, "::1");
  EXPECT_EQ(config.server.port, 8080);
  EXPECT_EQ(config.server.bearer_token, "token");
  EXPECT_EQ(config.server.max_body_bytes, 2048U);
  EXPECT_EQ(config.server.max_header_bytes, 4096U);
  EXPECT_EQ(config.server.max_connections, 3U);
  EXPECT_EQ(config.server.read_timeout, 4ms);
  EXPECT_EQ(config.server.idle_timeout, 5ms);
  EXPECT_THAT(config.provider.command, ElementsAre("squall", "provider"));
  EXPECT_EQ(config.provider.start_deadline, 6ms);
  EXPECT_EQ(config.provider.first_pause, 7ms);
  EXPECT_EQ(config.provider.longest_pause, 8ms);
  EXPECT_EQ(config.engine.max_retries, 0);
  EXPECT_EQ(config.engine.retry_delay, 9ms);
  EXPECT_EQ(config.engine.max_retry_delay, 10ms);
  EXPECT_EQ(config.engine.call_deadline, 11ms);
  EXPECT_EQ(config.engine.status_check_interval, 12ms);
  EXPECT_EQ(config.engine.operation_deadline, 13ms);
}

// Shows: what a file does not say stays as it was; an interval of 0 turns the sync off.
TEST(Config, KeepsWhatIsNotSaid) {
  Config config;
  config.data_folder = "/before";
  config.engine.retry_delay = 1500us;
  ASSERT_TRUE(read_config_text("sync_interval_ms = 0\n[engine]\nmax_retries = 2", "x", config));
  EXPECT_EQ(config.sync_interval, 0ms);
  EXPECT_EQ(config.engine.max_retries, 2);
  EXPECT_EQ(config.data_folder, "/before");
  EXPECT_EQ(config.store, "sqlite");
  EXPECT_EQ(config.server.port, 49684);
  EXPECT_EQ(config.engine.retry_delay, 1500us);
}

// Shows: each error names the file and the place in it.
TEST(Config, SaysWhereItIsWrong) {
  EXPECT_THAT(error_of("data = \"x\"\nstore = "), StartsWith("agent.toml: line 2, column 9: "));
  EXPECT_THAT(error_of("data = 1"), StartsWith("agent.toml: $.data: must be a text"));
  EXPECT_THAT(error_of("dat = \"x\""), AllOf(StartsWith("agent.toml: $"), HasSubstr("dat")));
  EXPECT_THAT(error_of("[server]\ntoken = \"secret\""),
              AllOf(StartsWith("agent.toml: $.server"), HasSubstr("bearer_token"),
                    Not(HasSubstr("secret"))));
  EXPECT_THAT(error_of("[server]\nmax_connections = 0"),
              StartsWith("agent.toml: $.server.max_connections: "));
  EXPECT_THAT(error_of("[server]\nlisten = \"here\""),
              AllOf(StartsWith("agent.toml: "), HasSubstr("\"here\" is no address")));
  EXPECT_THAT(error_of("[provider]\ncommand = \"squall\""),
              StartsWith("agent.toml: $.provider.command: "));
  EXPECT_THAT(error_of("[provider]\ncommand = [1]"),
              StartsWith("agent.toml: $.provider.command[0]: must be a text"));
  EXPECT_THAT(error_of("[engine]\nretry_delay_ms = 0"),
              StartsWith("agent.toml: $.engine.retry_delay_ms: "));
  EXPECT_THAT(error_of("[engine]\nplants = []"), StartsWith("agent.toml: $.engine"));
  EXPECT_THAT(error_of("log_level = \"loud\""),
              AllOf(StartsWith("agent.toml: "), HasSubstr("debug, info, warning, error")));
}

// Shows: a file that cannot be read is an error and not an empty one; so is a folder.
TEST(Config, SaysWhatCannotBeRead) {
  Config config;
  EXPECT_EQ(read_config("/no/such/file", config).error().message,
            "cannot read /no/such/file: No such file or directory");
  EXPECT_EQ(read_config("/", config).error().message, "cannot read /: Is a directory");
  const TestFolder folder;
  const std::string path = folder.path() + "/agent.toml";
  std::ofstream(path) << "data = \"from the file\"";
  ASSERT_TRUE(read_config(path, config));
  EXPECT_EQ(config.data_folder, "from the file");
}

// Shows: what is an address to listen at, and what is none.
TEST(Config, ReadsAddresses) {
  ServerOptions options;
  ASSERT_TRUE(set_listen("127.0.0.1:0", options));
  EXPECT_EQ(options.address, "127.0.0.1");
  EXPECT_EQ(options.port, 0);
  ASSERT_TRUE(set_listen("localhost:65535", options));
  EXPECT_EQ(options.address, "localhost");
  EXPECT_EQ(options.port, 65535);
  for (const char* wrong :
       {"", ":", "127.0.0.1", "127.0.0.1:", ":80", "h:65536", "h:-1", "h:8o", "[]:80", "h: 80"})
    EXPECT_FALSE(set_listen(wrong, options)) << wrong;
  EXPECT_EQ(options.port, 65535);
}

}  // namespace
}  // namespace squall::agent
