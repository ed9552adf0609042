// delete: drift; somebody deletes what the engine manages.
#include "suite/draw.h"
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace delete_operation {
namespace {

bool possible(const Traits&, const Profile& profile) { return profile.drift; }

void draw(DrawContext& context, Operation& operation) {
  operation.resources.push_back({draw_slot(context).label, {}});
}

bool execute(CaseRun& run, const Operation& operation) {
  if (operation.resources.empty()) return false;
  return run.delete_in_cloud(operation.resources.front().label);
}

}  // namespace
}  // namespace delete_operation

const OperationType kDelete = {
    .name = "delete",
    .summary = "deletes an object in the cloud behind the engine's back",
    .weight = 4,
    .submits = false,
    .possible = delete_operation::possible,
    .draw = delete_operation::draw,
    .execute = delete_operation::execute,
};

}  // namespace squall::suite
