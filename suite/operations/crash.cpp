// crash: SIGKILL at this point, whatever is running, and a restart.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace crash_operation {
namespace {

bool possible(const Traits& traits, const Profile& profile) {
  return traits.crash && traits.daemon && profile.crashes;
}

void draw(DrawContext&, Operation&) {}

bool execute(CaseRun& run, const Operation&) {
  run.crash();
  return true;
}

}  // namespace
}  // namespace crash_operation

const OperationType kCrash = {
    .name = "crash",
    .summary = "kills the engine between two operations and starts it again",
    .weight = 5,
    .submits = false,
    .possible = crash_operation::possible,
    .draw = crash_operation::draw,
    .execute = crash_operation::execute,
};

}  // namespace squall::suite
