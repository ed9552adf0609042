#include "agent/store/writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace squall::agent {

using engine::Batch;
using engine::Committed;

Writer::Writer(std::unique_ptr<Store> store, Post post)
    : store_(std::move(store)), post_(std::move(post)) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<void> Writer::load(
    const std::function<void(const std::string&, std::shared_ptr<const engine::Record>)>& visit) {
  SQUALL_CHECK(!thread_.joinable());
  return store_->load(visit);
}

void Writer::commit(Batch batch, Done done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.batches.push_back(std::move(batch));
    waiting_.dones.push_back(std::move(done));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_one();
}

Writer::Statistics Writer::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics now = statistics_;
  now.waiting = waiting_.batches.size();
  return now;
}

void Writer::run() {
  for (;;) {
    Waiting taken;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_stopping_ || !waiting_.batches.empty(); });
      if (waiting_.batches.empty()) return;
      std::swap(taken, waiting_);
    }
    std::vector<Outcome> outcomes = write(taken.batches);
    answer(std::move(taken.dones), std::move(outcomes));
  }
}

// One outcome per batch.
std::vector<Writer::Outcome> Writer::write(std::span<const Batch> batches) {
  const Outcome together = write_once(batches);
  std::vector<Outcome> outcomes(batches.size(), together);
  if (together.committed != Committed::kDiskFull || batches.size() == 1) return outcomes;
  // A large one must not take the others with it: a refused request is no harm, but an engine that
  // cannot write what it has done must stop.
  for (size_t i = 0; i < batches.size(); ++i) outcomes[i] = write_once(batches.subspan(i, 1));
  return outcomes;
}

Writer::Outcome Writer::write_once(std::span<const Batch> batches) {
  const Clock::time_point started = Clock::now();
  Outcome outcome;
  outcome.committed = store_->commit(batches);
  if (outcome.committed != Committed::kYes) outcome.why = store_->why_failed();
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  const std::lock_guard lock(mutex_);
  ++statistics_.transactions;
  statistics_.seconds += seconds;
  statistics_.longest_seconds = std::max(statistics_.longest_seconds, seconds);
  statistics_.most_batches = std::max(statistics_.most_batches, batches.size());
  if (outcome.committed == Committed::kYes) {
    for (const Batch& batch : batches) statistics_.records += batch.size();
  }
  return outcome;
}

void Writer::answer(std::vector<Done> dones, std::vector<Outcome> outcomes) {
  SQUALL_CHECK(dones.size() == outcomes.size());
  {
    const std::lock_guard lock(mutex_);
    statistics_.batches += dones.size();
    for (const Outcome& outcome : outcomes) {
      if (outcome.committed == Committed::kDiskFull) ++statistics_.refused;
    }
  }
  // All at once: the engine's thread is woken once per transaction. But one for each: it need not
  // go through all of them in one go.
  std::deque<std::function<void()>> answers;
  for (size_t i = 0; i < dones.size(); ++i) {
    answers.emplace_back([done = std::move(dones[i]), outcome = std::move(outcomes[i])] {
      done(outcome.committed, outcome.why);
    });
  }
  post_(std::move(answers));
}

}  // namespace squall::agent
