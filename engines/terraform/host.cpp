#include "engines/terraform/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "engines/terraform/configuration.h"

namespace squall::terraform {

// Options stand before what is no option.
Command with_flags(Command command, const std::vector<std::string>& flags) {
  command.arguments.insert(command.arguments.begin() + 1, flags.begin(), flags.end());
  return command;
}

TerraformHost::TerraformHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TerraformHost::~TerraformHost() = default;

std::vector<Binary> TerraformHost::Impl::binaries() const {
  std::vector<Binary> out;
  for (const Cli& cli : clis) out.push_back(cli.binary());
  return out;
}

namespace {

// Better said before a long run than in its every case. Nothing is configured, so nothing is done.
Result<void> check_flags(TerraformHost::Impl& host) {
  if (host.flags.empty()) return {};
  RunOptions options;
  TRY(options.directory, host.area.make_directory("flags"));
  TRY_VOID(write_configuration(Configuration(), options.directory));
  for (const Cli& cli : host.clis) {
    for (const Command& command : {command::plan(""), command::apply()}) {
      TRY(const CliRun run, cli.run(with_flags(command, host.flags), options));
      if (run.succeeded()) continue;
      return fail(fmt::format("use the options \"{}\": {} does not take them for {}: {}",
                              fmt::join(host.flags, " "), cli.binary().path,
                              command.arguments.front(), run.describe()));
    }
  }
  return host.area.remove_directory(options.directory);
}

}  // namespace

Result<std::shared_ptr<TerraformHost>> TerraformHost::open(const TerraformOptions& options) {
  TRY(processes::WorkArea area, processes::WorkArea::create());
  TRY(processes::Guardian guardian, processes::Guardian::start(area.root()));
  auto impl = std::make_unique<Impl>(std::move(area), std::move(guardian));
  const char* path = std::getenv("PATH");
  std::vector<std::string> asked{options.binary};
  std::ranges::copy(options.later_binaries, std::back_inserter(asked));
  for (const std::string& each : asked) {
    TRY(Binary binary, find_binary(impl->guardian, each, path == nullptr ? "" : path));
    TRY(const std::string home,
        impl->area.make_directory(fmt::format("home-{}", impl->clis.size())));
    TRY(Cli cli, Cli::open(impl->guardian, std::move(binary), home));
    impl->clis.push_back(std::move(cli));
  }
  impl->flags = options.flags;
  TRY_VOID(check_flags(*impl));
  return std::make_shared<TerraformHost>(std::move(impl));
}

}  // namespace squall::terraform
