#include "engine/views.h"

#include <algorithm>
#include <utility>

#include "engine/normal_form.h"
#include "engine/secrets.h"

namespace squall::engine {

CommandState state_of(const CommandEntry& command) {
  if (!command.terminal()) return CommandState::kInProgress;
  const auto any = [&](UpdateState state) { return command.count(state) > 0; };
  if (any(UpdateState::kCanceled)) return CommandState::kCanceled;
  if (any(UpdateState::kFailed) || any(UpdateState::kRejected)) return CommandState::kFailed;
  return CommandState::kSuccess;
}

namespace {

ResourceUpdateView view_of(const StoredUpdate& update) {
  ResourceUpdateView view = view_of(*update.plan);
  view.state = update.state;
  view.error = update.error;
  view.because_of = update.because_of;
  view.error_code = update.error_code;
  view.native_id = update.native_id;
  view.attempts = update.attempts;
  return view;
}

// Gives back as a reference what was declared as one: {"$res":…, "$value": what is there now}. In a
// collection only where the element is still the one that was declared at that place.
void show_references(const Json& declared, const Json* value, Json& actual, bool in_collection) {
  if (is_reference(declared)) {
    if (in_collection && (value == nullptr || !same(*value, actual))) return;
    JsonObject shown = declared.get_object();
    shown["$value"] = std::move(actual);
    actual = std::move(shown);
    return;
  }
  if (declared.is_object() && actual.is_object()) {
    for (const auto& entry : declared.get_object()) {
      Json* found = actual.get_object().if_contains(entry.key());
      if (found == nullptr) continue;
      const Json* inner = value == nullptr ? nullptr : member(*value, entry.key());
      show_references(entry.value(), inner, *found, in_collection);
    }
  }
  if (declared.is_array() && actual.is_array()) {
    const JsonArray* values = value == nullptr ? nullptr : value->if_array();
    const size_t size = std::min(declared.get_array().size(), actual.get_array().size());
    for (size_t i = 0; i < size; ++i) {
      const Json* inner = values != nullptr && i < values->size() ? &(*values)[i] : nullptr;
      show_references(declared.get_array()[i], inner, actual.get_array()[i], true);
    }
  }
}

// `actual` with what was declared as a reference shown as one.
Document with_references(const ResourceRow& row) {
  if (!holds_reference(*row.declared)) return row.actual;
  JsonObject shown = *row.actual;
  for (const auto& entry : *row.declared) {
    Json* found = shown.if_contains(entry.key());
    if (found == nullptr) continue;
    show_references(entry.value(), row.values->if_contains(entry.key()), *found, false);
  }
  return shown;
}

}  // namespace

namespace {

CommandView head_of(const CommandEntry& command) {
  CommandView view;
  view.id = command.command->id;
  view.kind = command.command->kind;
  view.mode = command.command->mode;
  view.source = command.command->source;
  view.state = state_of(command);
  view.started = command.command->started;
  view.client_id = command.command->client_id;
  if (command.terminal()) view.ended = command.last_end;
  return view;
}

}  // namespace

CommandOutline outline_of(const CommandEntry& command) {
  CommandOutline out;
  out.command = head_of(command);
  for (size_t i = 0; i < kUpdateStateCount; ++i) {
    if (command.counts[i] > 0) out.updates[static_cast<UpdateState>(i)] = command.counts[i];
  }
  return out;
}

CommandView view_of(const CommandEntry& command) {
  CommandView view = head_of(command);
  view.updates.reserve(command.updates.size());
  for (const auto& update : command.updates) view.updates.push_back(view_of(*update));
  return view;
}

ResourceUpdateView view_of(const PlannedUpdate& plan) {
  ResourceUpdateView view;
  view.identity = plan.identity;
  view.ksuid = plan.ksuid;
  view.operation = plan.operation;
  view.is_cascade = plan.is_cascade;
  view.group_id = plan.group_id;
  return view;
}

InventoryRow view_of(const Schema& schema, const ResourceRow& row) {
  InventoryRow view;
  view.ksuid = row.ksuid;
  view.identity = row.identity;
  view.target = row.target;
  view.native_id = row.native_id;
  view.properties = with_references(row);
  view.read_only = row.read_only;
  view.unsettled = row.unsettled.has_value();
  mask(schema, view.properties);
  mask(schema, view.read_only);
  return view;
}

}  // namespace squall::engine
