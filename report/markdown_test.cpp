#include "report/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/approval_test.h"
#include "report/sample_result_test.h"

namespace squall::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Markdown, SaysWhatWasFoundAndCovered) {
  // Shows the whole page of a run with one failure and one known one.
  campaign::CampaignResult result = sample_result();
  result.findings.push_back(campaign::sample_finding());
  result.health.problems = {"none of 3 requests was ever accepted"};
  expect_approved("summary.md", markdown(result));
}

TEST(Markdown, TextIsNoMarkup) {
  // Shows that what an engine said can neither break a table nor end a block.
  campaign::CampaignResult result = sample_result();
  result.findings.push_back(campaign::sample_finding());
  result.findings.front().violation.headline = "a | b <script> ```";
  const std::string text = markdown(result);
  EXPECT_THAT(text, HasSubstr("| a \\| b \\<script\\> \\`\\`\\` |"));
  EXPECT_THAT(text, HasSubstr("````text\n"));
  result.known.front().link = "javascript:alert(1)";
  EXPECT_THAT(markdown(result), Not(HasSubstr("<javascript")));
}

}  // namespace
}  // namespace squall::report
