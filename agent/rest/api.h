// What the REST server asks of the daemon. Everything is called, and answers, in the thread of the
// engine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "documents/command.h"
#include "documents/schema.h"

namespace squall::agent {

// GET /plugins: one provider process.
struct PluginView {
  std::string name;
  std::string state;  // "starting", "running", "down"
  int64_t pid = 0;    // 0: none lives
  uint64_t starts = 0;
  std::vector<Schema> schemas;
};

class Api {
 public:
  virtual ~Api() = default;

  // The engine has loaded its store: what follows can be asked. Until then the server answers 503,
  // but for /health.
  virtual bool ready() const = 0;

  // Calls `answer` once, when the command is committed or refused.
  virtual void submit(CommandRequest request, std::function<void(CommandReply)> answer) = 0;

  virtual std::optional<CommandView> status(const std::string& command_id) const = 0;
  // Without its updates.
  virtual std::optional<CommandOutline> outline(const std::string& command_id) const = 0;
  virtual std::vector<CommandOutline> outlines() const = 0;  // of every source, oldest first
  // The state alone, which costs nothing to ask.
  virtual std::optional<CommandState> state_of(const std::string& command_id) const = 0;
  virtual std::vector<CommandView> commands() const = 0;    // of every source, oldest first
  virtual std::vector<InventoryRow> inventory() const = 0;  // by (stack, label, type)
  virtual std::vector<std::string> stacks() const = 0;      // labels, sorted
  virtual std::vector<Target> targets() const = 0;          // by label
  virtual std::vector<PluginView> plugins() const = 0;
  // Calls `done` when the command is terminal (at once where it is), or when the time is over:
  // whichever comes first. For the long poll of GET /commands/:id/status?wait=SECONDS.
  virtual void when_terminal(const std::string& command_id, Duration at_most,
                             std::function<void()> done) = 0;
  // The text of GET /metrics.
  virtual std::string metrics() const = 0;

  // Runs `work` in another thread, and then `done` in that of the engine. Neither may throw.
  virtual void in_background(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace squall::agent
