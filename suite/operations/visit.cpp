// visit: people run something else in another workspace of the same directory.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace {

bool possible(const Traits& traits, const Profile&) { return traits.workspaces; }

void draw(DrawContext&, Operation&) {}

bool execute(CaseRun& run, const Operation&) { return run.visit_elsewhere(); }

}  // namespace

const OperationType kVisit = {
    .name = "visit",
    .summary = "a run in another workspace, which is nobody else's business",
    .weight = 4,
    .submits = false,
    .possible = possible,
    .draw = draw,
    .execute = execute,
};

}  // namespace squall::suite
