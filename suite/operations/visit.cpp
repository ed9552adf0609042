// visit: people run something else in another workspace of the same directory.
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace visit_operation {
namespace {

bool possible(const Traits& traits, const Profile&) { return traits.workspaces; }

void draw(DrawContext&, Operation&) {}

bool execute(CaseRun& run, const Operation&) { return run.visit_elsewhere(); }

}  // namespace
}  // namespace visit_operation

const OperationType kVisit = {
    .name = "visit",
    .summary = "a run in another workspace, which is nobody else's business",
    .weight = 4,
    .submits = false,
    .possible = visit_operation::possible,
    .draw = visit_operation::draw,
    .execute = visit_operation::execute,
};

}  // namespace squall::suite
