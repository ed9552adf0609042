// The checkers, one per file. A new one: its file, a line here, a line in invariants.cpp.
#pragma once

#include "invariants/invariant.h"

namespace squall::invariants {

extern const Invariant kAdmission;
extern const Invariant kCommandsTerminal;
extern const Invariant kConverges;
extern const Invariant kIdempotent;
extern const Invariant kJustifiedOutcome;
extern const Invariant kMinimalCalls;
extern const Invariant kNoDuplicate;
extern const Invariant kNoOrphan;
extern const Invariant kNoPhantom;
extern const Invariant kPropertyAgreement;
extern const Invariant kTeardown;

}  // namespace squall::invariants
