// The fault rules in force, and which call each of them hits.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "cloud/fault.h"

namespace squall::cloud {

class InjectionState {
 public:
  // seed: for standing rules.
  explicit InjectionState(uint64_t seed) : random_(seed) {}

  // An error where validate() finds one; the rules stay as they were.
  Result<RuleId> inject(const FaultRule& rule);
  void clear() { rules_.clear(); }

  // What hits a call: the first rule in order of injection. Every rule counts every call it
  // matches, whichever rule hits it, so that taking one rule away leaves the others where they
  // were.
  struct Hit {
    const FaultKind* kind = nullptr;  // nullptr: no rule hits
    FaultEffect effect;
  };
  Hit pick(const ProviderRequest& request, const std::string& resource_name);

 private:
  struct Rule {
    RuleId id = 0;
    FaultRule rule;
    const FaultKind* kind = nullptr;
    uint64_t seen = 0;  // matching calls since injection
  };
  // Counts the call; does the rule hit it?
  bool counts_and_hits(Rule& rule);

  std::vector<Rule> rules_;
  RuleId last_id_ = 0;
  Random random_;
};

}  // namespace squall::cloud
