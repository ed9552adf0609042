#include "campaign/engine_factory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "campaign/files.h"
#include "cloud/type_reader.h"
#include "engines/agent/agent_engine.h"
#include "engines/sim/restless_sim.h"
#include "engines/sim/sim_engine.h"
#include "engines/terraform/promises.h"
#include "engines/terraform/terraform_engine.h"
#include "suite/profile.h"

namespace squall::campaign {
namespace {

// "; known are a, b".
template <class Range>
std::string known(const Range& range) {
  std::string out = "; known are ";
  bool first = true;
  for (const auto& each : range) {
    if (!std::exchange(first, false)) out += ", ";
    out += each.name;
  }
  return out;
}

// What a reference engine in the simulation lets people choose: its plants.
Result<engine::Options> sim_options(std::string_view name, const EngineChoice& choice) {
  if (!choice.binary.empty() || !choice.later_binaries.empty() || !choice.flags.empty())
    return fail(fmt::format("the engine {} has no binary to choose, and no options", name));
  return engines::sim_planted(choice.plants);
}

// Workers whose suite reaches the cloud by a controller that comes with the engine. make_rig(cloud)
// gives Result of something with both.
template <class MakeRig>
WorkerFactory workers_of_rigs(const SharedCatalogue& catalogue, const MakeRig& make_rig) {
  return [catalogue, make_rig]() -> Result<Worker> {
    Worker worker;
    worker.cloud = std::make_unique<cloud::Cloud>(catalogue, 0);
    TRY(auto rig, make_rig(*worker.cloud));
    worker.guarded = std::move(rig.controller);
    worker.engine = std::move(rig.engine);
    return worker;
  };
}

Result<WorkerFactory> sim_factory(const EngineChoice& choice, const SharedCatalogue& catalogue) {
  TRY(const engine::Options options, sim_options("sim", choice));
  return [options, catalogue]() -> Result<Worker> {
    Worker worker;
    // The seed is that of standing rules only; every case sets what it draws itself.
    worker.cloud = std::make_unique<cloud::Cloud>(catalogue, 0);
    worker.engine = engines::make_sim_engine(*worker.cloud, options);
    return worker;
  };
}

Result<WorkerFactory> restless_factory(const EngineChoice& choice,
                                       const SharedCatalogue& catalogue) {
  TRY(const engine::Options options, sim_options("sim-restless", choice));
  return workers_of_rigs(catalogue, [options](cloud::Cloud& cloud) {
    return Result<engines::RestlessRig>(engines::make_restless_rig(cloud, options));
  });
}

Result<WorkerFactory> terraform_factory(const EngineChoice& choice,
                                        const SharedCatalogue& catalogue) {
  if (!choice.store.empty()) return fail("the store of terraform is drawn by the cases");
  if (!choice.plants.empty())
    return fail("the engine terraform is not ours: no bug can be planted in it");
  TRY(const auto host, terraform::TerraformHost::open({.binary = choice.binary,
                                                       .later_binaries = choice.later_binaries,
                                                       .flags = choice.flags}));
  return workers_of_rigs(catalogue, [host](cloud::Cloud& cloud) {
    return terraform::make_terraform_rig(host, cloud);
  });
}

Result<WorkerFactory> agent_factory(const EngineChoice& choice, const SharedCatalogue& catalogue) {
  if (!choice.flags.empty()) return fail("the engine agent takes no further options");
  if (!choice.later_binaries.empty())
    return fail("the engine agent has one binary in all of a case");
  engines::AgentOptions options;
  options.binary = choice.binary;
  options.plants = choice.plants;
  if (!choice.store.empty()) options.store = choice.store;
  TRY(const auto host, engines::AgentHost::open(options));
  return workers_of_rigs(
      catalogue, [host](cloud::Cloud& cloud) { return engines::make_agent_rig(host, cloud); });
}

constexpr std::array kEngineKinds = {
    EngineKind{.name = "sim",
               .summary = "the reference engine inside a deterministic simulation, in virtual time",
               .simulation = {},
               .factory = sim_factory},
    EngineKind{.name = "sim-restless",
               .summary = "the same, which goes on while the suite looks, as a real one does",
               .simulation = {},
               .factory = restless_factory},
    EngineKind{.name = "agent",
               .summary = "the reference engine as a daemon: real processes, store and clock "
                          "(docs/agent.md)",
               .simulation = "sim",
               .factory = agent_factory},
    EngineKind{.name = "terraform",
               .summary = "the Terraform or OpenTofu command line, unmodified (docs/terraform.md)",
               .simulation = {},
               .factory = terraform_factory,
               .promises = terraform::promises_toml},
};

}  // namespace

SharedCatalogue built_in_catalogue() {
  static const SharedCatalogue kCatalogue = cloud::catalogue_of(cloud::built_in_types());
  return kCatalogue;
}

Result<SharedCatalogue> load_catalogue(const std::vector<std::string>& files) {
  if (files.empty()) return built_in_catalogue();
  std::vector<ResourceType> types = cloud::built_in_types();
  for (const std::string& file : files) {
    TRY(const std::string text, read_file(file));
    TRY(std::vector<ResourceType> more, cloud::read_types(text, file, types));
    std::ranges::move(more, std::back_inserter(types));
    if (types.size() <= suite::kMostTypes) continue;
    return fail(
        fmt::format("cannot load resource types from {}: with it there are {}, and worlds are "
                    "drawn from {} at most; leave some out",
                    file, types.size(), suite::kMostTypes));
  }
  return cloud::catalogue_of(std::move(types));
}

std::span<const EngineKind> engine_kinds() { return kEngineKinds; }

std::string_view simulation_of(std::string_view name) {
  const auto found = std::ranges::find(kEngineKinds, name, &EngineKind::name);
  return found == kEngineKinds.end() ? std::string_view() : found->simulation;
}

Result<WorkerFactory> worker_factory(std::string_view name, const EngineChoice& choice,
                                     const SharedCatalogue& catalogue) {
  const auto found = std::ranges::find(kEngineKinds, name, &EngineKind::name);
  if (found == kEngineKinds.end()) {
    return fail(fmt::format("there is no engine \"{}\"{}", name, known(kEngineKinds)));
  }
  return found->factory(choice, catalogue);
}

}  // namespace squall::campaign
