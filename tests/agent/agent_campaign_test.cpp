// `squall test --engine agent`: a short campaign against the daemon that ships finds nothing, and
// one against a daemon with a deliberate bug finds it.
#include <gmock/gmock.h>

#include "tests/cli/command_line_test.h"

namespace squall {
namespace {

class AgentCampaign : public CommandLine {
 protected:
  Outcome test(const std::string& profile, int cases, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "test", "--engine",  "agent", "--json",  "--jobs",
        "2",    "--profile", profile, "--cases", std::to_string(cases)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return squall(arguments);
  }
};

// Shows: nothing is found, and something was looked at.
TEST_F(AgentCampaign, FindsNothing) {
  const Outcome outcome = test("happy", 10);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const JsonObject summary = last_line(outcome.out);
  EXPECT_EQ(summary.at("cases"), 10);
  EXPECT_EQ(summary.at("failing_cases"), 0);
  EXPECT_GT(summary.at("accepted_effective").to_number<int>(), 50);
}

// Shows: the same under faults, kills and restarts, and that there were some.
TEST_F(AgentCampaign, FindsNothingUnderFaults) {
  const Outcome outcome = test("failures", 12);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const JsonObject summary = last_line(outcome.out);
  EXPECT_EQ(summary.at("cases"), 12);
  EXPECT_EQ(summary.at("failing_cases"), 0);
  EXPECT_GT(summary.at("crashes").to_number<int>(), 5);
  EXPECT_GT(summary.at("engine_runs").to_number<int>(), 20);
}

// Shows: a daemon that does something wrong is found out.
TEST_F(AgentCampaign, FindsWhatIsWrong) {
  const Outcome outcome =
      test("happy", 30, {"--plant", "patch-create-forgets", "--no-shrink", "--max-failures", "1"});
  EXPECT_EQ(outcome.code, 1) << outcome.out << outcome.err;
  EXPECT_GE(last_line(outcome.out).at("failing_cases").to_number<int>(), 1);
}

}  // namespace
}  // namespace squall
