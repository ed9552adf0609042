// wait: time passes, so that what runs gets somewhere before the next operation.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

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

const OperationType kWait = {
    .name = "wait",
    .summary = "lets time pass",
    .weight = 6,
    .submits = false,
    .possible = possible,
    .draw = draw,
    .execute = execute,
};

}  // namespace squall::suite
