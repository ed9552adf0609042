// An Api for the tests of the REST server: does what it is told, and keeps what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/rest/api.h"

namespace squall::agent {

inline InventoryRow row_of(std::string_view stack, std::string_view label) {
  InventoryRow row;
  row.ksuid = "ksuid-" + std::string(label);
  row.identity = {stack, label, "Test::Generic::Resource"};
  row.target = "target-0";
  row.native_id = "native-" + std::string(label);
  row.properties = JsonObject{{"Name", label}};
  return row;
}

inline CommandView command_of(std::string_view id, CommandState state = CommandState::kSuccess) {
  CommandView command;
  command.id = id;
  command.state = state;
  return command;
}

inline CommandOutline outline_of(CommandView command) {
  CommandOutline out;
  for (const ResourceUpdateView& update : command.updates) ++out.updates[update.state];
  command.updates.clear();
  out.command = std::move(command);
  return out;
}

class FakeApi : public Api {
 public:
  struct Waiter {
    std::string command_id;
    Duration at_most{};
    std::function<void()> done;
  };

  bool ready() const override { return is_ready; }
  void submit(CommandRequest request, std::function<void(CommandReply)> answer) override {
    submitted.push_back(std::move(request));
    if (reply) return answer(*reply);
    unanswered.push_back(std::move(answer));
  }
  std::optional<CommandView> status(const std::string& command_id) const override {
    for (const CommandView& command : all_commands) {
      if (command.id == command_id) return command;
    }
    return std::nullopt;
  }
  std::optional<CommandOutline> outline(const std::string& command_id) const override {
    const std::optional<CommandView> found = status(command_id);
    return found ? std::optional(outline_of(*found)) : std::nullopt;
  }
  std::vector<CommandOutline> outlines() const override {
    std::vector<CommandOutline> out;
    for (const CommandView& command : all_commands) out.push_back(outline_of(command));
    return out;
  }
  std::optional<CommandState> state_of(const std::string& command_id) const override {
    const std::optional<CommandView> found = status(command_id);
    return found ? std::optional(found->state) : std::nullopt;
  }
  std::vector<CommandView> commands() const override { return all_commands; }
  std::vector<InventoryRow> inventory() const override { return rows; }
  std::vector<std::string> stacks() const override { return all_stacks; }
  std::vector<Target> targets() const override { return all_targets; }
  std::vector<PluginView> plugins() const override { return all_plugins; }
  void when_terminal(const std::string& command_id, Duration at_most,
                     std::function<void()> done) override {
    waiters.push_back({command_id, at_most, std::move(done)});
  }
  std::string metrics() const override { return "squall_up 1\n"; }
  void in_background(std::function<void()> work, std::function<void()> done) override {
    ++in_background_count;
    work();
    done();
  }

  bool is_ready = true;
  int in_background_count = 0;
  std::optional<CommandReply> reply = Accepted{"c-1"};  // nullopt: the answer comes later
  std::vector<CommandRequest> submitted;
  std::vector<std::function<void(CommandReply)>> unanswered;
  std::vector<Waiter> waiters;
  std::vector<CommandView> all_commands;
  std::vector<InventoryRow> rows;
  std::vector<std::string> all_stacks;
  std::vector<Target> all_targets;
  std::vector<PluginView> all_plugins;
};

}  // namespace squall::agent
