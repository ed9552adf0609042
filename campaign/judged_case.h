// Runs one case on a worker and judges it: the step that search, shrinking, confirming and
// replaying all share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "campaign/engine_factory.h"
#include "campaign/yardstick.h"
#include "invariants/invariant.h"
#include "property/choices.h"
#include "property/verdict.h"
#include "suite/case.h"
#include "suite/profile.h"
#include "suite/record.h"

namespace squall::campaign {

// The mark of a case of which interpreter-agreement has judged something.
inline constexpr std::string_view kFollowedByInterpreter = "followed-by-interpreter";

struct JudgedCase {
  // record.harness_error not empty: ours to fix. Then there are no violations.
  suite::CaseRecord record;
  std::vector<invariants::Violation> violations;  // in the order of the invariants' list
  uint64_t second_trace_hash = 0;  // of the run without the crash (without_crash.h); 0: none
};

// The case that the choices make of the profile, for the worker's engine and cloud.
suite::Case draw_case(property::Choices& choices, const suite::Profile& profile,
                      const Worker& worker);

// Resets the worker's cloud, runs the case, where crash-equivalent can judge it once more without
// its crash, and checks every invariant. An exception on the way is a
// harness error. Where the worker has a watchdog, a case that took more time or memory than its
// limits is a violation, after all others.
JudgedCase run_and_judge(const suite::Case& test_case, Worker& worker);

// The signatures of the violations, each once, in their order: the primary one first.
std::vector<std::string> signatures_of(const std::vector<invariants::Violation>& violations);

// Errors: there is no such invariant, or it has no such kind of failure. Those that the campaign
// itself finds count (watchdog.h). Empty: any kind.
Result<void> check_kind(std::string_view invariant, std::string_view kind);

// The first violation with that signature, or nullptr.
const invariants::Violation* find_violation(const std::vector<invariants::Violation>& violations,
                                            std::string_view signature);

// fail with the signatures that count as failures; pass where there is none; discard where the
// harness failed. The trace hash covers what the engine and the cloud did and what the checkers
// said.
property::Verdict verdict_of(const JudgedCase& judged, const Yardstick& yardstick);

}  // namespace squall::campaign
