// The epilogue every case ends with: drain, check, faults off, check, sync, check, reconcile, apply
// again, destroy all. Always a check before a step that could heal.
#include "suite/epilogue.h"

#include <algorithm>

#include "suite/content.h"
#include "suite/executor.h"

namespace squall::suite {

Operation final_sync() {
  Operation sync;
  sync.kind = "sync";
  return sync;
}

Operation final_apply(const World& world, const std::vector<ResourceType>& types) {
  Operation all;
  all.kind = "apply";
  all.mode = Mode::kReconcile;
  all.force = true;
  all.on_dependents = OnDependents::kCascade;
  all.stacks = {};
  for (const Slot& slot : world.slots) {
    const ResourceType* type = find_type(types, slot.type);
    JsonObject properties = drawn_properties(*type, {world, slot}, 0);
    if (type->schema.is_field("Value")) properties["Value"] = "final";
    all.resources.push_back({slot.label, std::move(properties)});
    if (std::ranges::find(all.stacks, slot.stack) == all.stacks.end())
      all.stacks.push_back(slot.stack);
  }
  return all;
}

Operation final_destroy(const World& world) {
  Operation destroy;
  destroy.kind = "destroy";
  destroy.on_dependents = OnDependents::kCascade;
  for (const Slot& slot : world.slots) destroy.resources.push_back({slot.label, {}});
  return destroy;
}

namespace {

bool is_over(const CommandHistory& history) { return history.last.state == CommandState::kSuccess; }

}  // namespace

bool CaseRun::reconcile_until_converged(const Operation& all) {
  for (int i = 0; i < record_.traits.converges_within && !stopped_; ++i) {
    const size_t index = submit(request_of(world(), all), true, "reconcile");
    record_.epilogue.reconciles.push_back(index);
    if (stopped_) return false;
    const auto& reply = record_.submissions[index].reply;
    if (!reply) return false;
    if (std::holds_alternative<NothingToDo>(*reply)) return true;
    const auto* accepted = std::get_if<Accepted>(&*reply);
    if (accepted != nullptr && is_over(record_.commands[accepted->command_id])) return true;
    checkpoint("after reconcile " + std::to_string(i + 1));
  }
  return false;
}

void CaseRun::epilogue() {
  Epilogue& epilogue = record_.epilogue;
  drain();
  checkpoint("drained");
  if (stopped_) return;
  withdraw_faults();
  // Limits are behaviours, not faults; but they would go on failing calls.
  cloud::Behaviours unlimited = world().behaviours;
  unlimited.rate_per_second = 0;
  unlimited.quota = 0;
  const Result<void> lifted = controller_.set_behaviours(unlimited);
  if (!lifted) return stop("lifting the cloud's limits failed: " + lifted.error().message);
  faults_off_ = true;
  // What may be a stale read until then is not believed by a careful engine.
  if (unlimited.consistency_window.count() > 0) wait(unlimited.consistency_window);
  if (record_.traits.sync) {
    submit(request_of(world(), final_sync()), true, "sync");
    if (stopped_) return;
    settled_ = true;
    checkpoint("after sync");
  }
  epilogue.reached = true;
  if (world().slots.empty()) return;
  const Operation all = final_apply(world(), types_);
  epilogue.converged = reconcile_until_converged(all);
  if (stopped_) return;
  checkpoint("after reconcile");
  epilogue.converged_checkpoint = record_.checkpoints.size() - 1;
  if (!epilogue.converged) return;
  epilogue.again = submit(request_of(world(), all), true, "again");
  if (stopped_) return;
  checkpoint("after the same again");
  epilogue.destroys.push_back(submit(request_of(world(), final_destroy(world())), true, "destroy"));
  if (stopped_) return;
  checkpoint("after destroying everything");
  epilogue.teardown_checkpoint = record_.checkpoints.size() - 1;
}

}  // namespace squall::suite
