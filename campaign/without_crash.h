// The other half of crash-equivalent: what becomes of the same case without its crash.
#pragma once

#include <cstdint>
#include <string_view>

#include "campaign/engine_factory.h"
#include "invariants/crash_equivalent.h"
#include "suite/case.h"
#include "suite/record.h"

namespace squall::campaign {

// The mark of a case that was run a second time.
inline constexpr std::string_view kComparedWithoutCrash = "compared-without-crash";

// The case up to the operations that the crash fell among, and these without any crash.
suite::Case without_crash(const suite::Case& test_case, const invariants::LoneCrash& crash);

// Where a crash is all that befell a command of the record's case, runs it without and keeps the
// last checkpoint of that in the record, as a mark that it was compared. Everywhere else it costs
// nothing. Gives the second run's trace hash; 0: there was none. An error of the harness is the
// record's.
uint64_t run_without_crash(suite::CaseRecord& record, Worker& worker);

}  // namespace squall::campaign
