// The checkers, one per file. A new one: its file, a line here, a line in invariants.cpp.
#pragma once

#include "invariants/invariant.h"

namespace squall::invariants {

extern const Invariant kAdmission;
extern const Invariant kAttributable;
extern const Invariant kCommandsTerminal;
extern const Invariant kConverges;
extern const Invariant kCrashEquivalent;
extern const Invariant kDependencyOrder;
extern const Invariant kIdempotent;
extern const Invariant kImportHonoured;
extern const Invariant kInterpreterAgreement;
extern const Invariant kJustifiedOutcome;
extern const Invariant kLive;
extern const Invariant kLockDiscipline;
extern const Invariant kMinimalCalls;
extern const Invariant kModelAgreement;
extern const Invariant kMonotonicStates;
extern const Invariant kNoDuplicate;
extern const Invariant kNoOrphan;
extern const Invariant kNoPhantom;
extern const Invariant kOneAtATime;
extern const Invariant kOutputsAgree;
extern const Invariant kParallelism;
extern const Invariant kPlanHonoured;
extern const Invariant kPropertyAgreement;
extern const Invariant kRateLimit;
extern const Invariant kReferencesResolve;
extern const Invariant kRetryDiscipline;
extern const Invariant kSecretsHidden;
extern const Invariant kStackIntegrity;
extern const Invariant kStackIsolation;
extern const Invariant kStateDurable;
extern const Invariant kSummaryTruth;
extern const Invariant kTargetScope;
extern const Invariant kTeardown;

}  // namespace squall::invariants
