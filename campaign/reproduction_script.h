// The shell script of a reproduction (reproduction.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "campaign/failure_check.h"
#include "suite/scenario.h"

namespace squall::campaign {

struct ScriptStep {
  std::string folder;           // of its configuration, beside the script
  std::string words;            // for a comment
  std::string command;          // "apply -auto-approve"
  std::vector<uint32_t> kills;  // it is run so often before, and killed at that report
  bool may_fail = false;
  // Not empty: somebody else runs it, for the object that the state has at this address, in a state
  // of their own, where it has the other one.
  std::string drifting;
  std::string drifting_elsewhere;
};

// has_cloud: with our provider, and its cloud in a file. REQUIRES: there is a step.
std::string script_of(const suite::Scenario& scenario, const std::vector<ScriptStep>& steps,
                      const FailureCheck& check, bool has_cloud);

}  // namespace squall::campaign
