#include "engine/executor.h"

#include <utility>

#include "base/check.h"

namespace squall::engine {

void Executor::start(const std::string& command, bool after_restart) {
  const CommandEntry* entry = core_.state.command(command);
  SQUALL_CHECK(entry != nullptr && !entry->terminal());
  const bool forget_failures = after_restart && core_.planted(Plant::kCrashForgetsFailure);
  const auto [at, is_new] = running_.emplace(command, Changeset(*entry, forget_failures));
  SQUALL_CHECK(is_new);
  std::vector<Changeset::Doomed> doomed = at->second.take_doomed();
  if (!doomed.empty()) {
    core_.env.mark("recovery-failed-dependents");
    core_.env.spawn(fail_dependents(command, std::move(doomed)));
  }
  start_ready(command, at->second);
}

void Executor::start_ready(const std::string& command, Changeset& changeset) {
  for (const uint32_t position : changeset.take_ready()) {
    core_.env.spawn(carry_out(command, position));
  }
}

Task<void> Executor::carry_out(std::string command, uint32_t position) {
  const CommandEntry* entry = core_.state.command(command);
  ResourceUpdate update(core_, calls_, entry->command, entry->updates[position]);
  Task<void> story = update.run();
  co_await std::move(story);
  Task<void> concluding = conclude(command, position, update.outcome(), update.succeeded());
  co_await std::move(concluding);
}

Task<void> Executor::conclude(std::string command, uint32_t position, Batch outcome,
                              bool succeeded) {
  if (succeeded) mark_waiting_dependents(command, position);
  if (succeeded && core_.planted(Plant::kPublishBeforeCommit)) {
    while (core_.state_may_change.closed()) co_await core_.state_may_change.opening();
    core_.state.apply(outcome);
    start_dependents(command, position);
    Task<void> late = core_.commit(std::move(outcome));
    co_await std::move(late);
    co_return;
  }
  Task<void> committing = core_.commit_then_apply(std::move(outcome));
  co_await std::move(committing);
  if (succeeded) {
    start_dependents(command, position);
    co_return;
  }
  std::vector<Changeset::Doomed> doomed = running_.at(command).failed(position);
  if (doomed.empty()) {
    forget_if_ended(command);
    co_return;
  }
  Task<void> failing = fail_dependents(command, std::move(doomed));
  co_await std::move(failing);
}

Task<void> Executor::fail_dependents(std::string command, std::vector<Changeset::Doomed> doomed) {
  const CommandEntry* entry = core_.state.command(command);
  const Instant now = core_.env.wall_now();
  Batch batch;
  for (const Changeset::Doomed& one : doomed) {
    StoredUpdate update = *entry->updates[one.position];
    const StoredUpdate& first = *entry->updates[one.because_of];
    update.state = UpdateState::kFailed;
    update.because_of = first.plan->identity;
    update.error = "not started: " + to_string(first.plan->identity) + " ended " +
                   std::string(to_string(first.state));
    update.ended = now;
    put(batch, std::move(update));
  }
  Task<void> committing = core_.commit_then_apply(std::move(batch));
  co_await std::move(committing);
  forget_if_ended(command);
}

void Executor::mark_waiting_dependents(const std::string& command, uint32_t position) {
  const std::vector<uint32_t> waiting = running_.at(command).carried_out(position);
  for (size_t i = 0; i < waiting.size(); ++i) core_.env.mark("dependent-waits-for-commit");
}

void Executor::start_dependents(const std::string& command, uint32_t position) {
  Changeset& changeset = running_.at(command);
  changeset.succeeded(position);
  start_ready(command, changeset);
  forget_if_ended(command);
}

void Executor::forget_if_ended(const std::string& command) {
  if (core_.state.command(command)->terminal()) running_.erase(command);
}

}  // namespace squall::engine
