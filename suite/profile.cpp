#include "suite/profile.h"

#include <array>

#include "base/check.h"
#include "documents/generic_types.h"
#include "suite/draw.h"
#include "suite/operation_type.h"

namespace squall::suite {

std::span<const Profile> profiles() {
  static const std::array<Profile, 2> kProfiles = {
      Profile{.name = "sequential-happy-path",
              .alias = "happy",
              .summary = "one stack, one command at a time, nothing fails",
              .slots = 8,
              .max_stacks = 1,
              .max_operations = 20,
              .max_overlap = 1,
              .faults = false,
              .crashes = false,
              .required_marks = {"three-calls-in-flight"}},
      Profile{.name = "sequential-with-failures",
              .alias = "failures",
              .summary = "up to three stacks, up to three commands at a time; calls fail, are late "
                         "or lose their replies, the engine crashes",
              .slots = 8,
              .max_stacks = 3,
              .max_operations = 30,
              .max_overlap = 3,
              .faults = true,
              .crashes = true,
              .required_marks = {"three-calls-in-flight", "dependent-waits-for-commit",
                                 "crash-call-applied-unanswered", "crash-answer-not-committed",
                                 "crash-during-recovery", "settled-after-lost-reply"}}};
  return kProfiles;
}

Result<const Profile*> find_profile(std::string_view name_or_alias) {
  std::string known;
  for (const Profile& profile : profiles()) {
    if (profile.name == name_or_alias || profile.alias == name_or_alias) return &profile;
    if (!known.empty()) known += ", ";
    known += profile.alias;
  }
  return fail("there is no profile \"" + std::string(name_or_alias) + "\": use one of " + known);
}

namespace {

// Every slot draws the same four choices, whatever they come to mean: type, parent, stack.
World draw_world(property::Choices& choices, const Profile& profile) {
  World world;
  const uint64_t stacks = choices.integer(1, profile.max_stacks);
  for (uint64_t i = 0; i < stacks; ++i) world.stacks.push_back("stack-" + std::to_string(i));
  for (size_t i = 0; i < profile.slots; ++i) {
    const auto span = choices.span("slot");
    Slot slot;
    const size_t type = choices.weighted({5, 4, 2});
    const uint64_t parent = choices.integer(0, profile.slots - 1);
    const uint64_t stack = choices.integer(0, profile.max_stacks - 1);
    // A child elsewhere than its parent is worth having, and mostly in the way.
    const bool elsewhere = choices.boolean(250);
    slot.label = "res-" + std::to_string(i);
    slot.stack = world.stacks.at(stack % stacks);
    slot.type = kGenericResource;
    const std::string_view wanted_parent = type == 2 ? kGenericChild : kGenericResource;
    std::vector<std::string> candidates;
    for (const Slot& earlier : world.slots)
      if (earlier.type == wanted_parent) candidates.push_back(earlier.label);
    if (type != 0 && !candidates.empty()) {
      slot.type = type == 1 ? kGenericChild : kGenericGrandchild;
      slot.parent = candidates.at(parent % candidates.size());
      if (!elsewhere) slot.stack = world.find(slot.parent)->stack;
    }
    world.slots.push_back(std::move(slot));
  }
  if (profile.faults) {
    const size_t rate = choices.weighted({6, 1, 1});
    if (rate == 1) world.behaviours.rate_per_second = 200;
    if (rate == 2) world.provider_rate = 400;
  }
  return world;
}

std::vector<uint32_t> operation_weights(property::Choices& choices, const Profile& profile,
                                        const Traits& traits) {
  const auto span = choices.span("operation swarm");
  std::vector<uint32_t> weights;
  for (const OperationType* type : operation_types()) {
    // apply is never off: without it nothing happens.
    const bool off = weights.empty() ? false : choices.boolean(200);
    weights.push_back(type->possible(traits, profile) && !off ? type->weight : 0);
  }
  return weights;
}

}  // namespace

Case generate(property::Choices& choices, const Profile& profile, const Traits& traits,
              const std::vector<Schema>&) {
  Case out;
  out.seed = choices.seed();
  out.world = draw_world(choices, profile);
  const FaultSwarm swarm = draw_swarm(choices, profile, traits);
  const std::vector<uint32_t> weights = operation_weights(choices, profile, traits);
  DrawContext context{choices, profile, out.world};
  size_t in_a_row = 0;  // operations not waited for
  while (out.operations.size() < profile.max_operations) {
    const auto span = choices.span("operation");
    // The simplest case has no operation; the usual one has about ten.
    if (!choices.boolean(920)) break;
    const OperationType& type = *operation_types()[choices.weighted(weights)];
    Operation operation;
    operation.kind = type.name;
    type.draw(context, operation);
    const bool fire_and_forget = choices.boolean(300);
    if (type.submits && fire_and_forget && in_a_row + 1 < profile.max_overlap) {
      operation.blocking = false;
      ++in_a_row;
    } else if (type.submits) {
      in_a_row = 0;  // a wait or a crash ends no command
    }
    draw_faults(context, swarm, operation);
    out.operations.push_back(std::move(operation));
  }
  return out;
}

}  // namespace squall::suite
