// What `squall-agent serve` is told: a file in TOML, and flags that go before it. docs/agent.md
// lists every setting.
#pragma once

#include <string>
#include <vector>

#include "agent/log.h"
#include "agent/provider_process.h"
#include "agent/rest/server.h"
#include "base/result.h"
#include "engine/engine.h"

namespace squall::agent {

struct Config {
  std::string data_folder;       // made where it is not there; nobody else may write in it
  std::string store = "sqlite";  // as open_store() reads it
  ServerOptions server;
  ProviderOptions provider;
  engine::Options engine;
  Duration sync_interval = std::chrono::minutes(5);  // 0: only when asked to
  LogLevel log_level = LogLevel::kInfo;
};

// Sets what the file says over what `config` holds. Errors, with the file and the place in it: it
// cannot be read, is no TOML, has a setting that does not exist, or a value that makes no sense.
Result<void> read_config(const std::string& path, Config& config);
Result<void> read_config_text(std::string_view text, std::string_view source, Config& config);

// "127.0.0.1:49684", "[::1]:0".
Result<void> set_listen(std::string_view text, ServerOptions& options);

}  // namespace squall::agent
