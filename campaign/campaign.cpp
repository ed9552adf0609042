#include "campaign/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <deque>
#include <memory>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "base/hash.h"
#include "campaign/files.h"
#include "campaign/judged_case.h"
#include "campaign/version.h"
#include "cloud/operation_log.h"
#include "property/runner.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;

// What a worker hands over with its verdict.
struct CaseResult {
  Statistics statistics;
  std::string harness_error;
  std::optional<suite::Case> test_case;  // only with a harness error
};

bool is_set(const std::atomic<bool>* flag) {
  return flag != nullptr && flag->load(std::memory_order_relaxed);
}

// Folds what the runner counts, in its order, and ends the search at the first harness error.
class Collector final : public property::Listener {
 public:
  Collector(Observer& observer, std::atomic<bool>& stop) : observer_(observer), stop_(stop) {}

  void on_case(uint64_t index, const property::Verdict& verdict) override {
    const auto& result = *std::any_cast<std::shared_ptr<const CaseResult>>(verdict.payload);
    if (harness_error_) return;
    if (result.harness_error.empty()) return add(statistics_, result.statistics);
    harness_error_ =
        HarnessError{.case_index = index, .message = result.harness_error, .scenario = {}};
    broken_case_ = result.test_case;
    stop_ = true;
  }
  void on_failure(uint64_t index, const property::ChoiceSequence& /*sequence*/,
                  const property::Verdict& verdict) override {
    if (!harness_error_) observer_.on_failure(index, verdict.signatures.front());
  }
  void on_progress(const property::Progress& progress) override {
    observer_.on_progress({.cases = progress.cases,
                           .failing_cases = progress.failed,
                           .failures = progress.failures,
                           .elapsed = progress.elapsed});
  }

  const Statistics& statistics() const { return statistics_; }
  const std::optional<HarnessError>& harness_error() const { return harness_error_; }
  const std::optional<suite::Case>& broken_case() const { return broken_case_; }

 private:
  Observer& observer_;
  std::atomic<bool>& stop_;
  Statistics statistics_;
  std::optional<HarnessError> harness_error_;
  std::optional<suite::Case> broken_case_;
};

// Failures waiting to be looked into, by signature.
using Queue = std::deque<std::pair<std::string, property::Failure>>;

class Campaign {
 public:
  Campaign(const CampaignOptions& options, const suite::Profile& profile, Observer& observer)
      : options_(options), profile_(profile), observer_(observer) {}

  Result<CampaignResult> run(const WorkerFactory& factory);

 private:
  Result<void> make_workers(const WorkerFactory& factory);
  property::RunSummary search(Collector& collector);
  property::Verdict run_case(property::Choices& choices, Worker& worker);
  void look_into(const property::RunSummary& summary);
  void look_into_one(const property::Failure& failure, const std::string& signature,
                     uint64_t occurrences, Queue& queue);
  suite::Scenario origin() const;
  std::string found_by(uint64_t index) const;
  void save(Finding& finding) const;
  void save_broken_case(const suite::Case& test_case);
  bool may_take_more(size_t waiting) const;

  const CampaignOptions& options_;
  const suite::Profile& profile_;
  Observer& observer_;
  // Ends the search: the caller's flag, or a harness error.
  std::atomic<bool> stop_{false};
  std::vector<std::shared_ptr<Worker>> workers_;
  CampaignResult result_;
};

Result<void> Campaign::make_workers(const WorkerFactory& factory) {
  for (uint32_t i = 0; i < result_.jobs; ++i) {
    TRY(Worker worker, factory());
    workers_.push_back(std::make_shared<Worker>(std::move(worker)));
  }
  const Traits& traits = workers_.front()->engine->traits();
  result_.engine = traits.engine;
  result_.engine_version = traits.version;
  return {};
}

property::Verdict Campaign::run_case(property::Choices& choices, Worker& worker) {
  const suite::Case test_case =
      suite::generate(choices, profile_, worker.engine->traits(), worker.cloud->types());
  const JudgedCase judged = run_and_judge(test_case, worker);
  auto result = std::make_shared<CaseResult>();
  if (judged.record.harness_error.empty()) {
    result->statistics = statistics_of(judged.record);
  } else {
    result->harness_error = judged.record.harness_error;
    result->test_case = test_case;
  }
  property::Verdict verdict = verdict_of(judged);
  verdict.payload = std::shared_ptr<const CaseResult>(std::move(result));
  if (is_set(options_.stop)) stop_ = true;
  return verdict;
}

property::RunSummary Campaign::search(Collector& collector) {
  property::RunOptions run;
  run.seed = options_.seed;
  run.cases = options_.cases.value_or(options_.time ? property::RunOptions::kUnlimited
                                                    : CampaignOptions::kDefaultCases);
  run.time_limit = options_.time;
  run.jobs = result_.jobs;
  run.max_failures = options_.max_failures;
  run.stop = &stop_;
  size_t next = 0;
  const auto make_worker = [&]() -> property::TestFunction {
    return [this, worker = workers_.at(next++)](property::Choices& choices) {
      return run_case(choices, *worker);
    };
  };
  return property::run(run, make_worker, collector);
}

suite::Scenario Campaign::origin() const {
  suite::Scenario scenario;
  scenario.engine = options_.engine;
  scenario.engine_version = result_.engine_version;
  scenario.squall_version = squall_version();
  scenario.profile = profile_.name;
  scenario.plants = options_.plants;
  return scenario;
}

std::string Campaign::found_by(uint64_t index) const {
  std::string command = fmt::format("squall test --engine {} --profile {} --seed {}",
                                    options_.engine, profile_.alias, options_.seed);
  for (const std::string& plant : options_.plants) command += " --plant " + plant;
  return fmt::format("case {} of {}", index, command);
}

void Campaign::save(Finding& finding) const {
  const auto folder = make_failure_folder(options_.failures_dir, finding.scenario);
  if (!folder) {
    finding.save_error = folder.error().message;
    return;
  }
  std::string log;
  for (const cloud::LogRecord& record : finding.record.log) {
    log += cloud::to_json_line(record) + "\n";
  }
  const auto put = [&](const std::string& name, std::string_view text) {
    const auto written = write_file(*folder / name, text);
    if (written) return finding.files.push_back(name);
    if (finding.save_error.empty()) finding.save_error = written.error().message;
  };
  finding.folder = *folder;
  put("scenario.json", suite::to_text(finding.scenario));
  put("log.jsonl", log);
}

// A case that broke the harness is kept beside the failures, so that it can be replayed.
void Campaign::save_broken_case(const suite::Case& test_case) {
  suite::Scenario scenario = origin();
  scenario.expected = "harness/error";
  scenario.test_case = test_case;
  const auto folder = make_failure_folder(options_.failures_dir, scenario);
  if (!folder) return;
  scenario.expected.clear();
  scenario.description =
      fmt::format("{}: the harness failed: {}", found_by(result_.harness_error->case_index),
                  result_.harness_error->message);
  const fs::path path = *folder / "scenario.json";
  if (write_file(path, suite::to_text(scenario))) result_.harness_error->scenario = path;
}

bool Campaign::may_take_more(size_t waiting) const {
  return options_.max_failures == 0 || result_.findings.size() + waiting < options_.max_failures;
}

void Campaign::look_into_one(const property::Failure& failure, const std::string& signature,
                             uint64_t occurrences, Queue& queue) {
  Investigation how;
  how.profile = &profile_;
  how.origin = origin();
  how.shrink = options_.shrink;
  how.max_tries = options_.shrink_tries;
  how.time_limit = options_.shrink_time;
  how.confirm_runs = options_.confirm_runs;
  how.stop = options_.stop;
  how.on_try = [&](uint64_t tries) { observer_.on_shrinking(signature, tries); };
  auto investigated = investigate(failure.sequence, signature, *workers_.front(), how);
  if (!investigated) {
    result_.harness_error =
        HarnessError{.case_index = failure.index,
                     .message = "looking into " + signature + ": " + investigated.error().message,
                     .scenario = {}};
    return;
  }
  Finding& finding = investigated->finding;
  finding.case_index = failure.index;
  finding.occurrences = occurrences;
  finding.scenario.description =
      fmt::format("{}; found in {}", finding.violation.headline, found_by(failure.index));
  save(finding);
  result_.findings.push_back(std::move(finding));

  for (auto& [other, sequence] : investigated->others) {
    const auto named = [&](const auto& each) { return each == other; };
    const bool known = std::ranges::any_of(result_.findings, named, &Finding::signature) ||
                       std::ranges::any_of(queue, named, &Queue::value_type::first) ||
                       std::ranges::any_of(result_.also_seen, named);
    if (known) continue;
    if (may_take_more(queue.size())) {
      queue.emplace_back(
          other, property::Failure{
                     .index = failure.index, .sequence = std::move(sequence), .verdict = {}});
    } else {
      result_.also_seen.push_back(other);
    }
  }
}

void Campaign::look_into(const property::RunSummary& summary) {
  Queue queue;
  for (const property::Failure& failure : summary.failures) {
    queue.emplace_back(failure.verdict.signatures.front(), failure);
  }
  while (!queue.empty() && !result_.harness_error) {
    const auto [signature, failure] = std::move(queue.front());
    queue.pop_front();
    const auto counted = summary.occurrences.find(signature);
    look_into_one(failure, signature, counted == summary.occurrences.end() ? 0 : counted->second,
                  queue);
  }
  std::ranges::sort(result_.findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.case_index, a.signature) < std::tie(b.case_index, b.signature);
  });
  const auto is_a_finding = [&](const std::string& signature) {
    return std::ranges::find(result_.findings, signature, &Finding::signature) !=
           result_.findings.end();
  };
  std::erase_if(result_.also_seen, is_a_finding);
}

Result<CampaignResult> Campaign::run(const WorkerFactory& factory) {
  result_.profile = profile_.name;
  result_.plants = options_.plants;
  result_.seed = options_.seed;
  result_.jobs =
      options_.jobs != 0 ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
  TRY_VOID(make_workers(factory));
  const bool deterministic = workers_.front()->engine->traits().deterministic;

  Collector collector(observer_, stop_);
  const property::RunSummary summary = search(collector);
  result_.statistics = collector.statistics();
  result_.harness_error = collector.harness_error();
  result_.failing_cases = summary.failed;
  result_.trace_hash = summary.trace_hash;
  result_.elapsed = summary.elapsed;
  result_.out_of_time = summary.out_of_time;
  if (collector.broken_case()) save_broken_case(*collector.broken_case());

  look_into(summary);
  result_.interrupted = is_set(options_.stop);
  result_.health = health_of(result_.statistics, profile_, deterministic);
  return std::move(result_);
}

Result<void> check(const CampaignOptions& options) {
  if (options.cases == 0U) return fail("a run of 0 cases tests nothing: ask for at least 1 case");
  if (options.time && *options.time <= Duration(0)) {
    return fail("a run of no time tests nothing: ask for more than 0 seconds");
  }
  return check_can_save(options.failures_dir);
}

}  // namespace

int exit_code(const CampaignResult& result) {
  if (result.harness_error) return 2;
  if (std::ranges::any_of(result.findings, &Finding::is_confirmed)) return 1;
  if (!result.findings.empty()) return 3;
  return result.interrupted || !result.health.problems.empty() ? 2 : 0;
}

Result<CampaignResult> run_campaign(const CampaignOptions& options, const WorkerFactory& factory,
                                    Observer& observer) {
  TRY_VOID(check(options));
  TRY(const suite::Profile* profile, suite::find_profile(options.profile));
  return Campaign(options, *profile, observer).run(factory);
}

Result<CampaignResult> run_campaign(const CampaignOptions& options, Observer& observer) {
  TRY(const WorkerFactory factory, worker_factory(options.engine, options.plants));
  return run_campaign(options, factory, observer);
}

}  // namespace squall::campaign
