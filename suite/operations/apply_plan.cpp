// apply-plan: the plan that was made last, by a simulated apply, is carried out as it is.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace apply_plan_operation {
namespace {

bool possible(const Traits& traits, const Profile&) { return traits.saved_plans; }

void draw(DrawContext&, Operation&) {}

bool execute(CaseRun& run, const Operation& operation) {
  return run.submit_saved_plan(operation.blocking);
}

}  // namespace
}  // namespace apply_plan_operation

const OperationType kApplyPlan = {
    .name = "apply-plan",
    .summary = "carries out the plan that a simulated apply has saved, stale or not",
    .weight = 14,
    .submits = true,
    .possible = apply_plan_operation::possible,
    .draw = apply_plan_operation::draw,
    .execute = apply_plan_operation::execute,
};

}  // namespace squall::suite
