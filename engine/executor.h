// Carries commands out: starts the updates whose producers are done, commits their outcomes, tells
// their dependents. The same from admission and from recovery.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/task.h"
#include "engine/changeset.h"
#include "engine/core.h"
#include "engine/provider_calls.h"
#include "engine/resource_update.h"

namespace squall::engine {

class Executor {
 public:
  Executor(Core& core, ProviderCalls& calls) : core_(core), calls_(calls) {}

  // REQUIRES: the command is committed, not terminal, and not started in this incarnation.
  void start(const std::string& command, bool after_restart);

 private:
  Task<void> carry_out(std::string command, uint32_t position);
  // Commits what an update came to, and acts on it.
  Task<void> conclude(std::string command, uint32_t position, Batch outcome, bool succeeded);
  Task<void> fail_dependents(std::string command, std::vector<Changeset::Doomed> doomed);

  void mark_waiting_dependents(const std::string& command, uint32_t position);
  void start_dependents(const std::string& command, uint32_t position);
  void start_ready(const std::string& command, Changeset& changeset);
  void forget_if_ended(const std::string& command);

  Core& core_;
  ProviderCalls& calls_;
  std::map<std::string, Changeset> running_;
};

}  // namespace squall::engine
