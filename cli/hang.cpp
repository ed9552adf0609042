#include "cli/hang.h"

#include <cstdio>
#include <cstdlib>

#include "campaign/replay.h"
#include "cli/console.h"
#include "report/failure_report.h"

namespace squall::cli {

std::shared_ptr<campaign::Watchdog> watchdog_for(const suite::Scenario& scenario,
                                                 const campaign::Worker& worker, Duration limit) {
  const auto on_hang = [scenario, limit,
                        traits = worker.engine->traits()](const suite::Case& test_case) {
    const campaign::Finding finding = campaign::hanging(test_case, scenario, traits, limit);
    print("\n" + report::failure_report(finding, {}, style_of_output()));
    end_at_once(3);
  };
  return std::make_shared<campaign::Watchdog>(limit, on_hang);
}

void end_at_once(int code) {
  const int told = finish_output(code);
  std::fflush(nullptr);
  std::_Exit(told);
}

}  // namespace squall::cli
