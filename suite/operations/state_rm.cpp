// state-rm: people have the engine manage something no more, beside any configuration.
#include "suite/draw.h"
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace state_rm_operation {
namespace {

bool possible(const Traits& traits, const Profile&) { return traits.state_removal; }

void draw(DrawContext& context, Operation& operation) {
  const Slot& one = draw_slot(context);
  const bool all_alike = context.choices.boolean(400);
  for (const Slot& slot : context.world.slots)
    if (slot.label == one.label ||
        (all_alike && slot.type == one.type && context.foreseen.exists(slot.label)))
      operation.resources.push_back({slot.label, {}});
}

bool execute(CaseRun& run, const Operation& operation) {
  std::vector<std::string> labels;
  for (const WantedResource& wanted : operation.resources) labels.push_back(wanted.label);
  return run.remove_from_state(labels);
}

}  // namespace
}  // namespace state_rm_operation

const OperationType kStateRm = {
    .name = "state-rm",
    .summary = "takes resources out of the engine's state; their objects stay",
    .weight = 5,
    .submits = false,
    .possible = state_rm_operation::possible,
    .draw = state_rm_operation::draw,
    .execute = state_rm_operation::execute,
};

}  // namespace squall::suite
