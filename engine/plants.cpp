#include "engine/plants.h"

#include <algorithm>
#include <array>

namespace squall::engine {

namespace {

constexpr std::array<PlantInfo, kPlants> kPlantInfos = {{
    {Plant::kPublishBeforeCommit, "publish-before-commit",
     "an update's success is visible, and its dependents start, before its commit is acknowledged"},
    {Plant::kLostCreateNewToken, "lost-create-new-token",
     "a create whose reply was lost is tried again with a new token"},
    {Plant::kThrottledReadIsNotFound, "throttled-read-is-not-found",
     "a throttled read before a delete is taken for NotFound"},
    {Plant::kTwoIdentities, "two-identities",
     "overlapping applies of a new stack mint two identities for one label"},
    {Plant::kDestroyIgnoresDependents, "destroy-ignores-dependents",
     "destroy does not look for what references the resources it deletes"},
    {Plant::kCrashForgetsFailure, "crash-forgets-failure",
     "after a crash, dependents of a producer that had failed run all the same"},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kPlantInfos.size(); ++i) {
    if (static_cast<size_t>(kPlantInfos[i].plant) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const PlantInfo> plants() { return kPlantInfos; }

std::optional<Plant> find_plant(std::string_view name) {
  const auto found = std::find_if(kPlantInfos.begin(), kPlantInfos.end(),
                                  [name](const PlantInfo& info) { return info.name == name; });
  if (found == kPlantInfos.end()) return std::nullopt;
  return found->plant;
}

}  // namespace squall::engine
