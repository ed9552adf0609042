// The reference engine: plans and carries out commands against one provider, over Env. It holds
// nothing that a restart from the store would not give back, apart from calls in flight.
//
// Lifetime: the Engine must outlive every Task it spawned (Env destroys them first on a crash).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "documents/command.h"
#include "engine/env.h"
#include "engine/plants.h"

namespace squall::engine {

struct Options {
  int max_retries = 9;  // attempts = max_retries + 1
  Duration retry_delay = std::chrono::seconds(10);
  Duration max_retry_delay = std::chrono::seconds(30);  // cap of the doubling under throttling
  Duration call_deadline = std::chrono::seconds(60);    // of one provider call
  Duration status_check_interval = std::chrono::seconds(20);
  Duration operation_deadline = std::chrono::minutes(30);  // of one operation with all its attempts
  // Plans are made elsewhere (Env::elsewhere) where resources and rows together are so many.
  size_t long_plan = 1000;
  PlantSet plants;
};

class Engine {
 public:
  Engine(Env& env, Options options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Loads the store and resumes what was not finished. Await (or spawn) it once, before anything
  // else; requests that come earlier wait for it.
  Task<Result<void>> recover();
  bool ready() const;  // recover() has loaded the store

  // POST /commands and POST /admin/synchronize. Answers once the command is committed (a sync is
  // not: it lives in memory). The task runs to its end, or is dropped with the whole incarnation:
  // it may hold the admission lock.
  Task<CommandReply> submit(CommandRequest request);

  // Committed state only. REQUIRES: ready().
  std::optional<CommandView> status(const std::string& command_id) const;
  // The same without the updates: costs nothing, however many there are.
  std::optional<CommandOutline> outline(const std::string& command_id) const;
  std::vector<CommandOutline> outlines() const;  // of every source, oldest first
  // status()->state, for whoever asks often.
  std::optional<CommandState> state_of(const std::string& command_id) const;
  std::vector<CommandView> commands() const;       // of every source, oldest first
  std::vector<std::string> user_commands() const;  // ids, in no order that means anything
  std::vector<InventoryRow> inventory() const;     // by (stack, label, type)
  std::vector<std::string> stacks() const;         // labels, sorted
  std::vector<Target> targets() const;             // by label

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::engine
