#include "invariants/checkpoints.h"

#include <algorithm>
#include <ranges>
#include <variant>

namespace squall::invariants {

namespace {

Json with_values(const Json& value) {
  if (value.is_array()) {
    JsonArray out;
    for (const Json& element : value.get_array()) out.push_back(with_values(element));
    return out;
  }
  if (!value.is_object()) return value;
  if (!as_reference(value)) return invariants::with_values(value.get_object());
  const Json* resolved = member(value, "$value");
  return resolved == nullptr ? Json() : *resolved;
}

}  // namespace

JsonObject with_values(const JsonObject& properties) {
  JsonObject out;
  for (const auto& entry : properties) out[entry.key()] = with_values(entry.value());
  return out;
}

Objects::Objects(const cloud::CloudView& view) {
  for (const cloud::CloudObject& object : view) {
    by_id_.emplace(object.native_id, &object);
    if (object.made_by_engine) by_name_[{object.type, object.name}].push_back(&object);
  }
}

const cloud::CloudObject* Objects::with_id(std::string_view native_id) const {
  const auto found = by_id_.find(native_id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::span<const cloud::CloudObject* const> Objects::named(std::string_view type,
                                                          std::string_view name) const {
  const auto found = by_name_.find(Name(type, name));
  if (found == by_name_.end()) return {};
  return found->second;
}

Excuses::Excuses(const suite::CaseRecord& record) {
  const size_t epilogue = record.test_case.operations.size();
  for (const suite::Submission& submission : std::views::reverse(record.submissions)) {
    if (submission.operation < epilogue) break;
    if (submission.request.kind != CommandKind::kSync || !submission.reply) continue;
    if (std::holds_alternative<NothingToDo>(*submission.reply)) last_sync_succeeded_ = true;
    const auto* accepted = std::get_if<Accepted>(&*submission.reply);
    if (accepted == nullptr) return;
    const auto command = record.commands.find(accepted->command_id);
    last_sync_succeeded_ =
        command != record.commands.end() && command->second.last.state == CommandState::kSuccess;
    return;
  }
}

bool Excuses::counts(const suite::Checkpoint& checkpoint, const suite::Excuse& excuse) const {
  return excuse.reason != suite::ExcuseReason::kUnsettled || !all_settled(checkpoint);
}

bool Excuses::excuses(const suite::Checkpoint& checkpoint, const ResourceIdentity& identity) const {
  const auto found = checkpoint.excuses.find(identity);
  return found != checkpoint.excuses.end() && counts(checkpoint, found->second);
}

bool Excuses::excuses(const suite::Checkpoint& checkpoint, std::string_view type,
                      std::string_view name) const {
  return std::ranges::any_of(checkpoint.excuses, [&](const auto& entry) {
    return entry.first.label == name && entry.first.type == type &&
           counts(checkpoint, entry.second);
  });
}

ResourceIdentity identity_of(const suite::CaseRecord& record, std::string_view type,
                             std::string_view name) {
  for (const suite::Slot& slot : record.test_case.world.slots)
    if (slot.label == name && slot.type == type) return {slot.stack, slot.label, slot.type};
  return {"", std::string(name), std::string(type)};
}

}  // namespace squall::invariants
