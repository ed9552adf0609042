// Scenario files: a case as JSON that a person can read, edit and replay.
#pragma once

#include <string>

#include "base/result.h"
#include "suite/case.h"

namespace squall::suite {

inline constexpr int kScenarioFormat = 1;

struct Scenario {
  std::string description;  // free text
  std::string engine = "sim";
  std::string engine_version;       // empty: not said
  std::string squall_version;       // empty: not said
  std::string profile;              // empty: written by hand
  std::vector<std::string> plants;  // switched on for the replay
  // What it must show: "invariant/kind" as in a signature; empty: nothing, it must pass.
  std::string expected;
  Case test_case;
};

// The error says where in the document and what is expected there. A newer format is refused.
Result<Scenario> parse_scenario(std::string_view text);
std::string to_text(const Scenario& scenario);

}  // namespace squall::suite
