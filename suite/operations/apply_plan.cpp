// apply-plan: the plan that was made last, by a simulated apply, is carried out as it is.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace {

bool possible(const Traits& traits, const Profile&) { return traits.saved_plans; }

void draw(DrawContext&, Operation&) {}

bool execute(CaseRun& run, const Operation& operation) {
  return run.submit_saved_plan(operation.blocking);
}

}  // namespace

const OperationType kApplyPlan = {
    .name = "apply-plan",
    .summary = "carries out the plan that a simulated apply has saved, stale or not",
    .weight = 14,
    .submits = true,
    .possible = possible,
    .draw = draw,
    .execute = execute,
};

}  // namespace squall::suite
