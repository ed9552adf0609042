// What a failure counts for: what is known already, and what nobody has promised, fails no run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/known.h"
#include "campaign/promises.h"
#include "engine_under_test/engine_under_test.h"

namespace squall::campaign {

enum class Weight : uint8_t {
  failure,
  known,   // a rule covers it
  remark,  // the engine breaks no promise: see promises.h
};

// That of one version of one engine. By default all counts.
struct Yardstick {
  std::vector<KnownRule> known;
  const std::vector<Promise>* promises = nullptr;  // null: all that is asked is promised
  std::string version;
  bool strict = false;  // a remark counts as a failure

  Weight weight_of(std::string_view signature) const;
};

// That of the engine with these traits, to which nothing is known.
Yardstick yardstick_of(const Traits& traits);

}  // namespace squall::campaign
