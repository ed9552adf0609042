// sync: the engine reads everything it manages and absorbs what differs.
#include "suite/draw.h"
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace sync_operation {
namespace {

bool possible(const Traits& traits, const Profile&) { return traits.sync; }

// Mostly what is shown is to stay: what goes, nothing can be seen of any more.
void draw(DrawContext& context, Operation& operation) {
  if (context.traits.outputs) operation.drops_outputs = context.choices.boolean(150);
}

bool execute(CaseRun& run, const Operation& operation) {
  run.submit(request_of(run.world(), operation), operation.blocking, "sync");
  return true;
}

}  // namespace
}  // namespace sync_operation

const OperationType kSync = {
    .name = "sync",
    .summary = "the engine reads what it manages, settles the unsettled and absorbs drift",
    .weight = 8,
    .submits = true,
    .possible = sync_operation::possible,
    .draw = sync_operation::draw,
    .execute = sync_operation::execute,
};

}  // namespace squall::suite
