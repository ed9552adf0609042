#include "engine/changeset.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace squall::engine {

namespace {

bool has_failed(const StoredUpdate& update) {
  return is_terminal(update.state) && update.state != UpdateState::kSuccess;
}

// Failures in the order in which they happened. The wall clock may have jumped, but of two failures
// that doom the same update either explains it.
std::vector<uint32_t> failures_of(const CommandEntry& command) {
  std::vector<uint32_t> out;
  for (const auto& update : command.updates) {
    if (has_failed(*update) && !update->because_of) out.push_back(update->position);
  }
  std::sort(out.begin(), out.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(command.updates[a]->ended, a) < std::pair(command.updates[b]->ended, b);
  });
  return out;
}

}  // namespace

Changeset::Changeset(const CommandEntry& command, bool forget_failures)
    : nodes_(command.updates.size()) {
  for (uint32_t i = 0; i < nodes_.size(); ++i) {
    const StoredUpdate& update = *command.updates[i];
    if (is_terminal(update.state)) nodes_[i].stage = Stage::kEnded;
    for (const uint32_t before : update.plan->waits_for) {
      const StoredUpdate& producer = *command.updates[before];
      nodes_[before].dependents.push_back(i);
      if (producer.state == UpdateState::kSuccess) continue;
      if (forget_failures && has_failed(producer)) continue;
      ++nodes_[i].waits_for;
      ++nodes_[i].waits_for_calls;
    }
  }
  if (!forget_failures) {
    for (const uint32_t failure : failures_of(command)) doom(failure, failure, doomed_);
  }
  for (uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].stage == Stage::kWaiting && nodes_[i].waits_for == 0) ready_.push_back(i);
  }
}

std::vector<uint32_t> Changeset::take_ready() {
  for (const uint32_t position : ready_) {
    SQUALL_CHECK(nodes_[position].stage == Stage::kWaiting);
    nodes_[position].stage = Stage::kStarted;
  }
  return std::exchange(ready_, {});
}

std::vector<Changeset::Doomed> Changeset::take_doomed() { return std::exchange(doomed_, {}); }

std::vector<uint32_t> Changeset::carried_out(uint32_t position) {
  std::vector<uint32_t> out;
  for (const uint32_t dependent : nodes_[position].dependents) {
    Node& node = nodes_[dependent];
    SQUALL_CHECK(node.waits_for_calls > 0);
    if (--node.waits_for_calls == 0 && node.stage == Stage::kWaiting) out.push_back(dependent);
  }
  return out;
}

void Changeset::succeeded(uint32_t position) {
  SQUALL_CHECK(nodes_[position].stage == Stage::kStarted);
  nodes_[position].stage = Stage::kEnded;
  for (const uint32_t dependent : nodes_[position].dependents) {
    Node& node = nodes_[dependent];
    SQUALL_CHECK(node.waits_for > 0);
    if (--node.waits_for == 0 && node.stage == Stage::kWaiting) ready_.push_back(dependent);
  }
}

std::vector<Changeset::Doomed> Changeset::failed(uint32_t position) {
  SQUALL_CHECK(nodes_[position].stage == Stage::kStarted);
  nodes_[position].stage = Stage::kEnded;
  std::vector<Doomed> out;
  doom(position, position, out);
  return out;
}

void Changeset::doom(uint32_t position, uint32_t because_of, std::vector<Doomed>& out) {
  std::vector<uint32_t> to_visit = {position};
  while (!to_visit.empty()) {
    const uint32_t next = to_visit.back();
    to_visit.pop_back();
    for (const uint32_t dependent : nodes_[next].dependents) {
      Node& node = nodes_[dependent];
      // Ended: doomed before, through somebody else. Nobody here can have started: what it waits
      // for has not succeeded.
      if (node.stage == Stage::kEnded) continue;
      SQUALL_CHECK(node.stage == Stage::kWaiting);
      node.stage = Stage::kEnded;
      out.push_back({dependent, because_of});
      to_visit.push_back(dependent);
    }
  }
}

}  // namespace squall::engine
