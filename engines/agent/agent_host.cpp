#include "engines/agent/agent_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engines/agent/programs.h"
#include "engines/processes/process.h"

namespace squall::engines {
namespace {

// While a program starts, calls wait for its provider: their deadline leaves it time enough.
constexpr int kStartsInDeadline = 3;

Result<Duration> call_deadline_for(const std::string& program, const processes::Guardian& guardian,
                                   const processes::WorkArea& area) {
  TRY(const std::unique_ptr<processes::Process> process,
      processes::Process::spawn(
          guardian, {.program = program, .arguments = {"--version"}, .directory = area.root()}));
  return std::max(kCallDeadline, process->wait().wall * kStartsInDeadline);
}

}  // namespace

AgentHost::AgentHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AgentHost::~AgentHost() = default;

Result<std::shared_ptr<AgentHost>> AgentHost::open(const AgentOptions& options) {
  TRY(processes::WorkArea area, processes::WorkArea::create());
  TRY(processes::Guardian guardian, processes::Guardian::start(area.root()));
  auto impl = std::make_unique<Impl>();
  impl->area.emplace(std::move(area));
  impl->guardian.emplace(std::move(guardian));
  impl->options = options;
  const bool planted = !options.plants.empty();
  TRY(impl->binary, find_agent(options.binary, planted));
  TRY(impl->provider, path_of_this_program());
  TRY(impl->call_deadline, call_deadline_for(impl->provider, *impl->guardian, *impl->area));
  if (options.store == "postgresql") {
    TRY(impl->postgres, agent::PostgresServer::start({}));
  } else if (options.store != "sqlite") {
    return fail(
        fmt::format("there is no store \"{}\"; known are sqlite, postgresql", options.store));
  }
  return std::shared_ptr<AgentHost>(new AgentHost(std::move(impl)));
}

}  // namespace squall::engines
