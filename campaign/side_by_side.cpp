#include "campaign/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "base/stop.h"
#include "property/runner.h"
#include "suite/profile.h"

namespace squall::campaign {

namespace {

struct Pair {
  std::shared_ptr<Worker> a;
  std::shared_ptr<Worker> b;
};

Result<Pair> make_pair(const WorkerFactory& a, const WorkerFactory& b) {
  TRY(Worker first, a());
  TRY(Worker second, b());
  return Pair{std::make_shared<Worker>(std::move(first)),
              std::make_shared<Worker>(std::move(second))};
}

// What one case came to, on its way from a worker's thread.
struct CaseOutcome {
  ComparedCase compared;
  std::string error;  // of the harness; empty: none
};

// What is told of a case, in the order of the cases.
void add(SideBySide& result, std::set<std::string>& unsteady, const CaseOutcome& outcome) {
  const ComparedCase& compared = outcome.compared;
  if (compared.is_given_up) return;
  unsteady.insert(compared.unsteady.begin(), compared.unsteady.end());
  ++result.cases;
  result.dropped += compared.dropped;
  result.dropped_cases += compared.dropped > 0 ? 1 : 0;
  result.compared_in_part += compared.in_part ? 1 : 0;
  if (!compared.differences.empty()) result.differing.push_back(compared);
}

CaseOutcome outcome_of(const suite::Case& test_case, const Pair& pair,
                       const SideBySideOptions& options) {
  CaseOutcome out;
  Result<ComparedCase> compared = compare_on(test_case, *pair.a, *pair.b, options);
  if (!compared) {
    out.error = compared.error().message;
    out.compared.test_case = test_case;
    return out;
  }
  out.compared = *std::move(compared);
  return out;
}

class PairCollector final : public property::Listener {
 public:
  PairCollector(SideBySide& result, Observer& observer, std::atomic<bool>& stop)
      : result_(result), observer_(observer), stop_(stop) {}

  void on_case(uint64_t index, const property::Verdict& verdict) override {
    if (result_.harness_error) return;
    auto outcome = *std::any_cast<std::shared_ptr<CaseOutcome>>(verdict.payload);
    if (!outcome.error.empty()) {
      result_.harness_error =
          HarnessError{.case_index = index, .message = outcome.error, .scenario = {}};
      stop_ = true;
      return;
    }
    outcome.compared.name = fmt::format("case {}", index);
    add(result_, unsteady_, outcome);
  }
  void on_progress(const property::Progress& progress) override {
    observer_.on_progress({.cases = progress.cases,
                           .failing_cases = progress.failed,
                           .failures = progress.failures,
                           .elapsed = progress.elapsed});
  }
  const std::set<std::string>& unsteady() const { return unsteady_; }

 private:
  SideBySide& result_;
  std::set<std::string> unsteady_;
  Observer& observer_;
  std::atomic<bool>& stop_;
};

property::Verdict verdict_of(CaseOutcome outcome) {
  property::Verdict verdict;
  if (!outcome.compared.differences.empty()) {
    verdict.kind = property::Verdict::Kind::fail;
    verdict.signatures = {std::string(text_of(outcome.compared.differences.front().aspect))};
  }
  verdict.payload = std::make_shared<CaseOutcome>(std::move(outcome));
  return verdict;
}

// Draws for A, and looks whether the same draws make the same case for B.
CaseOutcome draw_and_compare(property::Choices& choices, const suite::Profile& profile,
                             const Pair& pair, const SideBySideOptions& options) {
  const suite::Case test_case = draw_case(choices, profile, *pair.a);
  const property::ChoiceSequence drawn = choices.sequence();
  property::Choices again(drawn.choices);
  if (draw_case(again, profile, *pair.b) == test_case) return outcome_of(test_case, pair, options);
  CaseOutcome out;
  out.error =
      "drawing a case for both engines: the two get different ones; compare engines of "
      "one kind, with the same traits";
  return out;
}

Result<JudgedCase> judged_on(const suite::Case& test_case, Worker& worker, std::string_view side) {
  JudgedCase judged = run_and_judge(test_case, worker);
  if (judged.record.harness_error.empty()) return judged;
  return fail(fmt::format("running the case on {}: {}", side, judged.record.harness_error));
}

constexpr uint32_t kTimesMoreForBlame = 5;

uint32_t runs_for(const std::vector<Difference>& differences, uint32_t reruns) {
  if (differences.empty()) return 0;
  const bool blames = std::ranges::any_of(
      differences, [](const Difference& each) { return each.worse != Worse::kNeither; });
  return blames ? reruns * kTimesMoreForBlame : reruns;
}

// What came and went in one case is no difference in another either.
void drop_unsteady(SideBySide& result, const std::set<std::string>& unsteady) {
  for (ComparedCase& compared : result.differing) {
    const size_t dropped = std::erase_if(compared.differences, [&](const Difference& each) {
      return each.aspect == Aspect::kInvariant && unsteady.contains(each.subject);
    });
    if (dropped > 0 && compared.dropped == 0) ++result.dropped_cases;
    compared.dropped += dropped;
    result.dropped += dropped;
  }
  std::erase_if(result.differing, [](const auto& each) { return each.differences.empty(); });
}

}  // namespace

uint64_t SideBySide::count(Worse which) const {
  uint64_t out = 0;
  for (const ComparedCase& compared : differing)
    out +=
        static_cast<uint64_t>(std::ranges::count(compared.differences, which, &Difference::worse));
  return out;
}

Result<ComparedCase> compare_on(const suite::Case& test_case, Worker& a, Worker& b,
                                const SideBySideOptions& options) {
  TRY(const JudgedCase first_a, judged_on(test_case, a, "A"));
  TRY(const JudgedCase first_b, judged_on(test_case, b, "B"));
  ComparedCase out;
  out.test_case = test_case;
  out.in_part = first_scheduled_operation(test_case).has_value();
  out.differences = compare(first_a, first_b);
  // What is repeatable need not be repeated.
  const bool repeats = first_a.record.traits.deterministic && first_b.record.traits.deterministic;
  const std::vector<Difference> found = out.differences;
  for (uint32_t i = 0; !repeats && i < runs_for(out.differences, options.reruns); ++i) {
    if (is_set(options.stop)) {
      out.differences.clear();
      out.is_given_up = true;
      return out;
    }
    TRY(const JudgedCase next_a, judged_on(test_case, a, "A"));
    TRY(const JudgedCase next_b, judged_on(test_case, b, "B"));
    out.differences = steady(out.differences, compare(first_a, next_a), compare(first_b, next_b));
  }
  out.dropped = found.size() - out.differences.size();
  for (const Difference& each : found) {
    const auto same = [&](const Difference& other) { return each.is_about_the_same(other); };
    const bool is_dropped = std::ranges::none_of(out.differences, same);
    if (is_dropped && each.aspect == Aspect::kInvariant) out.unsteady.insert(each.subject);
  }
  return out;
}

Result<SideBySide> run_side_by_side(const SideBySideOptions& options, const WorkerFactory& a,
                                    const WorkerFactory& b, Observer& observer) {
  if (options.cases == 0) return fail("comparing on 0 cases shows nothing: ask for one at least");
  TRY(const suite::Profile* profile, suite::find_profile(options.profile));
  std::vector<Pair> pairs;
  for (uint32_t i = 0; i < options.jobs; ++i) {
    TRY(Pair pair, make_pair(a, b));
    pairs.push_back(std::move(pair));
  }
  SideBySide result;
  result.a = pairs.front().a->engine->traits();
  result.b = pairs.front().b->engine->traits();
  result.profile = profile->name;
  std::atomic<bool> stop = false;
  PairCollector collector(result, observer, stop);
  property::RunOptions run;
  run.seed = options.seed;
  run.cases = options.cases;
  run.jobs = options.jobs;
  run.max_failures = 0;
  run.stop = &stop;
  size_t next = 0;
  const auto make_worker = [&]() -> property::TestFunction {
    return [&, pair = pairs.at(next++)](property::Choices& choices) {
      CaseOutcome outcome = draw_and_compare(choices, *profile, pair, options);
      if (is_set(options.stop)) stop = true;
      return verdict_of(std::move(outcome));
    };
  };
  const property::RunSummary summary = property::run(run, make_worker, collector);
  drop_unsteady(result, collector.unsteady());
  result.interrupted = summary.interrupted && !result.harness_error;
  result.elapsed = summary.elapsed;
  return result;
}

Result<SideBySide> run_side_by_side(const std::vector<NamedScenario>& scenarios,
                                    const SideBySideOptions& options, const WorkerFactory& a,
                                    const WorkerFactory& b, Observer& observer) {
  TRY(const Pair pair, make_pair(a, b));
  SideBySide result;
  result.a = pair.a->engine->traits();
  result.b = pair.b->engine->traits();
  std::set<std::string> unsteady;
  const auto began = std::chrono::steady_clock::now();
  for (const NamedScenario& each : scenarios) {
    if (is_set(options.stop)) break;
    CaseOutcome outcome = outcome_of(each.scenario.test_case, pair, options);
    if (!outcome.error.empty()) return fail(fmt::format("{}: {}", each.name, outcome.error));
    outcome.compared.name = each.name;
    add(result, unsteady, outcome);
    result.elapsed = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
    observer.on_progress({.cases = result.cases,
                          .failing_cases = result.differing.size(),
                          .failures = result.differing.size(),
                          .elapsed = result.elapsed});
  }
  drop_unsteady(result, unsteady);
  result.interrupted = is_set(options.stop);
  return result;
}

int exit_code(const SideBySide& result) {
  if (result.harness_error) return 2;
  if (result.count(Worse::kB) > 0) return 1;
  return result.interrupted ? 2 : 0;
}

}  // namespace squall::campaign
