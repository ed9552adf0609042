// The shell script of a reproduction (reproduction.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "campaign/failure_check.h"
#include "suite/scenario.h"

namespace squall::campaign {

// What cuts a run short.
struct ScriptStrike {
  bool kills = true;  // with SIGKILL, as it reports the nth change; else it is interrupted twice,
                      // as it begins one
  uint32_t nth = 1;
};

// The id of what the state has at an address is kept for a variable before it is forgotten.
struct RememberedId {
  std::string variable;
  std::string address;
};

struct ScriptStep {
  std::string folder;                 // of its configuration, beside the script
  std::string words;                  // for a comment
  std::string command;                // "apply -auto-approve"
  std::vector<ScriptStrike> strikes;  // for each it is run before, and cut short
  bool keeps_lock = false;            // the server refuses to free the lock in the end
  std::vector<RememberedId> remembered;
  bool may_fail = false;
  // Not empty: somebody else runs it, for the object that the state has at this address, in a state
  // of their own, where it has the other one.
  std::string drifting;
  std::string drifting_elsewhere;
};

// What every case ends with. Each is looked at by its own check, and may fail.
struct FinalStep {
  ScriptStep step;
  FailureCheck check;
};

// has_cloud: with our provider, and its cloud in a file. REQUIRES: there is a step.
std::string script_of(const suite::Scenario& scenario, const std::vector<ScriptStep>& steps,
                      const FailureCheck& check, const std::vector<FinalStep>& final_steps,
                      bool has_cloud);

}  // namespace squall::campaign
