// squall provider: Squall's cloud as an ordinary provider of Terraform and OpenTofu.
#include <memory>
#include <string>
#include <vector>

#include "campaign/engine_factory.h"
#include "cli/console.h"
#include "cli/subcommands.h"
#include "provider/tfplugin/launched.h"

namespace squall::cli {
namespace {

constexpr const char* kProtocol = "tfplugin6";

struct Options {
  std::string protocol = kProtocol;
  std::vector<std::string> types;
};

int run(const Options& options) {
  if (options.protocol != kProtocol) {
    return complain("there is no protocol \"" + options.protocol + "\"; known is " + kProtocol);
  }
  const Result<campaign::SharedCatalogue> catalogue = campaign::load_catalogue(options.types);
  if (!catalogue) return complain(catalogue.error().message);
  const Result<void> served = tfplugin::serve_launched(*catalogue);
  if (!served) return complain(served.error().message);
  return 0;
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.text("--protocol", options->protocol, "what the launcher speaks: tfplugin6");
  arguments.paths("--types", options->types, kTypesHelp);
  arguments.footer(
      "Terraform and OpenTofu start this themselves, as a provider from a filesystem mirror\n"
      "(docs/terraform-mapping.md). The cloud is the file that the provider's attribute "
      "cloud_file\n"
      "or the variable SQUALL_CLOUD_FILE names.");
  return [options] { return run(*options); };
}

}  // namespace

const Subcommand kProvider = {
    .name = "provider",
    .summary = "serve the simulated cloud to Terraform or OpenTofu, as a provider that they start",
    .declare = declare,
};

}  // namespace squall::cli
