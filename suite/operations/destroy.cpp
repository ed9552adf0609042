// destroy: delete the resources a forma names, and with cascade what depends on them.
#include <algorithm>

#include "suite/draw.h"
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace destroy_operation {
namespace {

bool possible(const Traits&, const Profile&) { return true; }

void draw(DrawContext& context, Operation& operation) {
  property::Choices& choices = context.choices;
  std::vector<std::string> stacks;
  draw_scope(context, stacks);
  if (choices.boolean(400)) operation.on_dependents = OnDependents::kCascade;
  const bool whole_stacks = choices.boolean(300);
  for (const Slot& slot : context.world.slots) {
    const bool chosen = choices.boolean(350);
    if (is_in_scope(stacks, slot) && (chosen || whole_stacks))
      operation.resources.push_back({slot.label, {}});
  }
}

bool execute(CaseRun& run, const Operation& operation) {
  if (operation.resources.empty()) return false;
  // What a command under way has found out meanwhile, nobody can know.
  if (operation.simulate && run.is_busy()) return false;
  run.submit(request_of(run.world(), operation), operation.blocking, "operation",
             operation.reply_lost);
  return true;
}

}  // namespace
}  // namespace destroy_operation

const OperationType kDestroy = {
    .name = "destroy",
    .summary = "deletes what the forma names; with cascade also what references it",
    .weight = 14,
    .submits = true,
    .possible = destroy_operation::possible,
    .draw = destroy_operation::draw,
    .execute = destroy_operation::execute,
};

}  // namespace squall::suite
