// Profiles: named configurations of the generator.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/resource_type.h"
#include "property/choices.h"
#include "suite/case.h"

namespace squall::suite {

struct Profile {
  std::string_view name;     // "sequential-with-failures"
  std::string_view alias;    // "failures"
  std::string_view summary;  // one sentence for `squall list profiles`
  size_t slots;              // resources of a world
  size_t max_stacks;
  size_t max_operations;
  size_t max_overlap;  // commands running at one time; 1: every operation is waited for
  bool faults;
  bool beyond = false;  // also those no engine can be expected to come through
  bool crashes;
  bool drift;       // the cloud changes behind the engine's back
  bool schedules;   // the order of simultaneous events, and delays, are drawn
  bool behaviours;  // the cloud's behaviours are drawn
  // Rare situations that a campaign must reach; the second ones are rarer still, and asked for in
  // long campaigns only (campaign/health.h).
  std::vector<std::string_view> required_marks;
  std::vector<std::string_view> rare_marks = {};
};

std::span<const Profile> profiles();
// How many commands may run at one time.
size_t most_commands(const Profile& profile, const Traits& traits);
Result<const Profile*> find_profile(std::string_view name_or_alias);

// A draw tells no more types than these apart: it is taken modulo those there are.
inline constexpr size_t kMostTypes = 64;

// Draws a case. Everything comes from `choices`. Operations the traits rule out are not drawn.
// types: the catalogue that worlds are made of.
Case generate(property::Choices& choices, const Profile& profile, const Traits& traits,
              const std::vector<ResourceType>& types);

}  // namespace squall::suite
