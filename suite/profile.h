// Profiles: named configurations of the generator.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
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
  bool crashes;
  std::vector<std::string_view> required_marks;  // rare situations a campaign must reach
};

std::span<const Profile> profiles();
Result<const Profile*> find_profile(std::string_view name_or_alias);

// Draws a case. Everything comes from `choices`. Operations the traits rule out are not drawn.
Case generate(property::Choices& choices, const Profile& profile, const Traits& traits,
              const std::vector<Schema>& schemas);

}  // namespace squall::suite
