#include "engine/plants.h"
#include "engines/sim/sim_engine.h"

namespace squall::engines {

std::span<const engine::PlantInfo> sim_plants() { return engine::plants(); }

Result<engine::Options> sim_planted(const std::vector<std::string>& plants) {
  engine::Options options = sim_defaults();
  TRY(options.plants, engine::plants_named(plants));
  return options;
}

}  // namespace squall::engines
