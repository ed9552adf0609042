// apply: send a forma in reconcile or patch mode.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "suite/draw.h"
#include "suite/executor.h"
#include "suite/operation_types.h"
#include "suite/outputs.h"

namespace squall::suite {

namespace apply_operation {
namespace {

bool possible(const Traits&, const Profile&) { return true; }

// All but the name, by which a resource is known.
std::vector<std::string> ignorable_fields(const DrawContext& context, const Slot& slot) {
  const ResourceType* type = find_type(context.types, slot.type);
  SQUALL_CHECK(type != nullptr);
  std::vector<std::string> out = type->schema.fields;
  std::erase_if(out, [&](const std::string& field) {
    return field == "Name" || type->schema.hint(field).write_only;
  });
  return out;
}

Placement draw_placement(DrawContext& context, const Slot& slot) {
  property::Choices& choices = context.choices;
  const auto span = choices.span("placement");
  Placement out;
  constexpr std::array kModules = {"", "m0", "m1", "m0/m0", "m0/m1"};
  out.module = kModules.at(choices.weighted({14, 3, 3, 1, 1}));
  out.repetition = static_cast<Repetition>(choices.weighted({10, 3, 3, 1, 1}));
  out.create_before_destroy = choices.boolean(250);
  out.prevent_destroy = choices.boolean(30);
  const bool ignores = choices.boolean(120);
  const uint64_t which = choices.integer(0, 63);
  const std::vector<std::string> fields = ignorable_fields(context, slot);
  if (ignores && !fields.empty()) out.ignored = {fields[which % fields.size()]};
  return out;
}

bool is_declared(const Operation& operation, const std::string& label) {
  return std::ranges::find(operation.resources, label, &WantedResource::label) !=
         operation.resources.end();
}

// All of one type that refer to nothing by what is fixed of them. What must not stand in a state
// must not stand in for_each either.
std::vector<std::string> groupable_with(const DrawContext& context, const Slot& one) {
  const World& world = context.world;
  std::vector<std::string> out;
  const auto is_write_only = [](const auto& hint) { return hint.second.write_only; };
  if (std::ranges::any_of(find_type(context.types, one.type)->schema.hints, is_write_only))
    return out;
  for (const Slot& slot : world.slots)
    if (slot.type == one.type && slot.stack == one.stack && labels_in(slot.properties).empty())
      out.push_back(slot.label);
  return out;
}

// Resources that one block declares, most of those that may be. Now and then none of them is to be
// managed any more.
void draw_group(DrawContext& context, Operation& operation) {
  property::Choices& choices = context.choices;
  const auto span = choices.span("group");
  auto repetition = static_cast<Repetition>(choices.weighted({5, 3, 3, 1, 2}));
  const auto& slots = context.world.slots;
  std::vector<std::string> group =
      groupable_with(context, slots.at(choices.integer(0, slots.size() - 1)));
  // Mostly the block that there was last: of another one nothing can be taken away.
  const bool is_another = choices.boolean(300);
  for (const Slot& slot : slots) {
    const Placement* last = context.foreseen.placement(slot.label);
    if (is_another || last == nullptr || last->group.empty()) continue;
    repetition = last->repetition;
    group = last->group;
    break;
  }
  const bool all_go = choices.boolean(150);
  for (const Slot& slot : slots) {
    const bool joins = choices.boolean(850);
    const auto wanted = std::ranges::find(operation.resources, slot.label, &WantedResource::label);
    const bool is_member = std::ranges::find(group, slot.label) != group.end();
    if (wanted == operation.resources.end() || !is_member || repetition == Repetition::kNone)
      continue;
    if (all_go && operation.flaw == Flaw::kNone && context.traits.imports) {
      operation.resources.erase(wanted);
      operation.forgotten.push_back(slot.label);
    } else if (joins) {
      wanted->placement.repetition = repetition;
      wanted->placement.group = group;
    }
  }
}

// The content that was applied last, once more: then there is nothing to do but to move, and to
// show something else.
void say_again(DrawContext& context, Operation& operation) {
  property::Choices& choices = context.choices;
  const auto span = choices.span("again");
  const bool again = choices.boolean(100);
  const bool stays = choices.boolean(500);
  const std::vector<WantedResource>& last = context.foreseen.last_applied();
  if (!again || last.empty() || operation.flaw != Flaw::kNone) return;
  const std::vector<WantedResource> drawn = std::exchange(operation.resources, last);
  operation.forgotten.clear();
  if (stays) return;
  for (WantedResource& wanted : operation.resources) {
    const auto found = std::ranges::find(drawn, wanted.label, &WantedResource::label);
    if (found != drawn.end()) wanted.placement = found->placement;
  }
}

// What is replaced whatever it is like, what the apply is about, how much is done at one time.
void draw_options(DrawContext& context, Operation& operation) {
  property::Choices& choices = context.choices;
  const auto span = choices.span("options");
  const bool replaces = choices.boolean(80);
  const std::string& replaced = draw_slot(context).label;
  const bool targets = choices.boolean(120);
  const uint64_t target = choices.integer(0, context.world.slots.size() - 1);
  constexpr std::array kParallelism = {0, 1, 50};
  operation.parallelism = kParallelism.at(choices.weighted({14, 1, 1}));
  operation.refresh = !choices.boolean(100);
  if (operation.flaw != Flaw::kNone || operation.resources.empty()) return;
  if (replaces && is_declared(operation, replaced)) operation.replaced = {replaced};
  if (!targets) return;
  operation.targeted = {operation.resources.at(target % operation.resources.size()).label};
  // What moves must be a target: mostly nothing does.
  for (WantedResource& wanted : operation.resources) {
    const Placement* before = context.foreseen.placement(wanted.label);
    if (before == nullptr) continue;
    wanted.placement.module = before->module;
    wanted.placement.repetition = before->repetition;
    wanted.placement.group = before->group;
  }
}

// What the configuration shows of what it declares.
void draw_outputs(DrawContext& context, Operation& operation) {
  property::Choices& choices = context.choices;
  for (const Slot& slot : context.world.slots) {
    const auto span = choices.span("output");
    const bool is_shown = choices.boolean(150);
    const uint64_t which = choices.integer(0, 63);
    const bool is_sensitive = choices.boolean(300);
    const bool is_found = choices.boolean(300);
    if (!is_shown || operation.flaw != Flaw::kNone || !is_declared(operation, slot.label)) continue;
    const ResourceType* type = find_type(context.types, slot.type);
    SQUALL_CHECK(type != nullptr);
    const std::vector<std::string> properties = showable_properties(*type);
    WantedOutput output{slot.label, properties.at(which % properties.size()), is_sensitive};
    // What fails as a data source is read has no rules yet (docs/terraform.md §7).
    output.by_data_source = is_found && !context.profile.faults;
    operation.outputs.push_back(std::move(output));
  }
}

// A text that the property of that resource will be, whatever else happens.
Demand certain_demand(const DrawContext& context, const WantedResource& wanted) {
  const Slot* slot = context.world.find(wanted.label);
  const ResourceType* type = find_type(context.types, slot->type);
  const Json* value = wanted.properties.if_contains("Value");
  if (type->schema.is_field("Value") && value != nullptr && value->is_string())
    return {wanted.label, "Value", *value};
  return {wanted.label, "Name", Json(wanted.label)};
}

// What replaces a resource, what is demanded for it, and what fails once it is made.
void draw_rules(DrawContext& context, Operation& operation) {
  property::Choices& choices = context.choices;
  const auto& slots = context.world.slots;
  bool demands_any = false;
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto span = choices.span("rules");
    const bool is_triggered = choices.boolean(120);
    const uint64_t trigger = choices.integer(0, slots.size() - 1);
    const bool demands = choices.boolean(60);
    const uint64_t of = choices.integer(0, slots.size() - 1);
    const bool holds = choices.boolean(800);
    const bool fails = choices.boolean(50);
    const auto own = std::ranges::find(operation.resources, slots[i].label, &WantedResource::label);
    if (operation.flaw != Flaw::kNone || own == operation.resources.end()) continue;
    // Of what stands before it, so that these rules alone never make a circle.
    const std::string& other = slots.at(trigger % (i + 1)).label;
    if (is_triggered && other != own->label) own->placement.triggered_by = {other};
    const auto asked = std::ranges::find(operation.resources, slots.at(of % (i + 1)).label,
                                         &WantedResource::label);
    if (demands && asked != operation.resources.end()) {
      own->placement.demands = {certain_demand(context, *asked)};
      if (!holds) own->placement.demands.front().value = "something else";
      // Of what is new, only the apply will tell.
      const ResourceType* type = find_type(context.types, context.world.find(asked->label)->type);
      if (!holds && context.profile.faults && asked != own && !type->schema.identifier.empty())
        own->placement.demands.front().property = type->schema.identifier;
      demands_any = true;
    }
    own->placement.provisioning_fails = fails && context.profile.faults;
  }
  // Which of two refusals comes first, nobody says.
  if (!demands_any && operation.flaw == Flaw::kNone) return;
  for (WantedResource& wanted : operation.resources) wanted.placement.prevent_destroy = false;
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
    if (context.traits.placements) wanted.placement = draw_placement(context, slot);
    // Where a replacement fails halfway the case ends (docs/terraform.md §2): less often, then.
    if (context.profile.faults && wanted.placement.create_before_destroy)
      wanted.placement.create_before_destroy = choices.boolean(400);
    const bool forgotten = context.traits.imports && choices.boolean(200);
    if (!is_in_scope(operation.stacks, slot)) continue;
    if (included) {
      operation.resources.push_back(std::move(wanted));
    } else if (forgotten) {
      operation.forgotten.push_back(slot.label);
    }
  }
  if (context.traits.placements) draw_group(context, operation);
  draw_replacement(context, operation);
  make_likely(context, operation);
  // Its producers are declared after all.
  std::erase_if(operation.forgotten,
                [&](const std::string& label) { return is_declared(operation, label); });
  if (context.traits.placements) say_again(context, operation);
  if (context.traits.placements) draw_options(context, operation);
  if (context.traits.placements) draw_rules(context, operation);
  if (context.traits.outputs) draw_outputs(context, operation);
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
}  // namespace apply_operation

const OperationType kApply = {
    .name = "apply",
    .summary = "sends a forma: reconcile makes its stacks exactly so, patch only adds and changes",
    .weight = 66,
    .submits = true,
    .possible = apply_operation::possible,
    .draw = apply_operation::draw,
    .execute = apply_operation::execute,
};

}  // namespace squall::suite
