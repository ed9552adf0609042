// Sync: reads what the engine believes exists, and absorbs what it finds. docs/rules.md §8. Its
// commands live in memory only; a crash forgets them.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "engine/core.h"
#include "engine/provider_calls.h"

namespace squall::engine {

class Synchronizer {
 public:
  Synchronizer(Core& core, ProviderCalls& calls) : core_(core), calls_(calls) {}

  // Starts one sync of every row that is in no running command.
  Task<CommandReply> start();

  // nullptr: no such sync.
  const CommandView* view(const std::string& id) const;
  // Oldest first, each with the sequence of the first command that was accepted after it.
  std::vector<std::pair<uint64_t, const CommandView*>> views() const;

 private:
  // What a sync planned on: it may write only where that is still so.
  struct Planned {
    std::shared_ptr<const ResourceRow> row;
    uint64_t revision = 0;
  };
  struct Sync {
    CommandView view;
    uint64_t before_sequence = 0;
    std::vector<Planned> planned;  // by position in view.updates
    size_t open = 0;
  };

  Task<void> read_one(std::string id, size_t position);
  // Writes `row` (none: removes it) unless the stored one is no longer what was planned on.
  Task<void> write(Planned planned, std::optional<ResourceRow> row);
  bool may_write(const Planned& planned) const;
  Outgoing request_for(const ResourceRow& row, const std::string& id) const;
  void end(const std::string& id, size_t position, UpdateState state);
  void forget_oldest();

  Core& core_;
  ProviderCalls& calls_;
  std::map<uint64_t, Sync> syncs_;  // in order of start
  std::map<std::string, uint64_t, std::less<>> number_of_;
  std::set<Ksuid> being_written_;  // by some sync, not acknowledged yet
  uint64_t next_number_ = 1;
};

}  // namespace squall::engine
