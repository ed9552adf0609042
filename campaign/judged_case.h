// Runs one case on a worker and judges it: the step that search, shrinking, confirming and
// replaying all share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "campaign/engine_factory.h"
#include "invariants/invariant.h"
#include "property/verdict.h"
#include "suite/case.h"
#include "suite/record.h"

namespace squall::campaign {

struct JudgedCase {
  // record.harness_error not empty: ours to fix. Then there are no violations.
  suite::CaseRecord record;
  std::vector<invariants::Violation> violations;  // in the order of the invariants' list
};

// Resets the worker's cloud, runs the case and checks every invariant. An exception on the way is a
// harness error.
JudgedCase run_and_judge(const suite::Case& test_case, Worker& worker);

// The signatures of the violations, each once, in their order: the primary one first.
std::vector<std::string> signatures_of(const std::vector<invariants::Violation>& violations);

// The first violation with that signature, or nullptr.
const invariants::Violation* find_violation(const std::vector<invariants::Violation>& violations,
                                            std::string_view signature);

// fail with the signatures; pass; discard where the harness failed. The trace hash covers what the
// engine and the cloud did and what the checkers said.
property::Verdict verdict_of(const JudgedCase& judged);

}  // namespace squall::campaign
