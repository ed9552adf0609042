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
#include "base/stop.h"
#include "campaign/files.h"
#include "campaign/judged_case.h"
#include "campaign/replay.h"
#include "campaign/version.h"
#include "cloud/catalogue.h"
#include "cloud/operation_log.h"
#include "property/runner.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;

// What a worker hands over with its verdict.
struct CaseResult {
  Statistics statistics;
  std::string harness_error;
  std::optional<suite::Case> test_case;        // only with a harness error
  std::vector<std::string> known;              // signatures that a rule covers
  std::vector<invariants::Violation> remarks;  // the first of each signature
  std::shared_ptr<const JudgedCase> seen;      // failed so, and may never do so again; else null
};

const CaseResult& result_in(const property::Verdict& verdict) {
  return *std::any_cast<const std::shared_ptr<const CaseResult>&>(verdict.payload);
}

// Folds what the runner counts, in its order, and ends the search at the first harness error.
class Collector final : public property::Listener {
 public:
  Collector(Observer& observer, std::atomic<bool>& stop) : observer_(observer), stop_(stop) {}

  void on_case(uint64_t index, const property::Verdict& verdict) override {
    const CaseResult& result = result_in(verdict);
    if (harness_error_) return;
    if (result.harness_error.empty()) {
      add(statistics_, result.statistics);
      for (const std::string& signature : result.known) {
        KnownFailure& failure = known_[signature];
        if (failure.cases++ == 0) failure.first_case = index;
      }
      for (const invariants::Violation& violation : result.remarks) add_remark(index, violation);
      return;
    }
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
  const std::map<std::string, KnownFailure>& known() const { return known_; }
  const std::map<std::string, Remark>& remarks() const { return remarks_; }

 private:
  void add_remark(uint64_t index, const invariants::Violation& violation) {
    Remark& remark = remarks_[invariants::signature(violation)];
    if (remark.cases++ > 0) return;
    remark.first_case = index;
    remark.violation = violation;
  }

  Observer& observer_;
  std::atomic<bool>& stop_;
  Statistics statistics_;
  std::optional<HarnessError> harness_error_;
  std::optional<suite::Case> broken_case_;
  std::map<std::string, KnownFailure> known_;
  std::map<std::string, Remark> remarks_;
};

// A failure waiting to be looked into.
struct Lead {
  std::string signature;
  uint64_t case_index = 0;
  Start start;
  std::shared_ptr<const JudgedCase> seen = nullptr;  // as in CaseResult
};
using Queue = std::deque<Lead>;

constexpr Duration kLongestLiveShrinking = std::chrono::minutes(1);
constexpr uint32_t kLiveConfirmRuns = 3;

// Each look at a case that takes too long takes too long.
uint32_t runs_for(const std::string& signature, uint32_t wanted) {
  return signature.starts_with(kLive) ? std::min(wanted, kLiveConfirmRuns) : wanted;
}

void hurry_if_slow(const std::string& signature, Investigation& how) {
  how.confirm_runs = runs_for(signature, how.confirm_runs);
  if (!signature.starts_with(kLive)) return;
  how.time_limit = std::min(how.time_limit.value_or(kLongestLiveShrinking), kLongestLiveShrinking);
}

class Campaign {
 public:
  Campaign(const CampaignOptions& options, suite::Profile profile, Observer& observer)
      : options_(options), profile_(std::move(profile)), observer_(observer) {}

  Result<CampaignResult> run(const WorkerFactory& factory);

 private:
  Result<void> make_workers(const WorkerFactory& factory);
  std::shared_ptr<Watchdog> make_watchdog(const Traits& traits);
  Result<void> check_known();
  void replay_saved();
  SavedOutcome replay_saved(const SavedFailure& saved);
  property::RunSummary search(Collector& collector);
  property::Verdict run_case(property::Choices& choices, Worker& worker);
  void count(const Collector& collector);
  void look_into(const property::RunSummary& summary);
  void look_into_one(const Lead& lead, uint64_t occurrences, Queue& queue);
  void queue_others(uint64_t case_index, std::map<std::string, Start> others, Queue& queue);
  Finding* finding_of(std::string_view signature);
  Worker* simulation();
  suite::Scenario origin() const;
  std::string command() const;
  std::string found_by(uint64_t index) const;
  void save(Finding& finding) const;
  void save_broken_case(const suite::Case& test_case);
  bool may_take_more(size_t waiting) const;

  const CampaignOptions& options_;
  suite::Profile profile_;  // its marks are the engine's where that says which
  Observer& observer_;
  // Ends the search: the caller's flag, or a harness error.
  std::atomic<bool> stop_{false};
  std::vector<std::shared_ptr<Worker>> workers_;
  std::shared_ptr<Worker> simulation_;  // made when it is needed
  Yardstick yardstick_;                 // of this engine
  CampaignResult result_;
};

Result<void> Campaign::make_workers(const WorkerFactory& factory) {
  for (uint32_t i = 0; i < result_.jobs; ++i) {
    TRY(Worker worker, factory());
    workers_.push_back(std::make_shared<Worker>(std::move(worker)));
  }
  const Traits& traits = workers_.front()->engine->traits();
  if (!traits.required_marks.empty()) {
    profile_.required_marks = traits.required_marks;
    const auto& more =
        profile_.faults ? traits.required_under_faults : traits.required_without_faults;
    profile_.required_marks.insert(profile_.required_marks.end(), more.begin(), more.end());
  }
  result_.engine = traits.engine;
  result_.engine_version = version_of(traits);
  yardstick_ = yardstick_of(traits);
  yardstick_.known = rules_for(options_.known, options_.engine, result_.engine_version);
  yardstick_.strict = options_.strict;
  const std::shared_ptr<Watchdog> watchdog = make_watchdog(traits);
  for (const std::shared_ptr<Worker>& worker : workers_) worker->watchdog = watchdog;
  return {};
}

std::shared_ptr<Watchdog> Campaign::make_watchdog(const Traits& traits) {
  const CaseLimits& limits = options_.case_limits;
  if (!limits.time && limits.memory == 0) return nullptr;
  return std::make_shared<Watchdog>(
      limits, [this, traits](const suite::Case& test_case, const invariants::Violation& why) {
        Finding finding = hanging(test_case, origin(), traits, why);
        finding.scenario.description = "found by " + command();
        save(finding);
        observer_.on_hang(finding);
      });
}

// Every rule has a scenario that must still show its failure, if not each time; one that does not
// has expired.
Result<void> Campaign::check_known() {
  const SharedCatalogue catalogue = cloud::catalogue_of(workers_.front()->cloud->resource_types());
  for (const KnownRule& rule : yardstick_.known) {
    if (!rule.shows_on(result_.engine_version)) continue;
    const std::string where = fmt::format("the scenario {} of the known failure {}",
                                          rule.scenario_path().string(), rule.link);
    TRY(const std::string text, read_file(rule.scenario_path()));
    const Result<suite::Scenario> scenario = suite::parse_scenario(text);
    if (!scenario) return fail(fmt::format("reading {}: {}", where, scenario.error().message));
    const auto shows_it = [&rule](const Replay& each) {
      const auto covered = [&](const std::string& signature) { return rule.covers(signature); };
      return std::ranges::any_of(each.signatures, covered);
    };
    Result<Worker> worker =
        worker_for(*scenario, catalogue,
                   {.binary = options_.binary, .later_binaries = options_.later_binaries});
    if (!worker) return fail(fmt::format("replaying {}: {}", where, worker.error().message));
    const Result<Replay> shown = replay_until(
        *scenario, *worker, runs_for(scenario->expected, options_.confirm_runs), shows_it);
    if (!shown) return fail(fmt::format("replaying {}: {}", where, shown.error().message));
    if (shows_it(*shown)) continue;
    result_.expired.push_back(fmt::format("{} no longer shows {}{}{}", where, rule.invariant,
                                          rule.shape.empty() ? "" : "/", rule.shape));
  }
  return {};
}

SavedOutcome Campaign::replay_saved(const SavedFailure& saved) {
  using State = SavedOutcome::State;
  SavedOutcome out{.state = State::mended,
                   .signature = saved.scenario.expected,
                   .folder = saved.folder,
                   .problem = {}};
  const std::vector<std::string> beyond = faults_beyond(saved.scenario.test_case);
  if (!beyond.empty() && !options_.beyond) {
    out.state = State::not_replayed;
    out.problem = fmt::format("{} is beyond the contract; with --beyond it is replayed",
                              fmt::join(beyond, ", "));
    return out;
  }
  Result<Replay> replay =
      campaign::replay(saved.scenario, *workers_.front(),
                       runs_for(out.signature, options_.confirm_runs), options_.strict);
  if (!replay) {
    out.state = State::not_replayed;
    out.problem = replay.error().message;
    return out;
  }
  if (!replay->finding) return out;
  Finding& finding = *replay->finding;
  const bool as_saved = replay->shows_what_it_expects();
  out.state = as_saved ? State::still_fails : State::fails_otherwise;
  const Weight weight = yardstick_.weight_of(finding.signature);
  if (weight != Weight::failure) {
    out.state = weight == Weight::known ? State::known : State::remark;
    return out;
  }
  if (finding_of(finding.signature) != nullptr) return out;
  finding.status = as_saved ? "still fails" : "new";
  finding.scenario.expected = finding.signature;
  if (as_saved) {
    finding.folder = saved.folder;
    finding.files = {"scenario.json"};
  } else {
    save(finding);
  }
  result_.findings.push_back(std::move(finding));
  return out;
}

void Campaign::replay_saved() {
  if (options_.failures_dir.empty()) return;
  for (const SavedFailure& saved : saved_failures(options_.failures_dir, origin())) {
    if (is_set(options_.stop)) return;
    result_.saved.push_back(replay_saved(saved));
    observer_.on_saved(result_.saved.back());
  }
}

property::Verdict Campaign::run_case(property::Choices& choices, Worker& worker) {
  const suite::Case test_case = draw_case(choices, profile_, worker);
  JudgedCase judged = run_and_judge(test_case, worker);
  auto result = std::make_shared<CaseResult>();
  if (judged.record.harness_error.empty()) {
    result->statistics = statistics_of(judged.record);
    for (const std::string& signature : signatures_of(judged.violations)) {
      const Weight weight = yardstick_.weight_of(signature);
      if (weight == Weight::known) result->known.push_back(signature);
      if (weight == Weight::remark)
        result->remarks.push_back(*find_violation(judged.violations, signature));
    }
  } else {
    result->harness_error = judged.record.harness_error;
    result->test_case = test_case;
  }
  property::Verdict verdict = verdict_of(judged, yardstick_);
  if (!verdict.signatures.empty() && !worker.engine->traits().deterministic)
    result->seen = std::make_shared<const JudgedCase>(std::move(judged));
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
  run.shard_index = options_.shard_index;
  run.shard_count = options_.shard_count;
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

std::string Campaign::command() const {
  std::string command = fmt::format("squall test --engine {} --profile {} --seed {}",
                                    options_.engine, profile_.alias, options_.seed);
  for (const std::string& plant : options_.plants) command += " --plant " + plant;
  for (const std::string& file : options_.types) command += " --types " + file;
  if (options_.beyond) command += " --beyond";
  if (options_.strict) command += " --strict";
  return command;
}

std::string Campaign::found_by(uint64_t index) const {
  return fmt::format("case {} of {}", index, command());
}

void Campaign::save(Finding& finding) const {
  finding.binary = options_.binary;
  finding.later_binaries = options_.later_binaries;
  if (options_.failures_dir.empty()) return;
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
  if (options_.failures_dir.empty()) return;
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

Finding* Campaign::finding_of(std::string_view signature) {
  const auto found = std::ranges::find(result_.findings, signature, &Finding::signature);
  return found == result_.findings.end() ? nullptr : &*found;
}

// The same engine in the simulation; null: there is none, or none can be had.
Worker* Campaign::simulation() {
  const std::string_view kind = simulation_of(options_.engine);
  if (kind.empty() || simulation_ != nullptr) return simulation_.get();
  const Result<SharedCatalogue> catalogue = load_catalogue(options_.types);
  if (!catalogue) return nullptr;
  const Result<WorkerFactory> factory =
      worker_factory(kind, {.plants = options_.plants, .binary = {}}, *catalogue);
  if (!factory) return nullptr;
  Result<Worker> worker = (*factory)();
  if (!worker) return nullptr;
  simulation_ = std::make_shared<Worker>(*std::move(worker));
  return simulation_.get();
}

void Campaign::look_into_one(const Lead& lead, uint64_t occurrences, Queue& queue) {
  // A saved scenario that still fails has been shrunk before.
  if (Finding* finding = finding_of(lead.signature)) {
    finding->case_index = lead.case_index;
    finding->occurrences = occurrences;
    return;
  }
  Investigation how;
  how.profile = &profile_;
  how.origin = origin();
  how.shrink = options_.shrink;
  how.max_tries = options_.shrink_tries;
  how.time_limit = options_.shrink_time;
  how.confirm_runs = options_.confirm_runs;
  how.simulation = simulation();
  how.seen = lead.seen.get();
  how.stop = options_.stop;
  how.on_attempt = [&](const Attempt& attempt) { observer_.on_attempt(attempt); };
  how.yardstick = yardstick_;
  hurry_if_slow(lead.signature, how);
  auto investigated = investigate(lead.start, lead.signature, *workers_.front(), how);
  if (!investigated) {
    if (result_.harness_error) return;
    result_.harness_error = HarnessError{
        .case_index = lead.case_index,
        .message = "looking into " + lead.signature + ": " + investigated.error().message,
        .scenario = {}};
    return;
  }
  Finding& finding = investigated->finding;
  finding.case_index = lead.case_index;
  finding.occurrences = occurrences;
  finding.scenario.description =
      fmt::format("{}; found in {}", finding.violation.headline, found_by(lead.case_index));
  save(finding);
  result_.findings.push_back(std::move(finding));
  queue_others(lead.case_index, std::move(investigated->others), queue);
}

void Campaign::queue_others(uint64_t case_index, std::map<std::string, Start> others,
                            Queue& queue) {
  for (auto& [other, start] : others) {
    const bool seen = finding_of(other) != nullptr ||
                      std::ranges::find(queue, other, &Lead::signature) != queue.end() ||
                      std::ranges::find(result_.also_seen, other) != result_.also_seen.end();
    if (seen) continue;
    if (may_take_more(queue.size())) {
      queue.push_back({.signature = other, .case_index = case_index, .start = std::move(start)});
    } else {
      result_.also_seen.push_back(other);
    }
  }
}

void Campaign::look_into(const property::RunSummary& summary) {
  Queue queue;
  for (const property::Failure& failure : summary.failures) {
    queue.push_back({.signature = failure.verdict.signatures.front(),
                     .case_index = failure.index,
                     .start = failure.sequence,
                     .seen = result_in(failure.verdict).seen});
  }
  // Where the harness failed, what was found before is a finding all the same.
  while (!queue.empty()) {
    const Lead lead = std::move(queue.front());
    queue.pop_front();
    const auto counted = summary.occurrences.find(lead.signature);
    look_into_one(lead, counted == summary.occurrences.end() ? 0 : counted->second, queue);
  }
  std::ranges::sort(result_.findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.case_index, a.signature) < std::tie(b.case_index, b.signature);
  });
  std::erase_if(result_.also_seen,
                [&](const std::string& signature) { return finding_of(signature) != nullptr; });
}

// What showed and counts for nothing.
void Campaign::count(const Collector& collector) {
  for (auto [signature, failure] : collector.known()) {
    failure.signature = signature;
    failure.link = find_known(yardstick_.known, signature)->link;
    result_.known.push_back(std::move(failure));
  }
  for (auto [signature, remark] : collector.remarks()) {
    remark.signature = signature;
    result_.remarks.push_back(std::move(remark));
  }
}

Result<CampaignResult> Campaign::run(const WorkerFactory& factory) {
  result_.profile = profile_.name;
  result_.plants = options_.plants;
  result_.types = options_.types;
  result_.beyond = options_.beyond;
  result_.strict = options_.strict;
  result_.seed = options_.seed;
  result_.jobs =
      options_.jobs != 0 ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
  result_.shard_index = options_.shard_index;
  result_.shard_count = options_.shard_count;
  TRY_VOID(make_workers(factory));
  TRY_VOID(check_known());
  replay_saved();
  const bool deterministic = workers_.front()->engine->traits().deterministic;

  Collector collector(observer_, stop_);
  const property::RunSummary summary = search(collector);
  result_.statistics = collector.statistics();
  result_.harness_error = collector.harness_error();
  result_.failing_cases = summary.failed;
  result_.trace_hash = summary.trace_hash;
  result_.elapsed = summary.elapsed;
  result_.out_of_time = summary.out_of_time;
  count(collector);
  if (collector.broken_case()) save_broken_case(*collector.broken_case());

  look_into(summary);
  result_.interrupted = is_set(options_.stop);
  result_.health = health_of(result_.statistics, profile_, deterministic);
  return std::move(result_);
}

// The profile of that name, as the options would have it.
Result<suite::Profile> profile_of(const CampaignOptions& options) {
  TRY(const suite::Profile* named, suite::find_profile(options.profile));
  if (options.beyond && !named->faults) {
    return fail(
        fmt::format("the profile {} draws no faults, so there are none beyond the contract either: "
                    "leave out --beyond, or choose another profile",
                    named->name));
  }
  suite::Profile profile = *named;
  profile.beyond = options.beyond;
  return profile;
}

Result<void> check(const CampaignOptions& options) {
  if (options.cases == 0U) return fail("a run of 0 cases tests nothing: ask for at least 1 case");
  if (options.time && *options.time <= Duration(0)) {
    return fail("a run of no time tests nothing: ask for more than 0 seconds");
  }
  if (options.shard_index >= options.shard_count) {
    return fail(fmt::format("there is no shard {} of {}: they are 0 to {}", options.shard_index,
                            options.shard_count, options.shard_count - 1));
  }
  return options.failures_dir.empty() ? Result<void>() : check_can_save(options.failures_dir);
}

}  // namespace

std::string_view words_of(SavedOutcome::State state) {
  switch (state) {
    case SavedOutcome::State::still_fails:
      return "still fails";
    case SavedOutcome::State::fails_otherwise:
      return "fails in another way";
    case SavedOutcome::State::known:
      return "is known";
    case SavedOutcome::State::remark:
      return "is a remark";
    case SavedOutcome::State::mended:
      return "no longer fails";
    case SavedOutcome::State::not_replayed:
      return "could not be replayed";
  }
  return "?";
}

int exit_code(const CampaignResult& result) {
  if (result.harness_error) return 2;
  if (std::ranges::any_of(result.findings, &Finding::is_confirmed)) return 1;
  if (!result.findings.empty()) return 3;
  return result.interrupted || !result.health.problems.empty() ? 2 : 0;
}

Result<CampaignResult> run_campaign(const CampaignOptions& options, const WorkerFactory& factory,
                                    Observer& observer) {
  TRY_VOID(check(options));
  TRY(suite::Profile profile, profile_of(options));
  return Campaign(options, std::move(profile), observer).run(factory);
}

Result<CampaignResult> run_campaign(const CampaignOptions& options, Observer& observer) {
  TRY(const SharedCatalogue catalogue, load_catalogue(options.types));
  TRY(const WorkerFactory factory, worker_factory(options.engine,
                                                  {.plants = options.plants,
                                                   .binary = options.binary,
                                                   .later_binaries = options.later_binaries,
                                                   .store = options.store},
                                                  catalogue));
  return run_campaign(options, factory, observer);
}

}  // namespace squall::campaign
