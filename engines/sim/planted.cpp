#include <fmt/format.h>

#include "engine/plants.h"
#include "engines/sim/sim_engine.h"

namespace squall::engines {

std::span<const engine::PlantInfo> sim_plants() { return engine::plants(); }

Result<engine::Options> sim_planted(const std::vector<std::string>& plants) {
  engine::Options options = sim_defaults();
  for (const std::string& name : plants) {
    const std::optional<engine::Plant> plant = engine::find_plant(name);
    if (!plant) {
      std::string known;
      for (const engine::PlantInfo& each : engine::plants()) {
        if (!known.empty()) known += ", ";
        known += each.name;
      }
      return fail(fmt::format("there is no plant \"{}\"; known are {}", name, known));
    }
    options.plants.add(*plant);
    if (!options.plants.has(*plant))
      return fail("the plant \"" + name + "\" is not in this squall: it was built without plants");
  }
  return options;
}

}  // namespace squall::engines
