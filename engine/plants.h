// Plants: deliberate bugs of the reference engine, switched on by name to measure how good the
// tester is. Compiled in only where SQUALL_PLANTS is defined; without it planted() is constant
// false and the shipped engine has none of them.
#pragma once

#include <bitset>
#include <optional>
#include <span>
#include <string_view>

namespace squall::engine {

enum class Plant {
  kPublishBeforeCommit,       // success is visible before its commit is acknowledged
  kLostCreateNewToken,        // a create whose reply was lost is retried with a new token
  kThrottledReadIsNotFound,   // a throttled read before a delete is taken for NotFound
  kTwoIdentities,             // overlapping applies mint two identities for one label
  kDestroyIgnoresDependents,  // destroy does not look for what references its resources
  kCrashForgetsFailure,       // after a crash, dependents of a failed producer run
};
inline constexpr size_t kPlants = 6;

struct PlantInfo {
  Plant plant;
  std::string_view name;     // "publish-before-commit"
  std::string_view summary;  // one sentence for `squall list plants`
};

// The explicit list, in the order of the enum.
std::span<const PlantInfo> plants();
std::optional<Plant> find_plant(std::string_view name);

class PlantSet {
 public:
  void add(Plant plant) { set_.set(static_cast<size_t>(plant)); }
#ifdef SQUALL_PLANTS
  bool has(Plant plant) const { return set_.test(static_cast<size_t>(plant)); }
#else
  constexpr bool has(Plant) const { return false; }
#endif

 private:
  std::bitset<kPlants> set_;
};

}  // namespace squall::engine
