// Where a crash is all that befell a single command, so that the same without it must end alike.
#pragma once

#include <cstddef>
#include <optional>

#include "suite/record.h"

namespace squall::invariants {

// The operations first … last of a case that lie between two quiet moments, the case's first crash
// among them.
struct LoneCrash {
  size_t first = 0;
  size_t last = 0;
  const suite::Checkpoint* after = nullptr;  // the quiet moment that follows, in the record
};

// nullopt: there is no crash, or it met more than one command, or the command met something else
// too: a fault, what an earlier one had left open, or a limit of the cloud.
std::optional<LoneCrash> lone_crash(const suite::CaseRecord& record);

}  // namespace squall::invariants
