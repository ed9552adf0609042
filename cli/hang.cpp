#include "cli/hang.h"

#include <cstdio>
#include <cstdlib>

#include "campaign/replay.h"
#include "cli/console.h"
#include "report/failure_report.h"

namespace squall::cli {

void declare_case_limits(Arguments& arguments, campaign::CaseLimits& limits,
                         const std::string& what) {
  arguments.duration("--case-time", limits.time,
                     what + " that takes longer fails, with live/case-time-limit; 60s by default");
  arguments.size("--case-memory", limits.memory,
                 what +
                     " that holds more fails, with live/case-memory-limit: 512M, 2G; 1G by "
                     "default, 0 for no limit");
}

std::shared_ptr<campaign::Watchdog> watchdog_for(const suite::Scenario& scenario,
                                                 const campaign::Worker& worker,
                                                 const campaign::CaseLimits& limits) {
  const auto on_hang = [scenario, traits = worker.engine->traits()](
                           const suite::Case& test_case, const invariants::Violation& why) {
    const campaign::Finding finding = campaign::hanging(test_case, scenario, traits, why);
    print("\n" + report::failure_report(finding, {}, style_of_output()));
    end_at_once(3);
  };
  return std::make_shared<campaign::Watchdog>(limits, on_hang);
}

void end_at_once(int code) {
  const int told = finish_output(code);
  std::fflush(nullptr);
  std::_Exit(told);
}

}  // namespace squall::cli
