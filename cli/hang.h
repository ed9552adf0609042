// What to do about a case that does not come to an end, outside of a campaign.
#pragma once

#include <memory>

#include "base/time.h"
#include "campaign/engine_factory.h"
#include "suite/scenario.h"

namespace squall::cli {

// Ends the process with exit code 3 and a report of the case, should one of the worker's cases
// hang: its thread cannot be stopped.
std::shared_ptr<campaign::Watchdog> watchdog_for(const suite::Scenario& scenario,
                                                 const campaign::Worker& worker, Duration limit);

// Whatever else runs is in the middle of something: nothing is cleaned up but the output.
[[noreturn]] void end_at_once(int code);

}  // namespace squall::cli
