// Squall against the real Terraform or OpenTofu, unmodified: a short campaign, and what is known.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "campaign/campaign.h"
#include "campaign/replay.h"
#include "engines/terraform/terraform_engine.h"
#include "tests/scenario_files.h"

namespace squall {
namespace {

namespace fs = std::filesystem;

class TerraformCampaign : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto host = terraform::TerraformHost::open({});
    if (!host) GTEST_SKIP() << "no Terraform to test: " << host.error().message;
    std::string pattern = (fs::temp_directory_path() / "squall-campaign-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void expect_nothing_new(const std::string& profile, uint64_t cases);

  fs::path folder_;
};

// Shows: a short campaign finds nothing but what is known, and did look at something; with failing
// calls, interrupts and kills, too.
TEST_F(TerraformCampaign, FindsNothingNew) { expect_nothing_new("happy", 12); }
TEST_F(TerraformCampaign, FindsNothingNewUnderFaults) { expect_nothing_new("failures", 16); }

void TerraformCampaign::expect_nothing_new(const std::string& profile, uint64_t cases) {
  campaign::CampaignOptions options;
  options.engine = "terraform";
  options.profile = profile;
  options.cases = cases;
  options.failures_dir = folder_;
  const auto known =
      campaign::load_known(fs::path(SQUALL_SOURCE_DIR) / "engines/terraform/known.toml");
  ASSERT_TRUE(known) << known.error().message;
  options.known = *known;
  campaign::Observer quiet;
  const Result<campaign::CampaignResult> result = campaign::run_campaign(options, quiet);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->findings.size(), 0U)
      << (result->findings.empty() ? "" : result->findings.front().signature);
  EXPECT_FALSE(result->harness_error);
  EXPECT_GT(result->statistics.accepted_effective, *options.cases);
  EXPECT_TRUE(result->expired.empty()) << result->expired.front();
}

// Shows: each known failure still shows on the version at hand.
TEST_F(TerraformCampaign, WhatIsKnownStillShows) {
  const fs::path scenarios = fs::path(SQUALL_SOURCE_DIR) / "engines/terraform/scenarios";
  for (const auto& entry : fs::directory_iterator(scenarios)) {
    const Result<campaign::Replay> replay = campaign::replay(read(entry.path()), 1);
    ASSERT_TRUE(replay) << entry.path() << ": " << replay.error().message;
    EXPECT_TRUE(replay->shows_what_it_expects()) << entry.path() << " shows: " << shown(*replay);
  }
}

}  // namespace
}  // namespace squall
