#include "campaign/engine_factory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cloud/catalogue.h"
#include "engines/sim/sim_engine.h"

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

Result<WorkerFactory> sim_factory(const std::vector<std::string>& plants) {
  TRY(const engine::Options options, engines::sim_planted(plants));
  return [options]() -> Result<Worker> {
    Worker worker;
    // The seed is that of standing rules only; every case sets what it draws itself.
    worker.cloud = std::make_unique<cloud::Cloud>(cloud::built_in_types(), 0);
    worker.engine = engines::make_sim_engine(*worker.cloud, options);
    return worker;
  };
}

constexpr std::array kEngineKinds = {
    EngineKind{.name = "sim",
               .summary = "the reference engine inside a deterministic simulation, in virtual time",
               .factory = sim_factory},
};

}  // namespace

std::span<const EngineKind> engine_kinds() { return kEngineKinds; }

Result<WorkerFactory> worker_factory(std::string_view name,
                                     const std::vector<std::string>& plants) {
  const auto found = std::ranges::find(kEngineKinds, name, &EngineKind::name);
  if (found == kEngineKinds.end()) {
    return fail(fmt::format("there is no engine \"{}\"{}", name, known(kEngineKinds)));
  }
  return found->factory(plants);
}

}  // namespace squall::campaign
