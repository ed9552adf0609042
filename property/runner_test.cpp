#include "property/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace squall::property {
namespace {

using ::testing::ElementsAre;

// Writes down everything it is told.
class Recorder : public Listener {
 public:
  void on_case(uint64_t index, const Verdict& verdict) override {
    cases.push_back(index);
    if (const auto* number = std::any_cast<uint64_t>(&verdict.payload)) payload_sum += *number;
    if (stop_after != 0 && cases.size() == stop_after) stop = true;
  }
  void on_failure(uint64_t index, const ChoiceSequence& sequence, const Verdict& verdict) override {
    failures.emplace_back(index, verdict.signatures.front());
    sequences.push_back(sequence);
  }
  void on_progress(const Progress& progress) override { progress_cases.push_back(progress.cases); }

  std::vector<uint64_t> cases;
  std::vector<std::pair<uint64_t, std::string>> failures;
  std::vector<ChoiceSequence> sequences;
  std::vector<uint64_t> progress_cases;
  uint64_t payload_sum = 0;
  size_t stop_after = 0;
  std::atomic<bool> stop = false;
};

// About one case in 50 fails, with one of four signatures; some are discarded. Cases take turns
// at being slow, so that workers finish out of order.
Verdict judge(Choices& choices) {
  const uint64_t number = choices.integer(0, 999);
  for (uint64_t i = 0; i < number % 7; ++i) std::this_thread::yield();
  Verdict verdict;
  verdict.trace_hash = number;
  verdict.payload = number;
  if (choices.boolean(20)) {
    verdict.kind = Verdict::Kind::fail;
    verdict.signatures = {"bug-" + std::to_string(number % 4), "side effect"};
  } else if (number < 100) {
    verdict.kind = Verdict::Kind::discard;
  }
  return verdict;
}

TestFunction make_judge() { return judge; }

struct Outcome {
  RunSummary summary;
  Recorder recorder;
};

std::unique_ptr<Outcome> run_judge(const RunOptions& options) {
  auto outcome = std::make_unique<Outcome>();
  outcome->summary = run(options, make_judge, outcome->recorder);
  return outcome;
}

TEST(Runner, JobsDoNotMatter) {
  // Shows that summary, reports, their order and payloads are the same with 1, 2 and 5 jobs, for
  // every limit on failures, although a run stops in the middle of its cases.
  for (const uint32_t max_failures : {0U, 1U, 2U, 3U, 4U}) {
    RunOptions options{.seed = 11, .cases = 2500, .jobs = 1, .max_failures = max_failures};
    const auto one = run_judge(options);
    for (const uint32_t jobs : {2U, 5U}) {
      options.jobs = jobs;
      const auto many = run_judge(options);
      EXPECT_EQ(many->summary.trace_hash, one->summary.trace_hash);
      EXPECT_EQ(many->summary.cases, one->summary.cases);
      EXPECT_EQ(many->summary.passed, one->summary.passed);
      EXPECT_EQ(many->summary.discarded, one->summary.discarded);
      EXPECT_EQ(many->summary.occurrences, one->summary.occurrences);
      EXPECT_EQ(many->recorder.cases, one->recorder.cases);
      EXPECT_EQ(many->recorder.failures, one->recorder.failures);
      EXPECT_EQ(many->recorder.sequences, one->recorder.sequences);
      EXPECT_EQ(many->recorder.payload_sum, one->recorder.payload_sum);
    }
  }
}

TEST(Runner, StopsAtTheLastAllowedFailure) {
  // Shows that the counted cases are those up to and including that failure, and no others.
  const auto outcome = run_judge({.seed = 11, .cases = 2500, .jobs = 3, .max_failures = 2});
  ASSERT_EQ(outcome->summary.failures.size(), 2U);
  EXPECT_TRUE(outcome->summary.failures_reached);
  EXPECT_EQ(outcome->summary.cases, outcome->summary.failures.back().index + 1);
  EXPECT_EQ(outcome->recorder.cases.back(), outcome->summary.failures.back().index);
  EXPECT_EQ(outcome->recorder.cases.size(), outcome->summary.cases);
  EXPECT_LT(outcome->summary.cases, 2500U);
}

TEST(Runner, OneSignatureIsOneFailure) {
  // Shows that repeats are counted but not reported, and that only the primary signature counts.
  const auto outcome = run_judge({.seed = 3, .cases = 3000, .jobs = 2, .max_failures = 0});
  const RunSummary& summary = outcome->summary;
  EXPECT_EQ(summary.cases, 3000U);
  EXPECT_FALSE(summary.failures_reached);
  EXPECT_EQ(outcome->recorder.failures.size(), 4U);
  EXPECT_EQ(summary.occurrences.size(), 4U);
  uint64_t failed = 0;
  for (const auto& [signature, count] : summary.occurrences) failed += count;
  EXPECT_EQ(failed, summary.failed);
  EXPECT_GT(failed, 20U);
  EXPECT_EQ(summary.passed + summary.failed + summary.discarded, 3000U);
}

TEST(Runner, AReportedFailureReplays) {
  // Shows that the sequence, and the seed of the case alone, give the same verdict again.
  const auto outcome = run_judge({.seed = 5, .cases = 1000});
  ASSERT_EQ(outcome->summary.failures.size(), 1U);
  const Failure& failure = outcome->summary.failures.front();
  Choices by_sequence(failure.sequence.choices);
  EXPECT_EQ(judge(by_sequence).signatures, failure.verdict.signatures);
  Choices by_seed(case_seed(5, failure.index));
  EXPECT_EQ(judge(by_seed).signatures, failure.verdict.signatures);
}

TEST(Runner, TheTraceHashSeesEveryCase) {
  // Shows that another seed, one case less, and one changed trace each give another hash.
  const RunOptions options{.seed = 1, .cases = 300, .max_failures = 0};
  RunOptions shorter = options;
  shorter.cases = 299;
  RunOptions reseeded = options;
  reseeded.seed = 2;
  const uint64_t hash = run_judge(options)->summary.trace_hash;
  EXPECT_EQ(run_judge(options)->summary.trace_hash, hash);
  EXPECT_NE(run_judge(shorter)->summary.trace_hash, hash);
  EXPECT_NE(run_judge(reseeded)->summary.trace_hash, hash);

  Listener silent;
  int cases = 0;
  const auto make_other = [&cases]() -> TestFunction {
    return [&cases](Choices& choices) {
      Verdict verdict = judge(choices);
      if (++cases == 150) ++verdict.trace_hash;
      return verdict;
    };
  };
  EXPECT_NE(run(options, make_other, silent).trace_hash, hash);
}

TEST(Runner, ShardsDivideTheCases) {
  // Shows that the shards together run each case of the whole run once.
  std::vector<uint64_t> all;
  for (uint64_t shard = 0; shard < 3; ++shard) {
    const auto outcome = run_judge({.seed = 1,
                                    .cases = 100,
                                    .jobs = 2,
                                    .max_failures = 0,
                                    .shard_index = shard,
                                    .shard_count = 3});
    EXPECT_TRUE(std::ranges::is_sorted(outcome->recorder.cases));
    all.insert(all.end(), outcome->recorder.cases.begin(), outcome->recorder.cases.end());
  }
  std::ranges::sort(all);
  ASSERT_EQ(all.size(), 100U);
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(all[i], i);
}

TEST(Runner, TheStopFlagEndsARunWithASummary) {
  // Shows that an interrupted run says so and reports exactly the cases it told the listener of.
  for (const uint32_t jobs : {1U, 3U}) {
    Recorder recorder;
    recorder.stop_after = 40;
    const RunOptions options{
        .cases = RunOptions::kUnlimited, .jobs = jobs, .max_failures = 0, .stop = &recorder.stop};
    const RunSummary summary = run(options, make_judge, recorder);
    EXPECT_TRUE(summary.interrupted);
    EXPECT_FALSE(summary.out_of_time);
    EXPECT_GE(summary.cases, 40U);
    EXPECT_EQ(summary.cases, recorder.cases.size());
    EXPECT_EQ(recorder.cases.back() + 1, recorder.cases.size());
  }
}

TEST(Runner, TheTimeLimitEndsARun) {
  // Shows, on a clock that jumps 1 ms at each look, that no case begins after the limit.
  int64_t now_us = 0;
  Recorder recorder;
  const RunOptions options{.cases = RunOptions::kUnlimited,
                           .max_failures = 0,
                           .time_limit = std::chrono::seconds(1),
                           .clock = [&now_us] { return instant_at(now_us += 1000); }};
  const RunSummary summary = run(options, make_judge, recorder);
  EXPECT_TRUE(summary.out_of_time);
  EXPECT_FALSE(summary.interrupted);
  // Two looks a case: one before it and one for the progress.
  EXPECT_NEAR(static_cast<double>(summary.cases), 500.0, 2.0);
  EXPECT_NEAR(static_cast<double>(recorder.progress_cases.size()), 9.0, 1.0);
  EXPECT_TRUE(std::ranges::is_sorted(recorder.progress_cases));
}

TEST(Runner, EachWorkerIsMadeOnce) {
  // Shows that make_worker is called once a job, on the calling thread.
  const std::thread::id caller = std::this_thread::get_id();
  int made = 0;
  Listener silent;
  const auto make_worker = [&]() -> TestFunction {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ++made;
    return judge;
  };
  run({.cases = 10, .jobs = 4, .max_failures = 0}, make_worker, silent);
  EXPECT_EQ(made, 4);
}

TEST(Runner, NothingToDoIsARunToo) {
  // Shows a run without cases, and one that is stopped before it begins.
  Recorder recorder;
  EXPECT_EQ(run({.cases = 0, .jobs = 2}, make_judge, recorder).cases, 0U);
  recorder.stop = true;
  const RunSummary stopped =
      run({.cases = 9, .jobs = 2, .stop = &recorder.stop}, make_judge, recorder);
  EXPECT_EQ(stopped.cases, 0U);
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_THAT(recorder.cases, ElementsAre());
}

TEST(Runner, OverrunsAreCounted) {
  // Shows that a case that draws without end is seen in the summary.
  Listener silent;
  const auto make_endless = []() -> TestFunction {
    return [](Choices& choices) {
      while (choices.boolean(1000) && !choices.overrun()) {
      }
      return Verdict{};
    };
  };
  EXPECT_EQ(run({.cases = 2}, make_endless, silent).overrun, 2U);
}

}  // namespace
}  // namespace squall::property
