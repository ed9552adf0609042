// The scenario files of this repository: every plant's smallest scenario, and regressions.
#include <gtest/gtest.h>

#include "tests/scenario_files.h"

namespace squall {
namespace {

namespace fs = std::filesystem;

// Shows: with its plant, each plant's smallest scenario fails with the violation it names.
TEST(Plants, EachSmallestScenarioFailsWithItsPlant) {
  const auto files = files_in("plants");
  ASSERT_FALSE(files.empty());
  for (const fs::path& file : files) {
    const suite::Scenario scenario = read(file);
    ASSERT_EQ(scenario.plants, std::vector<std::string>{file.stem().string()});
    const Result<campaign::Replay> replay = campaign::replay(scenario, 1);
    ASSERT_TRUE(replay) << file << ": " << replay.error().message;
    EXPECT_TRUE(replay->shows_what_it_expects()) << file << " shows only: " << shown(*replay);
  }
}

// Shows: without the plant the same scenarios pass, so it is the plant that they catch.
TEST(Plants, EachSmallestScenarioPassesWithoutItsPlant) {
  for (const fs::path& file : files_in("plants")) {
    suite::Scenario scenario = read(file);
    scenario.plants.clear();
    const Result<campaign::Replay> replay = campaign::replay(scenario, 1);
    ASSERT_TRUE(replay) << file << ": " << replay.error().message;
    EXPECT_TRUE(replay->signatures.empty()) << file << ": " << shown(*replay);
    EXPECT_TRUE(replay->record.stuck.empty()) << file << ": " << shown(*replay);
  }
}

// Shows: what once broke stays mended; a scenario that expects a violation still shows it.
TEST(Scenarios, EachRegressionDoesWhatItSays) {
  for (const fs::path& file : files_in("scenarios")) {
    const suite::Scenario scenario = read(file);
    const Result<campaign::Replay> replay = campaign::replay(scenario, 1);
    ASSERT_TRUE(replay) << file << ": " << replay.error().message;
    if (scenario.expected.empty()) {
      EXPECT_TRUE(replay->signatures.empty()) << file << ": " << shown(*replay);
    } else {
      EXPECT_TRUE(replay->shows_what_it_expects()) << file << ": " << shown(*replay);
    }
  }
}

}  // namespace
}  // namespace squall
