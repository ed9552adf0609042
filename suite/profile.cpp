#include "suite/profile.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "suite/content.h"
#include "suite/draw.h"
#include "suite/operation_type.h"

namespace squall::suite {

namespace {
constexpr std::string_view kPlainFamily = "Test::Generic::";
constexpr std::string_view kWorkspace = "work";
}  // namespace

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
              .drift = false,
              .schedules = false,
              .behaviours = false,
              .required_marks = {"three-calls-in-flight"}},
      Profile{
          .name = "sequential-with-failures",
          .alias = "failures",
          .summary = "up to three stacks, up to three commands at a time; calls fail, are late "
                     "or lose their replies, the engine crashes",
          .slots = 8,
          .max_stacks = 3,
          .max_operations = 50,
          .max_overlap = 3,
          .faults = true,
          .crashes = true,
          .drift = true,
          .schedules = true,
          .behaviours = true,
          .required_marks = {"cascade-delete",
                             "commit-failed",
                             "conflict-read-decided",
                             "crash-answer-not-committed",
                             "crash-call-applied-unanswered",
                             "crash-during-recovery",
                             "crash-inside-commit",
                             "create-retried-same-token",
                             "dependent-waits-for-commit",
                             "disk-full-refused",
                             "drift-rejected",
                             "followed-by-interpreter",
                             "left-unsettled",
                             "malformed-answer-heard",
                             "overlapping-commands",
                             "poll-resumed-after-crash",
                             "polled-to-completion",
                             "provider-dies",
                             "provider-hangs",
                             "provider-loses-call",
                             "provider-starts-slowly",
                             "reconcile-rejected-undeclared",
                             "recovery-resumed-intent",
                             "replace-carried-out",
                             "row-gone-on-read",
                             "settled-after-lost-reply",
                             "settled-as-applied",
                             "stale-read-retried",
                             "stopped-itself",
                             "three-calls-in-flight",
                             "write-only-sent"},
          .rare_marks = {"compared-without-crash", "consumer-replaced-by-cascade",
                         "drift-overwritten-by-force", "late-effect", "recovery-failed-dependents",
                         "replace-create-failed", "settled-as-not-applied",
                         "settled-by-other-object", "sync-leaves-changed-row"}}};
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

size_t most_commands(const Profile& profile, const Traits& traits) {
  return traits.max_overlap == 0 ? profile.max_overlap
                                 : std::min(traits.max_overlap, profile.max_overlap);
}

namespace {

bool has_write_only(const Schema& schema) {
  return std::ranges::any_of(schema.hints, [](const auto& hint) { return hint.second.write_only; });
}

// Which types a world is made of: the plain family, the others, or all.
std::vector<const ResourceType*> draw_family(property::Choices& choices, const Traits& traits,
                                             const std::vector<ResourceType>& types) {
  const size_t family = choices.weighted({5, 3, 2});
  std::vector<const ResourceType*> out;
  for (const ResourceType& type : types) {
    const bool plain = type.schema.type.starts_with(kPlainFamily);
    if (!traits.write_only && has_write_only(type.schema)) continue;
    if (family == 2 || plain == (family == 0)) out.push_back(&type);
  }
  if (out.empty()) out.push_back(&types.front());
  return out;
}

// The stack of the first slot that `properties` refer to; empty: they refer to none.
std::string stack_of_producer(const World& world, const JsonObject& properties) {
  const std::set<std::string> labels = labels_in(properties);
  return labels.empty() ? "" : world.find(*labels.begin())->stack;
}

// Every slot draws the same choices, whatever they come to mean: type, producers, stack.
Slot draw_slot(property::Choices& choices, const Profile& profile, const World& world,
               const std::vector<const ResourceType*>& family) {
  const auto span = choices.span("slot");
  const uint64_t type = choices.integer(0, kMostTypes - 1);
  const uint64_t producers = choices.integer(0, profile.slots * profile.slots - 1);
  const uint64_t stack = choices.integer(0, profile.max_stacks - 1);
  // A consumer elsewhere than its producer is worth having, and mostly in the way.
  const bool elsewhere = choices.boolean(250);
  Slot slot;
  slot.label = "res-" + std::to_string(world.slots.size());
  slot.stack = world.stacks.at(stack % world.stacks.size());
  // The first of a family needs no producer.
  for (const ResourceType* candidate : {family.at(type % family.size()), family.front()}) {
    const auto fixed = fixed_properties(*candidate, {world, slot}, producers);
    if (!fixed) continue;
    slot.type = candidate->schema.type;
    slot.properties = *fixed;
    break;
  }
  const std::string with = stack_of_producer(world, slot.properties);
  if (!with.empty() && !elsewhere) slot.stack = with;
  return slot;
}

// One choice each, so that one that shrinks away leaves the others. Where time is real, and a world
// waits for all that is on its way, the end of a long tail is a second and not ten: still longer
// than anybody waits for an answer.
cloud::Behaviours draw_behaviours(property::Choices& choices, bool in_real_time) {
  const auto span = choices.span("behaviours");
  cloud::Behaviours out;
  const size_t rate = choices.weighted({8, 1});
  if (rate == 1) out.rate_per_second = 200;
  const size_t polls = choices.weighted({6, 1, 1});
  out.status_polls = static_cast<uint32_t>(polls == 2 ? 4 : polls);
  if (choices.boolean(150)) out.consistency_window = std::chrono::milliseconds(200);
  if (choices.boolean(60)) out.quota = 3;
  out.referential_integrity = choices.boolean(200);
  out.unique_names = choices.boolean(200);
  out.normalises = choices.boolean(200);
  const size_t latency = choices.weighted({6, 1, 1, 1});
  out.latency.kind = static_cast<cloud::LatencyModel::Kind>(latency);
  const bool is_long = out.latency.kind == cloud::LatencyModel::Kind::kLongTail;
  if (latency > 0)
    out.latency.typical = std::chrono::milliseconds(is_long && in_real_time ? 2 : 20);
  return out;
}

World draw_world(property::Choices& choices, const Profile& profile, const Traits& traits,
                 const std::vector<ResourceType>& types) {
  World world;
  const size_t most =
      traits.max_stacks == 0 ? profile.max_stacks : std::min(traits.max_stacks, profile.max_stacks);
  const uint64_t stacks = choices.integer(1, most);
  for (uint64_t i = 0; i < stacks; ++i) world.stacks.push_back("stack-" + std::to_string(i));
  const auto family = draw_family(choices, traits, types);
  for (size_t i = 0; i < profile.slots; ++i)
    world.slots.push_back(draw_slot(choices, profile, world, family));
  if (profile.behaviours && traits.behaviours) {
    world.behaviours = draw_behaviours(choices, !traits.deterministic);
    if (choices.boolean(120)) world.provider_rate = 400;
  }
  if (traits.stores.size() > 1)
    world.store = traits.stores.at(choices.integer(0, traits.stores.size() - 1));
  const bool is_elsewhere = traits.workspaces && choices.boolean(350);
  if (is_elsewhere && world.store == StoreKind::kLocal) world.workspace = kWorkspace;
  return world;
}

std::vector<Deviation> draw_schedule(property::Choices& choices, const World& world) {
  std::vector<Deviation> out;
  for (int i = 0; i < 4; ++i) {
    const auto span = choices.span("deviation");
    if (!choices.boolean(250)) break;
    Deviation deviation;
    deviation.event = static_cast<ScheduledEvent>(choices.weighted({4, 4, 2, 2}));
    const uint64_t slot = choices.integer(0, world.slots.size() - 1);
    const bool of_resource = deviation.event == ScheduledEvent::kRequestArrives ||
                             deviation.event == ScheduledEvent::kAnswerArrives;
    if (of_resource) deviation.label = world.slots.at(slot).label;
    deviation.nth = static_cast<uint32_t>(choices.integer(1, 20));
    const uint64_t delay_ms = choices.integer(0, 50);
    deviation.delay = std::chrono::milliseconds(delay_ms);
    deviation.last_of_ties = delay_ms == 0;
    out.push_back(std::move(deviation));
  }
  return out;
}

std::vector<uint32_t> operation_weights(property::Choices& choices, const Profile& profile,
                                        const Traits& traits) {
  const auto span = choices.span("operation swarm");
  std::vector<uint32_t> weights;
  for (const OperationType* type : operation_types()) {
    const bool possible = type->possible(traits, profile);
    // apply is never off: without it nothing happens.
    const bool off = !weights.empty() && possible && choices.boolean(200);
    weights.push_back(possible && !off ? type->weight : 0);
  }
  return weights;
}

}  // namespace

Case generate(property::Choices& choices, const Profile& profile, const Traits& traits,
              const std::vector<ResourceType>& types) {
  Case out;
  out.seed = choices.seed();
  out.world = draw_world(choices, profile, traits, types);
  const FaultSwarm swarm = draw_swarm(choices, profile, traits, out.world);
  if (profile.schedules && traits.schedule) out.schedule = draw_schedule(choices, out.world);
  const std::vector<uint32_t> weights = operation_weights(choices, profile, traits);
  DrawContext context{choices, profile, out.world, types, traits};
  const size_t most_overlap = most_commands(profile, traits);
  size_t in_a_row = 0;  // operations not waited for
  const size_t most = traits.max_operations == 0
                          ? profile.max_operations
                          : std::min(traits.max_operations, profile.max_operations);
  while (out.operations.size() < most) {
    const auto span = choices.span("operation");
    // The simplest case has no operation; the usual one has about twenty.
    if (!choices.boolean(964)) break;
    const OperationType& type = *operation_types()[choices.weighted(weights)];
    Operation operation;
    operation.kind = type.name;
    type.draw(context, operation);
    const bool fire_and_forget = choices.boolean(300);
    if (type.submits && fire_and_forget && in_a_row + 1 < most_overlap) {
      operation.blocking = false;
      ++in_a_row;
    } else if (type.submits) {
      in_a_row = 0;  // a wait or a crash ends no command
    }
    draw_faults(context, swarm, operation);
    if (type.submits) draw_store_faults(context, operation);
    if (type.submits && traits.rivals) draw_rival(context, operation);
    draw_mishaps(context, traits, type, operation);
    context.foreseen.note(out.world, operation);
    out.operations.push_back(std::move(operation));
  }
  return out;
}

}  // namespace squall::suite
