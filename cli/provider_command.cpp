// squall provider: Squall's cloud as an ordinary provider of Terraform and OpenTofu, or of the
// reference engine.
#include <memory>
#include <string>
#include <vector>

#include "campaign/engine_factory.h"
#include "cli/console.h"
#include "cli/subcommands.h"
#include "provider/cloud_provider.h"
#include "provider/cloud_server/remote_cloud.h"
#include "provider/tfplugin/launched.h"

namespace squall::cli {
namespace provider_command {
namespace {

constexpr const char* kTerraform = "tfplugin6";
constexpr const char* kSquall = "squall";
constexpr uint64_t kMostCallsPerSecond = 1'000'000;

struct Options {
  std::string protocol;
  std::string cloud_socket;
  uint64_t rate = 0;
  std::vector<std::string> types;
};

int serve_terraform(const Options& options) {
  if (!options.cloud_socket.empty() || options.rate != 0) {
    return complain("--cloud-socket and --rate go with --protocol squall");
  }
  const Result<campaign::SharedCatalogue> catalogue = campaign::load_catalogue(options.types);
  if (!catalogue) return complain(catalogue.error().message);
  const Result<void> served = tfplugin::serve_launched(*catalogue);
  if (!served) return complain(served.error().message);
  return 0;
}

int serve_squall(const Options& options) {
  if (options.cloud_socket.empty()) {
    return complain(
        "--protocol squall needs --cloud-socket: the socket for providers of a cloud that is "
        "served (`squall cloud serve`)");
  }
  if (!options.types.empty()) {
    return complain("--types is for `squall cloud serve`: the cloud at the socket has its types");
  }
  const Result<std::shared_ptr<CloudAccess>> cloud = connect_to_cloud(options.cloud_socket);
  if (!cloud) return complain(cloud.error().message);
  CloudProvider provider(*cloud, static_cast<uint32_t>(options.rate));
  return plugin::serve(provider);
}

int run(const Options& options) {
  std::string protocol = options.protocol;
  if (protocol.empty()) protocol = options.cloud_socket.empty() ? kTerraform : kSquall;
  if (protocol == kTerraform) return serve_terraform(options);
  if (protocol == kSquall) return serve_squall(options);
  return complain("there is no protocol \"" + protocol + "\"; known are " + kTerraform + ", " +
                  kSquall);
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.text("--protocol", options->protocol,
                 "what the launcher speaks: tfplugin6, or squall; squall where --cloud-socket is "
                 "given, else tfplugin6");
  arguments.path("--cloud-socket", options->cloud_socket,
                 "squall: where the cloud is served to providers");
  arguments.number("--rate", options->rate, {.minimum = 0, .maximum = kMostCallsPerSecond},
                   "squall: calls per namespace and second that it announces; 0, any number, by "
                   "default");
  arguments.paths("--types", options->types, kTypesHelp);
  arguments.footer(
      "Terraform and OpenTofu start this themselves, as a provider from a filesystem mirror\n"
      "(docs/terraform-mapping.md). The cloud is the file that the provider's attribute "
      "cloud_file\n"
      "or the variable SQUALL_CLOUD_FILE names. The reference engine starts it with --cloud-socket,"
      "\nand it ends when its standard input does.");
  return [options] { return run(*options); };
}

}  // namespace
}  // namespace provider_command

const Subcommand kProvider = {
    .name = "provider",
    .summary = "serve the simulated cloud to an engine, as a provider that the engine starts",
    .declare = provider_command::declare,
};

}  // namespace squall::cli
