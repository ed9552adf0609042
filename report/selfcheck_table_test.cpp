#include "report/selfcheck_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/approval_test.h"

namespace squall::report {
namespace {

using ::testing::HasSubstr;

campaign::PlantSearch found(const std::string& signature, uint64_t cases, size_t operations) {
  campaign::PlantSearch out;
  out.seed = cases;
  out.found = true;
  out.signature = signature;
  out.confirmed = true;
  out.cases = cases;
  out.elapsed = std::chrono::milliseconds(cases);
  out.operations = operations;
  out.shrinking = std::chrono::milliseconds(1500);
  return out;
}

// One plant found with both seeds, one with one of them.
campaign::SelfcheckResult sample() {
  campaign::SelfcheckResult out;
  out.rows.resize(2);
  out.rows[0].plant = "lost-create-new-token";
  out.rows[0].searches = {found("no-duplicate/two-objects", 17, 1),
                          found("no-orphan/made-by-engine", 2345, 2)};
  out.rows[0].smoke_cases = out.rows[0].smoke_passed = campaign::kSmokeCases;
  out.rows[1].plant = "oak";
  out.rows[1].searches = {found("admission/accepted", 100, 4), {}};
  out.rows[1].searches[1].cases = 5000;
  out.rows[1].smoke_cases = campaign::kSmokeCases;
  out.rows[1].smoke_passed = 19;
  return out;
}

TEST(SelfcheckTable, HasALineForEachPlantAndTheMedians) {
  // Shows the whole table.
  expect_approved("selfcheck.txt", selfcheck_table(sample(), Style(false)));
}

TEST(SelfcheckTable, JsonHasTheSameContent) {
  // Shows the object of --json.
  expect_approved("selfcheck.json", pretty(selfcheck_json(sample())) + "\n");
}

TEST(SelfcheckTable, TheLastLineIsTheVerdict) {
  // Shows the verdict of each way in which a selfcheck can end.
  const auto verdict = [](const campaign::SelfcheckResult& result) {
    return selfcheck_table(result, Style(false));
  };
  campaign::SelfcheckResult result = sample();
  EXPECT_THAT(verdict(result), HasSubstr("✗ 1 of 2 plants found; oak fails without any fault too"));
  result.rows.pop_back();
  EXPECT_THAT(verdict(result), HasSubstr("✓ 1 of 1 plant found"));
  result.interrupted = true;
  EXPECT_THAT(verdict(result), HasSubstr("– interrupted, 1 of 1 plant found"));
  result.harness_error = "no port";
  EXPECT_THAT(verdict(result), HasSubstr("✗ the harness failed: no port"));
}

}  // namespace
}  // namespace squall::report
