#include "suite/foreseen.h"

#include <algorithm>

#include "suite/draw.h"
#include "suite/operation_type.h"

namespace squall::suite {

void Foreseen::note(const World& world, const Operation& operation) {
  const bool apply = operation.kind == "apply";
  const bool submits = find_operation_type(operation.kind)->submits;
  if (submits && operation.blocking) busy_.clear();
  if (operation.kind == "verify" || operation.kind == "crash") busy_.clear();
  if (operation.simulate || operation.flaw != Flaw::kNone) return;
  const bool changes = submits || !operation.resources.empty();
  if (changes && operation.kind != "sync") last_applied_.clear();
  if (apply) last_applied_ = operation.resources;
  if (apply && operation.mode == Mode::kReconcile) {
    for (const Slot& slot : world.slots)
      if (is_in_scope(operation.stacks, slot)) labels_.erase(slot.label);
  }
  for (const std::string& label : operation.forgotten) labels_.erase(label);
  for (const WantedResource& resource : operation.resources) {
    if (apply) labels_.insert(resource.label);
    if (apply) placements_[resource.label] = resource.placement;
    if (operation.kind == "destroy" || operation.kind == "state-rm") labels_.erase(resource.label);
    const Slot* slot = world.find(resource.label);
    if (submits && !operation.blocking && slot != nullptr) busy_.insert(slot->stack);
  }
}

bool Foreseen::has_stack(const World& world, const std::string& stack) const {
  return std::ranges::any_of(
      world.slots, [&](const Slot& slot) { return slot.stack == stack && exists(slot.label); });
}

}  // namespace squall::suite
