#include "report/comparison_report.h"

#include <gtest/gtest.h>

#include "campaign/sample_test.h"
#include "report/approval_test.h"

namespace squall::report {
namespace {

using campaign::Aspect;
using campaign::RequestPlace;
using campaign::Worse;

campaign::ComparedCase sample_comparison() {
  campaign::ComparedCase out;
  out.name = "case 17";
  out.test_case = campaign::sample_case();
  const RequestPlace first{.operation = 0, .phase = "operation", .nth = 1};
  const RequestPlace later{.operation = 2, .phase = "reconcile", .nth = 1};
  out.differences = {
      {Aspect::kUpdate, first, "create of stack-0/vpc-1", "Success", "Failed", Worse::kB},
      {Aspect::kCalls, first, "vpc-1", "create {\"Value\":\"a\"}", "none", Worse::kNeither},
      {Aspect::kReply, later, "the answer", "nothing to do", "accepted", Worse::kNeither},
      {Aspect::kInvariant, std::nullopt, "converges/never", "it never ends (operation 1)", "holds",
       Worse::kA},
  };
  return out;
}

campaign::SideBySide sample_side_by_side() {
  campaign::SideBySide out;
  out.profile = "sequential-happy-path";
  out.cases = 20;
  out.differing = {sample_comparison()};
  out.dropped = 3;
  out.dropped_cases = 1;
  out.compared_in_part = 2;
  out.elapsed = std::chrono::seconds(75);
  return out;
}

const SideNames kNames = {.a = "terraform 1.11.4", .b = "terraform 1.11.4 -parallelism=1"};

TEST(ComparisonReport, LooksAsItShould) {
  // Shows a case with differences of its first request, of a later one and of an invariant, and the
  // summary with all that was left out.
  expect_approved("comparison.txt",
                  difference_report(sample_comparison(), Style(false)) + "\n" +
                      comparison_summary(sample_side_by_side(), kNames, Style(false)));
}

TEST(ComparisonReport, SaysInOneLineHowItEnded) {
  // Shows the first line where nothing differs, where nothing makes B worse, and where the harness
  // failed.
  const auto first_line = [](const campaign::SideBySide& result) {
    const std::string text = comparison_summary(result, kNames, Style(false));
    return text.substr(0, text.find('\n'));
  };
  campaign::SideBySide result = sample_side_by_side();
  result.differing.clear();
  EXPECT_EQ(first_line(result), "✓ no difference in 20 cases, 1 min 15 s");
  result = sample_side_by_side();
  result.differing.front().differences.erase(result.differing.front().differences.begin());
  EXPECT_EQ(first_line(result), "✓ 3 differences in 1 of 20 cases, 1 min 15 s; none makes B worse");
  result.harness_error =
      campaign::HarnessError{.case_index = 3, .message = "no such program", .scenario = {}};
  EXPECT_EQ(first_line(result), "✗ the harness failed after 20 cases, 1 min 15 s: no such program");
}

}  // namespace
}  // namespace squall::report
