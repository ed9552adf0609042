// modify: drift; somebody changes what the engine manages.
#include "suite/draw.h"
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace modify_operation {
namespace {

bool possible(const Traits&, const Profile& profile) { return profile.drift; }

void draw(DrawContext& context, Operation& operation) {
  const Slot& slot = draw_slot(context);
  JsonObject properties;
  (void)draw_wanted(context, slot, properties);
  // What drifts is what the operation says, not what is fixed at creation.
  for (const auto& member : slot.properties) properties.erase(member.key());
  if (properties.empty()) properties["Value"] = "drift";
  operation.resources.push_back({slot.label, std::move(properties)});
}

bool execute(CaseRun& run, const Operation& operation) {
  if (operation.resources.empty()) return false;
  return run.modify_in_cloud(operation.resources.front());
}

}  // namespace
}  // namespace modify_operation

const OperationType kModify = {
    .name = "modify",
    .summary = "changes properties of an object in the cloud behind the engine's back",
    .weight = 6,
    .submits = false,
    .possible = modify_operation::possible,
    .draw = modify_operation::draw,
    .execute = modify_operation::execute,
};

}  // namespace squall::suite
