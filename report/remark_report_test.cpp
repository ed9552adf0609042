#include "report/remark_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/approval_test.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/sample_result_test.h"
#include "report/summary.h"

namespace squall::report {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RemarkReport, SaysWhatWasSeenAndThatNobodyPromisedOtherwise) {
  // Shows a whole remark, line by line.
  expect_approved("remark.txt", remark_report(sample_remarks(), 0, Style(false)));
}

TEST(RemarkReport, IsInEveryOutput) {
  // Shows that remarks are counted in the summary, for a terminal and as JSON, and in the files for
  // build servers, where they are skipped tests; and that the exit code stays 0.
  const campaign::CampaignResult result = sample_remarks();
  EXPECT_THAT(summary(result, Style(false)),
              AllOf(HasSubstr("✓ nothing found but 1 remark in 5,000 cases"),
                    HasSubstr("  remark     minimal-calls/needless-update in 4 cases, first in")));
  const JsonObject json = summary_json(result);
  EXPECT_EQ(json.at("exit_code"), Json(0));
  const Json& remark = json.at("remarks").at(0);
  EXPECT_EQ(remark.at("signature"), Json("minimal-calls/needless-update"));
  EXPECT_EQ(remark.at("grade"), Json("ours"));
  EXPECT_EQ(remark.at("cases"), Json(4U));
  EXPECT_THAT(std::string(remark.at("promise_address").as_string()), HasSubstr("https://"));
  EXPECT_THAT(junit(result),
              AllOf(HasSubstr("skipped=\"1\""), HasSubstr("name=\"minimal-calls/needless-update\""),
                    HasSubstr("<skipped message=\"remark: minimal-calls/needless-update in 4"),
                    Not(HasSubstr("name=\"minimal-calls\""))));
  EXPECT_THAT(markdown(result),
              HasSubstr("| minimal-calls/needless-update | the engine updated an object that was "
                        "as wanted already | 4 | 18 | ours |"));
}

TEST(RemarkReport, TheVerdictCountsThem) {
  // Shows the first line beside failures and where a run was broken off.
  campaign::CampaignResult result = sample_remarks();
  EXPECT_EQ(verdict_words(result), "✓ nothing found but 1 remark");
  result.known = sample_result().known;
  EXPECT_EQ(verdict_words(result), "✓ nothing new found but 1 remark");
  result.interrupted = true;
  EXPECT_EQ(verdict_words(result), "– interrupted, nothing found but 1 remark so far");
  result.findings.push_back(campaign::sample_finding());
  EXPECT_EQ(verdict_words(result), "✗ 1 failure and 1 remark");
}

}  // namespace
}  // namespace squall::report
