// The committed state in memory, with the indexes that planning and execution need, so that nothing
// scans all resources per event. apply() is the only function that changes it: load() feeds it
// every record of the store, and afterwards every batch goes through it once its commit is
// acknowledged. What is in here is therefore exactly what may be shown.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/records.h"

namespace squall::engine {

struct RowEntry {
  std::shared_ptr<const ResourceRow> row;
  // Whom its documents (`declared` and the unsettled one) refer to; sorted, each once.
  std::vector<ResourceIdentity> producers;
  // Changes whenever the row is written, or enters a command.
  uint64_t revision = 0;
  // What the inventory shows of it; made when it is first asked for.
  mutable std::optional<InventoryRow> shown = {};
};

struct CommandEntry {
  std::shared_ptr<const StoredCommand> command;
  std::vector<std::shared_ptr<const StoredUpdate>> updates;  // by position
  uint32_t open = 0;                                         // updates that are not terminal
  std::array<uint32_t, kUpdateStateCount> counts{};          // by state
  std::optional<Instant> last_end;                           // of an update

  bool terminal() const { return open == 0; }
  uint32_t& count(UpdateState state) { return counts[static_cast<size_t>(state)]; }
  uint32_t count(UpdateState state) const { return counts[static_cast<size_t>(state)]; }
};

class State {
 public:
  void apply(const Batch& batch);
  void apply(const Write& write);

  // Rows. Pointers hold until the next apply().
  const RowEntry* row(const Ksuid& ksuid) const;
  const RowEntry* row(const ResourceIdentity& identity) const;
  std::vector<const RowEntry*> rows() const;  // by (stack, label, type)
  std::vector<const RowEntry*> rows_of_stack(const InternedText& stack) const;
  bool has_rows(const InternedText& stack) const;
  size_t row_count() const { return rows_.size(); }
  // The rows whose documents refer to `producer`, by ksuid.
  std::vector<const RowEntry*> consumers_of(const ResourceIdentity& producer) const;

  // docs/rules.md §5: has a non-terminal command an update in it?
  bool is_busy(const InternedText& stack) const { return busy_stacks_.contains(stack); }
  bool stack_exists(const InternedText& stack) const { return has_rows(stack) || is_busy(stack); }
  std::vector<std::string> stacks() const;  // that exist, sorted
  // Is the row in a non-terminal command's updates?
  bool is_in_command(const Ksuid& ksuid) const { return rows_in_commands_.contains(ksuid); }
  // Does a non-terminal command delete `identity`? Does a create or update of one refer to it?
  bool is_being_deleted(const ResourceIdentity& identity) const {
    return being_deleted_.contains(identity);
  }
  bool is_claimed(const ResourceIdentity& identity) const { return claimed_.contains(identity); }

  const Target* target(const std::string& label) const;
  const std::map<std::string, Target>& targets() const { return targets_; }
  // The id of the command accepted with this key, or nullptr.
  const std::string* command_of_key(const std::string& idempotency_key) const;

  const CommandEntry* command(const std::string& id) const;
  std::vector<const CommandEntry*> commands() const;  // oldest first
  std::vector<std::string> open_commands() const;     // ids, oldest first
  bool has_open_commands() const { return !open_.empty(); }
  uint64_t next_sequence() const { return next_sequence_; }

 private:
  // Several rows of one identity would be a bug elsewhere; they must be visible all the same.
  struct RowKey {
    ResourceIdentity identity;
    Ksuid ksuid;
    friend auto operator<=>(const RowKey&, const RowKey&) = default;
  };
  using Rows = std::map<RowKey, RowEntry>;
  template <class Key>
  using Counts = std::map<Key, uint32_t>;

  void apply(std::shared_ptr<const ResourceRow> row);
  void apply(std::shared_ptr<const StoredCommand> command);
  void apply(std::shared_ptr<const StoredUpdate> update);
  void erase_row(const Ksuid& ksuid);
  // A command's part in the indexes by stack and identity: taken while it is not terminal.
  void hold(const PlannedUpdate& plan);
  void release(const CommandEntry& command);

  Rows rows_;
  std::map<Ksuid, Rows::iterator> by_ksuid_;
  std::map<ResourceIdentity, std::set<Ksuid>> consumers_;
  std::map<uint64_t, CommandEntry> commands_;  // by sequence
  // Ids end in random bits, and their hash is asked for with every event.
  struct IdHash {
    size_t operator()(const std::string& id) const;
  };
  std::unordered_map<std::string, CommandEntry*, IdHash> command_of_id_;
  std::set<uint64_t> open_;
  std::map<std::string, Target> targets_;
  std::map<std::string, std::string> command_of_key_;
  Counts<InternedText> busy_stacks_;
  Counts<Ksuid> rows_in_commands_;
  Counts<ResourceIdentity> being_deleted_;
  Counts<ResourceIdentity> claimed_;
  uint64_t next_sequence_ = 1;
  uint64_t next_revision_ = 1;
};

// The producers that `document` refers to; sorted, each once.
std::vector<ResourceIdentity> producers_in(const JsonObject& document);

}  // namespace squall::engine
