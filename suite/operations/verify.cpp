// verify: wait until nothing is left to happen, and compare.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace {

bool possible(const Traits&, const Profile& profile) { return profile.max_overlap > 1; }

void draw(DrawContext&, Operation&) {}

bool execute(CaseRun& run, const Operation&) {
  run.drain();
  return true;
}

}  // namespace

const OperationType kVerify = {
    .name = "verify",
    .summary = "waits until nothing is left to happen, then compares engine, cloud and prediction",
    .weight = 4,
    .submits = false,
    .possible = possible,
    .draw = draw,
    .execute = execute,
};

}  // namespace squall::suite
