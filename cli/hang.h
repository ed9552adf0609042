// The limits of a case, and what to do about one that does not come to an end.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "campaign/engine_factory.h"
#include "campaign/watchdog.h"
#include "cli/arguments.h"
#include "suite/scenario.h"

namespace squall::cli {

inline const campaign::CaseLimits kDefaultCaseLimits = {.time = std::chrono::seconds(60),
                                                        .memory = uint64_t{1} << 30};

// --case-time and --case-memory. what: "a case", "an attempt".
void declare_case_limits(Arguments& arguments, campaign::CaseLimits& limits,
                         const std::string& what);

// Ends the process with exit code 3 and a report of the case, should one of the worker's cases
// hang, or eat memory without end: its thread cannot be stopped.
std::shared_ptr<campaign::Watchdog> watchdog_for(const suite::Scenario& scenario,
                                                 const campaign::Worker& worker,
                                                 const campaign::CaseLimits& limits);

// Whatever else runs is in the middle of something: nothing is cleaned up but the output.
[[noreturn]] void end_at_once(int code);

}  // namespace squall::cli
