// verify: wait until nothing is left to happen, and compare.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace {

bool possible(const Traits& traits, const Profile& profile) {
  return most_commands(profile, traits) > 1;
}

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
