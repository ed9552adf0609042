#include "invariants/checkpoints.h"

#include <algorithm>
#include <ranges>
#include <variant>

#include "spec/resolve.h"

namespace squall::invariants {

namespace {

JsonObject resolved_members(const JsonObject& object);

Json resolved_value(const Json& value) {
  if (value.is_array()) {
    JsonArray out;
    for (const Json& element : value.get_array()) out.push_back(resolved_value(element));
    return out;
  }
  if (!value.is_object()) return value;
  if (!is_reference(value)) return resolved_members(value.get_object());
  const Json* resolved = member(value, "$value");
  return resolved == nullptr ? Json() : *resolved;
}

JsonObject resolved_members(const JsonObject& object) {
  JsonObject out;
  out.reserve(object.size());
  for (const auto& entry : object) out.emplace(entry.key(), resolved_value(entry.value()));
  return out;
}

}  // namespace

const InventoryRow* row_of(const std::vector<InventoryRow>& inventory,
                           const ResourceIdentity& identity) {
  const auto found = std::ranges::find(inventory, identity, &InventoryRow::identity);
  return found == inventory.end() ? nullptr : &*found;
}

Document with_values(const Document& properties) {
  if (!spec::has_reference(properties)) return properties;
  return resolved_members(properties);
}

const cloud::CloudObject* Objects::with_id(std::string_view native_id) const {
  const auto found = std::ranges::find(view_, native_id, &cloud::CloudObject::native_id);
  return found == view_.end() ? nullptr : &*found;
}

std::span<const cloud::CloudObject* const> Objects::named(const InternedText& type,
                                                          const InternedText& name) const {
  const auto found = by_name().find(Name(type, name));
  if (found == by_name().end()) return {};
  return found->second;
}

const Objects::ByName& Objects::by_name() const {
  if (by_name_) return *by_name_;
  by_name_.emplace();
  for (const cloud::CloudObject& object : view_)
    if (object.made_by_engine) (*by_name_)[{object.type, object.name}].push_back(&object);
  return *by_name_;
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

bool Excuses::excuses(const suite::Checkpoint& checkpoint, const InternedText& type,
                      const InternedText& name) const {
  return std::ranges::any_of(checkpoint.excuses, [&](const auto& entry) {
    return entry.first.label == name && entry.first.type == type &&
           counts(checkpoint, entry.second);
  });
}

ResourceIdentity identity_of(const suite::CaseRecord& record, const InternedText& type,
                             const InternedText& name) {
  for (const suite::Slot& slot : record.test_case.world.slots)
    if (slot.label == name && slot.type == type) return {slot.stack, slot.label, slot.type};
  return {"", name, type};
}

}  // namespace squall::invariants
