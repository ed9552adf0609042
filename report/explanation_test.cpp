#include "report/explanation.h"

#include <gtest/gtest.h>

#include "campaign/sample_test.h"
#include "report/approval_test.h"

namespace squall::report {
namespace {

TEST(Explanation, SaysWhatTheCaseDoes) {
  // Shows a whole explanation, line by line.
  suite::Scenario scenario = campaign::sample_finding().scenario;
  scenario.description = "A create whose reply is lost, then the same apply again.";
  scenario.test_case.world.behaviours.rate_per_second = 200;
  scenario.test_case.world.slots.push_back(
      {.label = "subnet-1",
       .type = std::string(kGenericChild),
       .stack = "stack-0",
       .properties = {{"ParentId", {{"$ref", "vpc-1.Name"}}}}});
  expect_approved("explanation.txt", explanation(scenario, Style(false)));
}

TEST(Explanation, AScenarioThatExpectsNothingMustPass) {
  // Shows what is expected of a regression scenario.
  suite::Scenario scenario = campaign::sample_finding().scenario;
  scenario.expected.clear();
  EXPECT_NE(explanation(scenario, Style(false)).find("expected   every invariant holds"),
            std::string::npos);
}

}  // namespace
}  // namespace squall::report
