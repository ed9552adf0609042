// wait: time passes, so that what runs gets somewhere before the next operation.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace wait_operation {
namespace {

bool possible(const Traits& traits, const Profile& profile) {
  return most_commands(profile, traits) > 1;
}

void draw(DrawContext& context, Operation& operation) {
  operation.duration = std::chrono::milliseconds(context.choices.integer(1, 40));
}

bool execute(CaseRun& run, const Operation& operation) {
  run.wait(operation.duration);
  return true;
}

}  // namespace
}  // namespace wait_operation

const OperationType kWait = {
    .name = "wait",
    .summary = "lets time pass",
    .weight = 6,
    .submits = false,
    .possible = wait_operation::possible,
    .draw = wait_operation::draw,
    .execute = wait_operation::execute,
};

}  // namespace squall::suite
