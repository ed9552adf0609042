#include "property/runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/stop.h"
#include "property/monotonic_clock.h"

namespace squall::property {
namespace {

// How far workers may run ahead of the oldest case still under way. Bounds the memory for verdicts
// that wait for it.
constexpr uint64_t kWindow = 1024;

// What a worker hands in.
struct Outcome {
  Verdict verdict;
  ChoiceSequence sequence;  // only of failing cases
  bool overrun = false;
};

// The shared part of a run: hands out indices, takes in outcomes, and takes them up in order.
class Run {
 public:
  Run(const RunOptions& options, Listener& listener)
      : options_(options),
        listener_(listener),
        clock_(options.clock ? options.clock : monotonic_now),
        started_(clock_()),
        last_progress_(started_),
        next_index_(options.shard_index),
        next_counted_(options.shard_index) {}

  void work(const TestFunction& test);
  RunSummary finish();

 private:
  std::optional<uint64_t> take_index();
  bool may_begin();
  void hand_in(uint64_t index, Outcome outcome);
  void count(uint64_t index, Outcome outcome);
  void report_progress();

  const RunOptions& options_;
  Listener& listener_;
  const std::function<Instant()> clock_;
  const Instant started_;

  std::mutex mutex_;
  std::condition_variable room_;
  Instant last_progress_;
  uint64_t next_index_;    // the next one to hand out
  uint64_t next_counted_;  // the next one to take up
  bool exhausted_ = false;
  std::map<uint64_t, Outcome> waiting_;  // handed in, but a smaller index is not
  // Primary signatures among waiting_ and summary_.failures.
  std::set<std::string> signatures_seen_;
  RunSummary summary_;
};

// Whether another case may be begun. Once enough distinct failures are handed in, the last counted
// case is among those handed out already, so a further one would be dropped in any case.
bool Run::may_begin() {
  if (exhausted_ || summary_.failures_reached || next_index_ >= options_.cases) return false;
  if (options_.max_failures != 0 && signatures_seen_.size() >= options_.max_failures) return false;
  if (is_set(options_.stop)) {
    summary_.interrupted = true;
    return false;
  }
  if (options_.time_limit && clock_() - started_ >= *options_.time_limit) {
    summary_.out_of_time = true;
    return false;
  }
  return true;
}

std::optional<uint64_t> Run::take_index() {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] {
    return next_index_ - next_counted_ < kWindow * options_.shard_count || exhausted_ ||
           summary_.failures_reached;
  });
  if (!may_begin()) {
    exhausted_ = true;
    room_.notify_all();
    return std::nullopt;
  }
  const uint64_t index = next_index_;
  // The last index of an unlimited run must not wrap around.
  if (options_.cases - index <= options_.shard_count) exhausted_ = true;
  next_index_ += options_.shard_count;
  return index;
}

void Run::work(const TestFunction& test) {
  while (const std::optional<uint64_t> index = take_index()) {
    Choices choices(case_seed(options_.seed, *index));
    Outcome outcome;
    outcome.verdict = test(choices);
    const bool failed = outcome.verdict.kind == Verdict::Kind::fail;
    SQUALL_CHECK(failed == !outcome.verdict.signatures.empty());
    outcome.overrun = choices.overrun();
    if (failed) outcome.sequence = choices.sequence();
    hand_in(*index, std::move(outcome));
  }
}

void Run::hand_in(uint64_t index, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  if (summary_.failures_reached) return;
  if (!outcome.verdict.signatures.empty()) {
    signatures_seen_.insert(outcome.verdict.signatures.front());
  }
  waiting_.emplace(index, std::move(outcome));
  while (!summary_.failures_reached && !waiting_.empty() &&
         waiting_.begin()->first == next_counted_) {
    auto node = waiting_.extract(waiting_.begin());
    next_counted_ += options_.shard_count;
    count(node.key(), std::move(node.mapped()));
  }
  report_progress();
  room_.notify_all();
}

void Run::count(uint64_t index, Outcome outcome) {
  const Verdict& verdict = outcome.verdict;
  ++summary_.cases;
  summary_.passed += verdict.kind == Verdict::Kind::pass ? 1 : 0;
  summary_.failed += verdict.kind == Verdict::Kind::fail ? 1 : 0;
  summary_.discarded += verdict.kind == Verdict::Kind::discard ? 1 : 0;
  summary_.overrun += outcome.overrun ? 1 : 0;

  RunningHash hash;
  hash.add(summary_.trace_hash);
  hash.add(index);
  hash.add(static_cast<uint64_t>(verdict.kind));
  for (const std::string& signature : verdict.signatures) hash.add(signature);
  hash.add(verdict.trace_hash);
  summary_.trace_hash = hash.value();

  listener_.on_case(index, verdict);
  if (verdict.kind != Verdict::Kind::fail) return;
  if (++summary_.occurrences[verdict.signatures.front()] > 1) return;
  listener_.on_failure(index, outcome.sequence, verdict);
  summary_.failures.push_back({.index = index,
                               .sequence = std::move(outcome.sequence),
                               .verdict = std::move(outcome.verdict)});
  summary_.failures_reached =
      options_.max_failures != 0 && summary_.failures.size() >= options_.max_failures;
}

void Run::report_progress() {
  const Instant now = clock_();
  if (now - last_progress_ < Listener::kProgressInterval) return;
  last_progress_ = now;
  listener_.on_progress({.cases = summary_.cases,
                         .failed = summary_.failed,
                         .discarded = summary_.discarded,
                         .failures = summary_.failures.size(),
                         .elapsed = now - started_});
}

RunSummary Run::finish() {
  const std::lock_guard lock(mutex_);
  SQUALL_CHECK(summary_.failures_reached || waiting_.empty());
  // A flag or a limit that was noticed after the deciding failure did not end the run.
  if (summary_.failures_reached) summary_.interrupted = summary_.out_of_time = false;
  summary_.elapsed = clock_() - started_;
  return std::move(summary_);
}

}  // namespace

uint64_t case_seed(uint64_t run_seed, uint64_t index) { return combine(mix(run_seed), index); }

RunSummary run(const RunOptions& options, const std::function<TestFunction()>& make_worker,
               Listener& listener) {
  SQUALL_CHECK(options.jobs > 0);
  SQUALL_CHECK(options.shard_index < options.shard_count);
  std::vector<TestFunction> workers;
  workers.reserve(options.jobs);
  for (uint32_t i = 0; i < options.jobs; ++i) workers.push_back(make_worker());

  Run state(options, listener);
  if (workers.size() == 1) {
    state.work(workers.front());
    return state.finish();
  }
  std::vector<std::jthread> threads;
  threads.reserve(workers.size());
  for (const TestFunction& worker : workers) {
    threads.emplace_back([&state, &worker] { state.work(worker); });
  }
  threads.clear();
  return state.finish();
}

}  // namespace squall::property
