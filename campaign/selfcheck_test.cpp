#include "campaign/selfcheck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::campaign {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Told final : public SelfcheckObserver {
 public:
  void on_plant(std::string_view plant, size_t /*number*/, size_t of) override {
    plants.emplace_back(plant);
    EXPECT_EQ(of, 2U);
  }
  void on_row(const PlantRow& row) override { EXPECT_EQ(row.plant, plants.back()); }

  std::vector<std::string> plants;
};

TEST(Selfcheck, FindsEachPlantAndGivesItASmokeTest) {
  // Shows a row for each plant and a search for each seed, that both are found and made small, and
  // that an engine whose plant needs a fault does its work without one.
  SelfcheckOptions options;
  options.plants = {"lost-create-new-token", "destroy-ignores-dependents"};
  options.seeds = {1, 2};
  options.cases = 1000;
  options.jobs = 2;
  Told told;
  const Result<SelfcheckResult> result = run_selfcheck(options, told);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(told.plants, options.plants);
  ASSERT_THAT(result->rows, SizeIs(2));
  EXPECT_TRUE(result->rows.front().smoke_holds()) << result->rows.front().smoke_passed;
  for (const PlantRow& row : result->rows) {
    ASSERT_THAT(row.searches, SizeIs(2)) << row.plant;
    EXPECT_TRUE(row.found()) << row.plant;
    EXPECT_EQ(row.smoke_cases, kSmokeCases);
    for (const PlantSearch& search : row.searches) {
      EXPECT_TRUE(search.confirmed) << row.plant;
      EXPECT_GT(search.cases, 0U);
      EXPECT_LE(search.operations, 6U) << row.plant;
    }
  }
  EXPECT_EQ(result->found(), 2U);
  EXPECT_EQ(exit_code(*result), 0);
}

TEST(Selfcheck, APlantThatDoesNotExistIsNamedAtOnce) {
  // Shows that a misspelt plant costs no search.
  SelfcheckOptions options;
  options.plants = {"lost-create-new-token", "oak"};
  SelfcheckObserver quiet;
  const Result<SelfcheckResult> result = run_selfcheck(options, quiet);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("there is no plant \"oak\""));
}

TEST(Selfcheck, StopsWhenItIsTold) {
  // Shows that an interrupted selfcheck ends after the plant it is at, and is no success.
  const std::atomic<bool> stop{true};
  SelfcheckOptions options;
  options.stop = &stop;
  options.jobs = 1;
  SelfcheckObserver quiet;
  const Result<SelfcheckResult> result = run_selfcheck(options, quiet);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->rows, SizeIs(1));
  EXPECT_TRUE(result->interrupted);
  EXPECT_EQ(exit_code(*result), 2);
}

TEST(Selfcheck, TheExitCodeIsThatOfTheWorstRow) {
  // Shows that one plant not found with one seed fails it all.
  PlantRow good{.plant = "a", .searches = {{.found = true}}, .smoke_cases = 20, .smoke_passed = 20};
  SelfcheckResult result;
  result.rows = {good};
  EXPECT_EQ(exit_code(result), 0);
  result.rows.push_back(good);
  result.rows.back().searches.push_back({.found = false});
  EXPECT_EQ(result.found(), 1U);
  EXPECT_EQ(exit_code(result), 1);
  result.rows.back() = good;
  result.rows.back().smoke_passed = 19;
  EXPECT_FALSE(result.rows.back().smoke_holds());
  EXPECT_EQ(exit_code(result), 0);
  result.harness_error = "no such program";
  EXPECT_EQ(exit_code(result), 2);
}

TEST(Median, IsTheOneInTheMiddle) {
  // Shows odd and even numbers of values, and none.
  EXPECT_EQ(median({5, 1, 3}), 3U);
  EXPECT_EQ(median({4, 1, 3, 2}), 2U);
  EXPECT_EQ(median({}), 0U);
}

}  // namespace
}  // namespace squall::campaign
