// A scenario in words: what `squall explain` prints. Needs no engine.
#pragma once

#include <string>

#include "report/text.h"
#include "suite/scenario.h"

namespace squall::report {

// Ends with a line break.
std::string explanation(const suite::Scenario& scenario, const Style& style);

}  // namespace squall::report
