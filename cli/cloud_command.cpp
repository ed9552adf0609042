// squall cloud: the simulated cloud as a process of its own.
#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/engine_factory.h"
#include "cli/console.h"
#include "cli/subcommands.h"
#include "provider/cloud_server/cloud_server.h"
#include "provider/process_end.h"
#include "provider/socket_folder.h"

namespace squall::cli {
namespace cloud_command {
namespace {

struct Options {
  std::string action;
  std::optional<std::string> folder;
  uint64_t seed = 1;
  std::vector<std::string> types;
};

// Until the end: there is nobody but the clients of both sockets.
Result<void> serve(const Options& options, const campaign::SharedCatalogue& catalogue) {
  TRY(const std::unique_ptr<ProcessEnd> end, ProcessEnd::prepare({SIGINT, SIGTERM}));
  std::optional<SocketFolder> own;
  if (!options.folder) {
    TRY(SocketFolder made, SocketFolder::make());
    own.emplace(std::move(made));
  }
  cloud::Cloud cloud(catalogue, options.seed);
  SharedCloud shared(cloud);
  TRY(const std::unique_ptr<CloudServer> server,
      CloudServer::start(
          shared, {.folder = options.folder ? *options.folder : own->path(), .on_call = {}}));
  TRY(const std::string providers, server->listen_for_providers(1));
  TRY(const std::string controllers, server->listen_for_controllers());
  print(fmt::format("providers {}\ncontrollers {}\n", providers, controllers));
  std::fflush(stdout);
  end->wait();
  return {};
}

int run(const Options& options) {
  if (options.action != "serve") {
    return complain(fmt::format("there is no `squall cloud {}`; there is `squall cloud serve`",
                                options.action));
  }
  const Result<campaign::SharedCatalogue> catalogue = campaign::load_catalogue(options.types);
  if (!catalogue) return complain(catalogue.error().message);
  const Result<void> served = serve(options, *catalogue);
  if (!served) return complain(served.error().message);
  return 0;
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.positional("ACTION", options->action, "serve");
  arguments.path("--folder", options->folder,
                 "where the sockets are made; only you may be able to enter it. A new one under "
                 "TMPDIR by default");
  arguments.number("--seed", options->seed, {}, "for latencies and standing faults; 1 by default");
  arguments.paths("--types", options->types, kTypesHelp);
  arguments.footer(
      "Prints a line per socket, \"providers PATH\" and \"controllers PATH\", and serves until "
      "SIGINT\n"
      "or SIGTERM comes. Providers speak proto/squall/cloud/v1, as `squall provider "
      "--cloud-socket`\n"
      "does; controllers, who inject faults, change the cloud and read its log, speak\n"
      "proto/squall/controller/v1. The server tells of both by reflection.");
  return [options] { return run(*options); };
}

}  // namespace
}  // namespace cloud_command

const Subcommand kCloud = {
    .name = "cloud",
    .summary = "serve the simulated cloud, for providers and controllers of your own",
    .declare = cloud_command::declare,
};

}  // namespace squall::cli
