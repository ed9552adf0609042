#include "report/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/approval_test.h"
#include "report/sample_result_test.h"

namespace squall::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Junit, HasACaseForEachInvariantFailureAndKnownFailure) {
  // Shows the whole file of a run with one failure and one known one.
  campaign::CampaignResult result = sample_result();
  result.known.front().signature = "no-phantom/row-without-object";
  result.findings.push_back(campaign::sample_finding());
  expect_approved("junit.xml", junit(result));
}

TEST(Junit, EscapesWhatXmlCannotHold) {
  // Shows that markup, quotes and control characters in a report leave the file well formed.
  campaign::CampaignResult result = sample_result();
  result.findings.push_back(campaign::sample_finding());
  result.findings.front().violation.headline = "a <b> & \"c\" \x01 'd'";
  const std::string text = junit(result);
  EXPECT_THAT(text, HasSubstr("message=\"a &lt;b&gt; &amp; &quot;c&quot; \uFFFD &apos;d&apos;\""));
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
  EXPECT_THAT(text, Not(HasSubstr("\x01")));
}

TEST(Junit, WhatIsNotWorthBelievingIsAnError) {
  // Shows that an interrupted, unhealthy or broken run is no green one.
  campaign::CampaignResult result = sample_result();
  EXPECT_THAT(junit(result), HasSubstr("errors=\"0\""));
  result.interrupted = true;
  result.health.problems = {"nothing accepted"};
  result.harness_error =
      campaign::HarnessError{.case_index = 4, .message = "no port", .scenario = {}};
  const std::string text = junit(result);
  EXPECT_THAT(text, HasSubstr("errors=\"3\""));
  EXPECT_THAT(text, HasSubstr("message=\"case 4: no port\""));
}

}  // namespace
}  // namespace squall::report
