#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include "provider/plugin/handshake.h"
#include "provider/plugin/plugin_server.h"
#include "provider/plugin/resource_provider.h"
#include "provider/process_end.h"
#include "provider/socket_folder.h"

namespace squall::plugin {

namespace {

constexpr int kCannotServe = 1;
constexpr int kNoCommonVersion = 3;

std::string spoken_by_engine() {
  const char* value = std::getenv(std::string(kProtocolsVariable).c_str());
  return value == nullptr ? "" : value;
}

// A call that does not look at CallContext::canceled must not keep the process.
void drop_or_exit(PluginServer& server, const std::string& folder) {
  constexpr Duration kLastAnswers = std::chrono::milliseconds(100);
  std::promise<void> dropped;
  std::jthread watchdog([&folder, ended = dropped.get_future()] {
    constexpr Duration kLongest = std::chrono::seconds(2);
    if (ended.wait_for(kLongest) == std::future_status::ready) return;
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    std::_Exit(EXIT_SUCCESS);
  });
  server.drop(kLastAnswers);
  dropped.set_value();
}

Result<void> serve_version(ResourceProvider& provider, int version) {
  TRY(const std::unique_ptr<ProcessEnd> end, ProcessEnd::prepare({SIGTERM, SIGINT}));
  TRY(const SocketFolder folder, SocketFolder::make());
  const std::string socket = folder.path() + "/socket";
  TRY(const std::unique_ptr<PluginServer> server,
      PluginServer::start(provider, socket, [&end] { end->ask(); }));
  std::fputs((to_line({.version = version, .socket = socket}) + "\n").c_str(), stdout);
  std::fflush(stdout);
  end->wait_with_input();
  drop_or_exit(*server, folder.path());
  return {};
}

int complain(int code, const std::string& message) {
  std::fputs(fmt::format("squall-provider: {}\n", message).c_str(), stderr);
  return code;
}

}  // namespace

int serve(ResourceProvider& provider) {
  const Result<int> version = negotiate(spoken_by_engine(), {kProtocolVersion});
  if (!version) return complain(kNoCommonVersion, version.error().message);
  const Result<void> served = serve_version(provider, *version);
  if (!served) return complain(kCannotServe, served.error().message);
  return 0;
}

}  // namespace squall::plugin
