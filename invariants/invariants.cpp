#include <algorithm>
#include <array>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/invariant.h"

namespace squall::invariants {

namespace {

// What a user would call the damage comes first, then what led to it. Last is the one that speaks
// up only where nothing else explains why a case went no further.
constexpr std::array<const Invariant*, 33> kInvariants = {
    &kStateDurable,
    &kLockDiscipline,
    &kOneAtATime,
    &kPlanHonoured,
    &kNoDuplicate,
    &kNoOrphan,
    &kNoPhantom,
    &kReferencesResolve,
    &kModelAgreement,
    &kPropertyAgreement,
    &kOutputsAgree,
    &kSecretsHidden,
    &kCrashEquivalent,
    &kStackIntegrity,
    &kJustifiedOutcome,
    &kDependencyOrder,
    &kAdmission,
    &kStackIsolation,
    &kMinimalCalls,
    &kRetryDiscipline,
    &kRateLimit,
    &kParallelism,
    &kMonotonicStates,
    &kCommandsTerminal,
    &kLive,
    &kIdempotent,
    &kAttributable,
    &kSummaryTruth,
    &kImportHonoured,
    &kTargetScope,
    &kTeardown,
    &kInterpreterAgreement,
    &kConverges,
};

void run(const Invariant& invariant, const suite::CaseRecord& record, const Evidence& evidence,
         std::vector<Violation>& out) {
  if (invariant.check_calls != nullptr) return invariant.check_calls(record, evidence, out);
  invariant.check(record, out);
}

}  // namespace

std::string signature(const Violation& violation) {
  return violation.invariant + "/" + violation.kind;
}

std::span<const Invariant* const> invariants() { return kInvariants; }

const Invariant* find_invariant(std::string_view id) {
  const auto found = std::ranges::find(kInvariants, id, &Invariant::id);
  return found == kInvariants.end() ? nullptr : *found;
}

void check_one(const Invariant& invariant, const suite::CaseRecord& record,
               std::vector<Violation>& out) {
  run(invariant, record, Evidence(record), out);
}

std::vector<Violation> check_all(const suite::CaseRecord& record) {
  std::vector<Violation> out;
  if (!record.harness_error.empty()) return out;
  const Evidence evidence(record);
  for (const Invariant* invariant : kInvariants) run(*invariant, record, evidence, out);
  return out;
}

}  // namespace squall::invariants
