#include "campaign/selfcheck.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/stop.h"
#include "engines/sim/sim_engine.h"

namespace squall::campaign {
namespace {

constexpr Duration kRealShrinking = std::chrono::seconds(20);
constexpr uint32_t kRealConfirmRuns = 3;

CampaignOptions base_options(const SelfcheckOptions& options, const std::string& plant) {
  CampaignOptions out;
  out.engine = options.engine;
  out.plants = {plant};
  out.jobs = options.jobs;
  out.case_limits = options.case_limits;
  out.failures_dir.clear();
  out.stop = options.stop;
  return out;
}

// The harness's failure on one campaign ends them all.
bool failed(const CampaignResult& result, const std::string& plant, SelfcheckResult& out) {
  if (!result.harness_error) return false;
  out.harness_error = fmt::format("plant {}, case {}: {}", plant, result.harness_error->case_index,
                                  result.harness_error->message);
  return true;
}

Result<void> smoke(const SelfcheckOptions& options, PlantRow& row, SelfcheckResult& out) {
  CampaignOptions campaign = base_options(options, row.plant);
  campaign.profile = "happy";
  campaign.seed = kSmokeSeed;
  campaign.cases = kSmokeCases;
  campaign.max_failures = 0;
  campaign.shrink = false;
  campaign.confirm_runs = 1;
  Observer quiet;
  TRY(const CampaignResult result, run_campaign(campaign, quiet));
  if (failed(result, row.plant, out)) return {};
  row.smoke_cases = result.statistics.cases;
  row.smoke_passed = result.statistics.cases - result.failing_cases;
  return {};
}

Result<void> search(const SelfcheckOptions& options, uint64_t seed, PlantRow& row,
                    SelfcheckResult& out, Observer& observer) {
  CampaignOptions campaign = base_options(options, row.plant);
  campaign.profile = "failures";
  campaign.seed = seed;
  campaign.cases = options.cases;
  campaign.max_failures = 1;
  // In real time an attempt takes a second: what does not show in the simulation stays as it is.
  if (options.engine != "sim") {
    campaign.shrink_time = kRealShrinking;
    campaign.confirm_runs = kRealConfirmRuns;
  }
  TRY(const CampaignResult result, run_campaign(campaign, observer));
  if (failed(result, row.plant, out)) return {};
  PlantSearch found{.seed = seed, .cases = result.statistics.cases, .elapsed = result.elapsed};
  if (!result.findings.empty()) {
    const Finding& finding = result.findings.front();
    found.found = true;
    found.signature = finding.signature;
    found.confirmed = finding.is_confirmed();
    found.operations = finding.scenario.test_case.operations.size();
    found.shrinking = finding.shrinking ? finding.shrinking->elapsed : Duration(0);
  }
  out.interrupted = out.interrupted || result.interrupted;
  row.searches.push_back(std::move(found));
  return {};
}

std::vector<std::string> plants_of(const SelfcheckOptions& options) {
  if (!options.plants.empty()) return options.plants;
  std::vector<std::string> all;
  for (const engine::PlantInfo& plant : engines::sim_plants()) all.emplace_back(plant.name);
  return all;
}

}  // namespace

bool PlantRow::found() const {
  return !searches.empty() && std::ranges::all_of(searches, &PlantSearch::found);
}

size_t SelfcheckResult::found() const {
  return static_cast<size_t>(std::ranges::count_if(rows, &PlantRow::found));
}

uint64_t median(std::vector<uint64_t> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

int exit_code(const SelfcheckResult& result) {
  if (!result.harness_error.empty() || result.interrupted) return 2;
  return result.found() == result.rows.size() ? 0 : 1;
}

Result<SelfcheckResult> run_selfcheck(const SelfcheckOptions& options,
                                      SelfcheckObserver& observer) {
  const std::vector<std::string> plants = plants_of(options);
  // Before the first one is searched for: a misspelt name at the end would cost all that time.
  TRY_VOID(engines::sim_planted(plants));
  if (options.seeds.empty()) return fail("a selfcheck without a seed finds nothing");
  SelfcheckResult out;
  for (size_t i = 0; i < plants.size(); ++i) {
    observer.on_plant(plants[i], i + 1, plants.size());
    PlantRow row;
    row.plant = plants[i];
    TRY_VOID(smoke(options, row, out));
    for (const uint64_t seed : options.seeds) {
      if (!out.harness_error.empty() || out.interrupted) break;
      TRY_VOID(search(options, seed, row, out, observer));
    }
    const bool ended = is_set(options.stop);
    out.interrupted = out.interrupted || ended;
    observer.on_row(row);
    out.rows.push_back(std::move(row));
    if (!out.harness_error.empty() || out.interrupted) break;
  }
  return out;
}

}  // namespace squall::campaign
