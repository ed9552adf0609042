// switch-binary: people go on with another version of the engine, on the state that they have.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace switch_binary_operation {
namespace {

bool possible(const Traits& traits, const Profile&) { return !traits.later_versions.empty(); }

void draw(DrawContext&, Operation&) {}

bool execute(CaseRun& run, const Operation&) { return run.switch_binary(); }

}  // namespace
}  // namespace switch_binary_operation

const OperationType kSwitchBinary = {
    .name = "switch-binary",
    .summary = "goes on with the next of the engine's binaries (--switch-to)",
    .weight = 20,
    .submits = false,
    .possible = switch_binary_operation::possible,
    .draw = switch_binary_operation::draw,
    .execute = switch_binary_operation::execute,
};

}  // namespace squall::suite
