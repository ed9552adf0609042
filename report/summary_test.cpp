#include "report/summary.h"

#include <gtest/gtest.h>

#include "report/approval_test.h"
#include "report/sample_result_test.h"

namespace squall::report {
namespace {

TEST(Summary, SaysWhatWasCovered) {
  // Shows the whole end of a clean run, line by line.
  expect_approved("summary.txt", summary(sample_result(), Style(false)));
}

TEST(Summary, JsonHasTheSameContent) {
  // Shows the summary object of --json.
  expect_approved("summary.json", pretty(summary_json(sample_result())) + "\n");
}

TEST(Summary, JsonOfAFailureHoldsItsReport) {
  // Shows that findings are inside the summary object.
  campaign::CampaignResult result = sample_result();
  result.findings.push_back(campaign::sample_finding());
  const JsonObject json = summary_json(result);
  EXPECT_EQ(json.at("failures"), Json(1U));
  EXPECT_EQ(json.at("exit_code"), Json(1));
  EXPECT_EQ(json.at("findings").at(0).at("signature"), Json("no-duplicate/two-objects"));
}

TEST(Summary, SaysThatFaultsBeyondTheContractWereDrawn) {
  // Shows that such a run is marked, in the text, in what other outputs share with it, and in JSON.
  campaign::CampaignResult result = sample_result();
  EXPECT_EQ(summary(result, Style(false)).find("beyond"), std::string::npos);
  result.beyond = true;
  result.types = {"shop.toml"};
  const std::string text = summary(result, Style(false));
  EXPECT_NE(text.find("  beyond     faults were drawn that no engine can be expected to come"),
            std::string::npos)
      << text;
  EXPECT_NE(run_words(result).find(" · types of shop.toml · faults beyond the contract"),
            std::string::npos);
  EXPECT_EQ(summary_json(result).at("beyond"), Json(true));
  EXPECT_EQ(summary_json(result).at("types"), Json(JsonArray{"shop.toml"}));
}

TEST(Summary, TheFirstLineIsTheVerdict) {
  // Shows the verdict of each way in which a run can end.
  const auto verdict = [](const campaign::CampaignResult& result) {
    const std::string text = summary(result, Style(false));
    return text.substr(0, text.find(" in 5,000"));
  };
  campaign::CampaignResult result = sample_result();
  EXPECT_EQ(verdict(result), "✓ nothing new found");
  result.known.clear();
  EXPECT_EQ(verdict(result), "✓ nothing found");
  result.interrupted = true;
  EXPECT_EQ(verdict(result), "– interrupted, nothing found so far");
  result.health.problems = {"nothing accepted"};
  EXPECT_EQ(verdict(result), "✗ not worth believing");
  result.findings.push_back(campaign::sample_finding());
  EXPECT_EQ(verdict(result), "✗ 1 failure");
  result.harness_error.emplace();
  EXPECT_EQ(verdict(result), "✗ the harness failed");
}

}  // namespace
}  // namespace squall::report
