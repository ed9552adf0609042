// verify: wait until nothing is left to happen, and compare.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace verify_operation {
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
}  // namespace verify_operation

const OperationType kVerify = {
    .name = "verify",
    .summary = "waits until nothing is left to happen, then compares engine, cloud and prediction",
    .weight = 4,
    .submits = false,
    .possible = verify_operation::possible,
    .draw = verify_operation::draw,
    .execute = verify_operation::execute,
};

}  // namespace squall::suite
