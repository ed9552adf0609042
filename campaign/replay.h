// Replaying a scenario: one case, from a file, judged as a campaign would judge it; and going on
// with shrinking it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/engine_factory.h"
#include "campaign/finding.h"
#include "suite/scenario.h"

namespace squall::campaign {

struct Replay {
  // What the scenario expects, or else the first violation that counts, or else the first;
  // nullopt: every invariant holds.
  std::optional<Finding> finding;
  suite::CaseRecord record;
  std::vector<std::string> signatures;  // all of them, the primary one first
  std::string expected;                 // as in the scenario
  // It ran on another engine, or with other plants, than its scenario names: then what that expects
  // is no yardstick.
  bool elsewhere = false;
  // Nothing of what it shows has been promised (Weight::remark): that fails nothing, unless it is
  // what the scenario expects.
  bool remarks_only = false;

  bool shows_what_it_expects() const;
};

// Runs the scenario's case on its engine with its plants, `runs` times, in a cloud with the types
// of the catalogue. Errors: unknown engine or plant, a type the cloud does not have, a failure of
// the harness.
Result<Replay> replay(const suite::Scenario& scenario, uint32_t runs,
                      const SharedCatalogue& catalogue = built_in_catalogue());

// The same on a worker of the caller's making.
Result<Replay> replay(const suite::Scenario& scenario, Worker& worker, uint32_t runs,
                      bool strict = false);

// Replays it until it shows what `shows` looks for, at most `tries` times: outside the simulation a
// failure can be a matter of moments. The replay that did, or the last. Errors: as replay().
Result<Replay> replay_until(const suite::Scenario& scenario, Worker& worker, uint32_t tries,
                            const std::function<bool(const Replay&)>& shows);

// A worker for the scenario's engine with its plants, and what is chosen beside those.
Result<Worker> worker_for(const suite::Scenario& scenario,
                          const SharedCatalogue& catalogue = built_in_catalogue(),
                          EngineChoice choice = {});

// Takes out of the scenario what its failure does not need: the one that it expects, or its first.
// Description and profile stay. Errors: as replay(); it does not fail, or not as it expects to.
Result<Finding> shrink_scenario(const suite::Scenario& scenario, Worker& worker,
                                const Investigation& how);

// What there is to say about a case that does not come to an end, and why it is given up: found
// once, not confirmed.
Finding hanging(const suite::Case& test_case, const suite::Scenario& origin, const Traits& traits,
                const invariants::Violation& why);

// The case's faults that are beyond the contract: no engine can be expected to come through them.
// Each once, in the order of cloud::fault_kinds().
std::vector<std::string> faults_beyond(const suite::Case& test_case);

// 0: it shows what the scenario expects; or that expects nothing, and every invariant holds. 1: it
// shows something else, or nothing. 3: what it shows does not show every time. Elsewhere than the
// scenario names, the invariants alone decide: 0 where they hold, else 1 or 3. One that does not
// hold, and is a remark, holds for that.
int exit_code(const Replay& replay);

}  // namespace squall::campaign
