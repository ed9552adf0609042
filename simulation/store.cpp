#include "simulation/store.h"

#include <algorithm>
#include <utility>

namespace squall::simulation {

Store::Store(Executor& executor, Observer& observer, StoreTimes times)
    : executor_(executor), observer_(observer), times_(times) {}

void Store::reset() {
  records_.clear();
  begun_.clear();
  durable_.clear();
  refused_.clear();
  disk_full_ = false;
  commits_ = 0;
}

uint64_t Store::begin_commit(engine::Batch batch, WaitTicket ticket) {
  SQUALL_CHECK(executor_.lives(ticket.incarnation));
  const uint64_t number = ++commits_;
  begun_.push_back({.number = number, .batch = std::move(batch), .ticket = ticket});
  executor_.schedule(times_.durable, {.kind = EventKind::kDurable,
                                      .owner = ticket.incarnation,
                                      .handler = this,
                                      .id = number,
                                      .entity = entity(EventKind::kDurable)});
  observer_.commit_begun(number);
  return number;
}

void Store::handle(EventKind kind, uint64_t id) {
  if (kind == EventKind::kAcknowledged) return acknowledge(id);
  SQUALL_CHECK(kind == EventKind::kDurable);
  const auto commit = std::ranges::find(begun_, id, &Commit::number);
  SQUALL_CHECK(commit != begun_.end() && !commit->due);
  commit->due = true;
  while (!executor_.doomed() && !begun_.empty() && begun_.front().due) make_durable();
}

// The oldest commit, whole or not at all: a strike before it leaves everything as it was.
void Store::make_durable() {
  Commit& commit = begun_.front();
  const uint64_t number = commit.number;
  observer_.commit_before_durable(number);
  if (executor_.doomed()) return;
  const bool fails = observer_.commit_fails(number);
  const bool refused = fails || disk_full_;
  if (refused) {
    refused_[number] = fails ? engine::Committed::kUnknown : engine::Committed::kDiskFull;
  } else {
    write(commit.batch);
  }
  commit.batch.clear();
  durable_.push_back(std::move(commit));
  begun_.pop_front();
  executor_.schedule(times_.acknowledged, {.kind = EventKind::kAcknowledged,
                                           .owner = durable_.back().ticket.incarnation,
                                           .handler = this,
                                           .id = number,
                                           .entity = entity(EventKind::kAcknowledged)});
  if (refused) {
    observer_.commit_refused(number);
  } else {
    observer_.commit_after_durable(number);
  }
}

void Store::write(engine::Batch& batch) {
  for (engine::Write& write : batch) {
    if (write.record == nullptr) {
      records_.erase(write.key);
    } else {
      records_.insert_or_assign(std::move(write.key), std::move(write.record));
    }
  }
}

engine::Committed Store::take_outcome(uint64_t number) {
  const auto refused = refused_.find(number);
  if (refused == refused_.end()) return engine::Committed::kYes;
  const engine::Committed outcome = refused->second;
  refused_.erase(refused);
  return outcome;
}

void Store::acknowledge(uint64_t number) {
  const auto commit = std::ranges::find(durable_, number, &Commit::number);
  SQUALL_CHECK(commit != durable_.end());
  executor_.complete(commit->ticket);
  durable_.erase(commit);
}

void Store::lose_what_is_not_durable() {
  begun_.clear();
  durable_.clear();
  refused_.clear();
}

}  // namespace squall::simulation
