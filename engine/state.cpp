#include "engine/state.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/hash.h"

namespace squall::engine {

namespace {

template <class T>
std::shared_ptr<const T> part_of(const std::shared_ptr<const Record>& record, const T& part) {
  return std::shared_ptr<const T>(record, &part);
}

template <class Key>
void count_up(std::map<Key, uint32_t>& counts, const Key& key) {
  ++counts[key];
}

template <class Key>
void count_down(std::map<Key, uint32_t>& counts, const Key& key) {
  const auto found = counts.find(key);
  SQUALL_CHECK(found != counts.end());
  if (--found->second == 0) counts.erase(found);
}

bool same_documents(const ResourceRow& a, const ResourceRow& b) {
  const Document none;
  const Document& unsettled_a = a.unsettled ? a.unsettled->declared : none;
  const Document& unsettled_b = b.unsettled ? b.unsettled->declared : none;
  return a.declared == b.declared && unsettled_a == unsettled_b;
}

std::vector<ResourceIdentity> producers_of(const ResourceRow& row) {
  std::vector<ResourceIdentity> producers = producers_in(*row.declared);
  if (!row.unsettled) return producers;
  const std::vector<ResourceIdentity> more = producers_in(*row.unsettled->declared);
  std::vector<ResourceIdentity> all;
  std::set_union(producers.begin(), producers.end(), more.begin(), more.end(),
                 std::back_inserter(all));
  return all;
}

bool is_mutating(const PlannedUpdate& plan) { return plan.operation != UpdateOperation::kRead; }

}  // namespace

std::vector<ResourceIdentity> producers_in(const JsonObject& document) {
  std::vector<ResourceIdentity> producers;
  for_each_reference(document,
                     [&](const Reference& reference) { producers.push_back(reference.producer); });
  std::sort(producers.begin(), producers.end());
  producers.erase(std::unique(producers.begin(), producers.end()), producers.end());
  return producers;
}

size_t State::IdHash::operator()(const std::string& id) const {
  uint64_t end = 0;
  if (id.size() < sizeof(end)) return hash_text(id);
  std::memcpy(&end, id.data() + id.size() - sizeof(end), sizeof(end));
  return mix(end);
}

void State::apply(const Batch& batch) {
  for (const Write& write : batch) apply(write);
}

void State::apply(const Write& write) {
  if (write.record == nullptr) {
    const std::optional<Ksuid> ksuid = ksuid_of_row_key(write.key);
    SQUALL_CHECK(ksuid.has_value());  // only rows are ever removed
    erase_row(*ksuid);
    return;
  }
  const auto& value = write.record->value;
  if (const auto* row = std::get_if<ResourceRow>(&value)) {
    apply(part_of(write.record, *row));
  } else if (const auto* update = std::get_if<StoredUpdate>(&value)) {
    apply(part_of(write.record, *update));
  } else if (const auto* command = std::get_if<StoredCommand>(&value)) {
    apply(part_of(write.record, *command));
  } else if (const auto* target = std::get_if<StoredTarget>(&value)) {
    targets_[target->target.label] = target->target;
  } else {
    const auto& key = std::get<IdempotencyKey>(value);
    command_of_key_[key.key] = key.command;
  }
}

void State::apply(std::shared_ptr<const ResourceRow> row) {
  const auto known = by_ksuid_.find(row->ksuid);
  if (known != by_ksuid_.end()) {
    RowEntry& entry = known->second->second;
    SQUALL_CHECK(entry.row->identity == row->identity);
    entry.revision = next_revision_++;
    if (same_documents(*entry.row, *row)) {
      entry.row = std::move(row);
      entry.shown.reset();
      return;
    }
    erase_row(entry.row->ksuid);
  }
  RowEntry entry{row, producers_of(*row), next_revision_++};
  for (const ResourceIdentity& producer : entry.producers) consumers_[producer].insert(row->ksuid);
  const auto inserted = rows_.emplace(RowKey{row->identity, row->ksuid}, std::move(entry)).first;
  by_ksuid_.emplace(row->ksuid, inserted);
}

void State::erase_row(const Ksuid& ksuid) {
  const auto known = by_ksuid_.find(ksuid);
  if (known == by_ksuid_.end()) return;
  for (const ResourceIdentity& producer : known->second->second.producers) {
    const auto consumers = consumers_.find(producer);
    SQUALL_CHECK(consumers != consumers_.end());
    consumers->second.erase(ksuid);
    if (consumers->second.empty()) consumers_.erase(consumers);
  }
  // `ksuid` may live in the entry that goes.
  const Rows::iterator entry = known->second;
  by_ksuid_.erase(known);
  rows_.erase(entry);
}

void State::apply(std::shared_ptr<const StoredCommand> command) {
  const uint64_t sequence = command->sequence;
  SQUALL_CHECK(!commands_.contains(sequence));  // a command's record is written once
  next_sequence_ = std::max(next_sequence_, sequence + 1);
  CommandEntry& entry = commands_[sequence];
  command_of_id_.emplace(command->id, &entry);
  entry.open = command->update_count;
  entry.updates.resize(command->update_count);
  entry.command = std::move(command);
  if (entry.open > 0) open_.insert(sequence);
}

void State::apply(std::shared_ptr<const StoredUpdate> update) {
  const auto command = command_of_id_.find(update->command);
  SQUALL_CHECK(command != command_of_id_.end());
  CommandEntry& entry = *command->second;
  SQUALL_CHECK(update->position < entry.updates.size());
  std::shared_ptr<const StoredUpdate>& slot = entry.updates[update->position];
  const bool is_new = slot == nullptr;
  const bool was_terminal = !is_new && is_terminal(slot->state);
  SQUALL_CHECK(!was_terminal);  // terminal is for ever
  if (!is_new) --entry.count(slot->state);
  ++entry.count(update->state);
  slot = std::move(update);
  if (is_new) hold(*slot->plan);
  if (!is_terminal(slot->state)) return;
  if (!entry.last_end || *entry.last_end < *slot->ended) entry.last_end = slot->ended;
  SQUALL_CHECK(entry.open > 0);
  if (--entry.open > 0) return;
  open_.erase(entry.command->sequence);
  release(entry);
}

void State::hold(const PlannedUpdate& plan) {
  SQUALL_CHECK(is_mutating(plan));  // syncs are kept in memory elsewhere
  count_up(busy_stacks_, plan.identity.stack);
  count_up(rows_in_commands_, plan.ksuid);
  if (plan.operation == UpdateOperation::kDelete) {
    count_up(being_deleted_, plan.identity);
  } else {
    for (const ResourceIdentity& producer : plan.references) count_up(claimed_, producer);
  }
  const auto row = by_ksuid_.find(plan.ksuid);
  if (row != by_ksuid_.end()) row->second->second.revision = next_revision_++;
}

void State::release(const CommandEntry& command) {
  for (const auto& update : command.updates) {
    const PlannedUpdate& plan = *update->plan;
    count_down(busy_stacks_, plan.identity.stack);
    count_down(rows_in_commands_, plan.ksuid);
    if (plan.operation == UpdateOperation::kDelete) {
      count_down(being_deleted_, plan.identity);
      continue;
    }
    for (const ResourceIdentity& producer : plan.references) count_down(claimed_, producer);
  }
}

const RowEntry* State::row(const Ksuid& ksuid) const {
  const auto found = by_ksuid_.find(ksuid);
  return found == by_ksuid_.end() ? nullptr : &found->second->second;
}

const RowEntry* State::row(const ResourceIdentity& identity) const {
  const auto found = rows_.lower_bound(RowKey{identity, ""});
  if (found == rows_.end() || found->first.identity != identity) return nullptr;
  return &found->second;
}

std::vector<const RowEntry*> State::rows() const {
  std::vector<const RowEntry*> out;
  out.reserve(rows_.size());
  for (const auto& [key, entry] : rows_) out.push_back(&entry);
  return out;
}

std::vector<const RowEntry*> State::rows_of_stack(const InternedText& stack) const {
  std::vector<const RowEntry*> out;
  for (auto at = rows_.lower_bound(RowKey{{stack, "", ""}, ""});
       at != rows_.end() && at->first.identity.stack == stack; ++at) {
    out.push_back(&at->second);
  }
  return out;
}

bool State::has_rows(const InternedText& stack) const {
  const auto first = rows_.lower_bound(RowKey{{stack, "", ""}, ""});
  return first != rows_.end() && first->first.identity.stack == stack;
}

std::vector<const RowEntry*> State::consumers_of(const ResourceIdentity& producer) const {
  std::vector<const RowEntry*> out;
  const auto found = consumers_.find(producer);
  if (found == consumers_.end()) return out;
  out.reserve(found->second.size());
  for (const Ksuid& ksuid : found->second) out.push_back(row(ksuid));
  return out;
}

std::vector<std::string> State::stacks() const {
  std::set<std::string> labels;
  for (const auto& [stack, count] : busy_stacks_) labels.insert(stack);
  for (auto at = rows_.begin(); at != rows_.end();) {
    const std::string& stack = at->first.identity.stack;
    labels.insert(stack);
    // The smallest text after `stack` is the same with a zero byte behind it.
    at = rows_.lower_bound(RowKey{{stack + '\0', "", ""}, ""});
  }
  return {labels.begin(), labels.end()};
}

const Target* State::target(const std::string& label) const {
  const auto found = targets_.find(label);
  return found == targets_.end() ? nullptr : &found->second;
}

const std::string* State::command_of_key(const std::string& idempotency_key) const {
  const auto found = command_of_key_.find(idempotency_key);
  return found == command_of_key_.end() ? nullptr : &found->second;
}

const CommandEntry* State::command(const std::string& id) const {
  const auto found = command_of_id_.find(id);
  return found == command_of_id_.end() ? nullptr : found->second;
}

std::vector<const CommandEntry*> State::commands() const {
  std::vector<const CommandEntry*> out;
  out.reserve(commands_.size());
  for (const auto& [sequence, entry] : commands_) out.push_back(&entry);
  return out;
}

std::vector<std::string> State::open_commands() const {
  std::vector<std::string> out;
  out.reserve(open_.size());
  for (const uint64_t sequence : open_) out.push_back(commands_.at(sequence).command->id);
  return out;
}

}  // namespace squall::engine
