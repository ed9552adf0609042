// apply: send a forma in reconcile or patch mode.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "suite/draw.h"
#include "suite/executor.h"
#include "suite/operation_types.h"

namespace squall::suite {

namespace {

bool possible(const Traits&, const Profile&) { return true; }

Placement draw_placement(property::Choices& choices) {
  const auto span = choices.span("placement");
  Placement out;
  const size_t module = choices.weighted({14, 3, 3});
  if (module > 0) out.module = fmt::format("m{}", module - 1);
  out.repetition = static_cast<Repetition>(choices.weighted({10, 3, 3}));
  out.create_before_destroy = choices.boolean(250);
  return out;
}

void draw(DrawContext& context, Operation& operation) {
  property::Choices& choices = context.choices;
  draw_scope(context, operation.stacks);
  const bool all_exist = std::ranges::all_of(operation.stacks, [&](const std::string& stack) {
    return context.foreseen.has_stack(context.world, stack);
  });
  if (choices.boolean(all_exist ? 250 : 40) && context.traits.patch_mode)
    operation.mode = Mode::kPatch;
  if (choices.boolean(350)) operation.on_dependents = OnDependents::kCascade;
  if (choices.boolean(500)) operation.force = true;
  const bool simulate = choices.boolean(context.traits.saved_plans ? 200 : 60);
  operation.simulate = simulate && context.traits.simulate;
  operation.flaw = draw_flaw(context);
  // A provider is known by its address alone.
  const bool plans = context.traits.dialect == Dialect::kPlanAndApply;
  if (plans && operation.flaw == Flaw::kOtherNamespace) operation.flaw = Flaw::kNone;
  for (const Slot& slot : context.world.slots) {
    const auto span = choices.span("resource");
    WantedResource wanted{slot.label, {}};
    const bool included = draw_wanted(context, slot, wanted.properties);
    if (context.traits.placements) wanted.placement = draw_placement(choices);
    // What a failed replacement leaves then has no rules yet (docs/terraform.md §7).
    if (context.profile.faults) wanted.placement.create_before_destroy = false;
    const bool forgotten = context.traits.imports && choices.boolean(200);
    if (!is_in_scope(operation.stacks, slot)) continue;
    if (included) {
      operation.resources.push_back(std::move(wanted));
    } else if (forgotten) {
      operation.forgotten.push_back(slot.label);
    }
  }
  draw_replacement(context, operation);
  make_likely(context, operation);
  // Its producers are declared after all.
  std::erase_if(operation.forgotten, [&](const std::string& label) {
    return std::ranges::find(operation.resources, label, &WantedResource::label) !=
           operation.resources.end();
  });
}

bool execute(CaseRun& run, const Operation& operation) {
  if (operation.stacks.empty() && operation.resources.empty()) return false;
  // What a command under way has found out meanwhile, nobody can know.
  if (operation.simulate && run.is_busy()) return false;
  CommandRequest request = request_of(run.world(), operation);
  if (run.depends_on_discovery(request)) run.drain();
  run.submit(std::move(request), operation.blocking, "operation", operation.reply_lost);
  return true;
}

}  // namespace

const OperationType kApply = {
    .name = "apply",
    .summary = "sends a forma: reconcile makes its stacks exactly so, patch only adds and changes",
    .weight = 66,
    .submits = true,
    .possible = possible,
    .draw = draw,
    .execute = execute,
};

}  // namespace squall::suite
