#include "suite/draw.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "suite/content.h"

namespace squall::suite {

namespace {

constexpr std::array<std::string_view, 4> kValues = {"a", "b", "c", "d"};

// A reference to an earlier slot, so that references alone never make a cycle.
Json draw_reference(DrawContext& context, const Slot& slot) {
  const auto& slots = context.world.slots;
  const auto position =
      static_cast<size_t>(std::ranges::find(slots, slot.label, &Slot::label) - slots.begin());
  const uint64_t producer = context.choices.integer(0, slots.size() - 1);
  const bool value = context.choices.boolean(500);
  if (position == 0) return Json("a");
  const Slot& chosen = slots.at(std::min<size_t>(producer, position - 1));
  const ResourceType* type = find_type(context.types, chosen.type);
  const bool has_value = type != nullptr && type->schema.is_field("Value");
  return JsonObject{{"$ref", chosen.label + (value && has_value ? ".Value" : ".Name")}};
}

}  // namespace

void draw_scope(DrawContext& context, std::vector<std::string>& stacks) {
  const World& world = context.world;
  const uint64_t first = context.choices.integer(0, world.stacks.size() - 1);
  const bool two = context.choices.boolean(200);
  const bool anywhere = context.choices.boolean(150);
  std::vector<std::string> likely;
  for (const std::string& stack : world.stacks) {
    const bool has_slots = std::ranges::find(world.slots, stack, &Slot::stack) != world.slots.end();
    if (has_slots && !context.foreseen.is_busy(stack)) likely.push_back(stack);
  }
  const auto& all = likely.empty() || anywhere ? world.stacks : likely;
  stacks.push_back(all.at(first % all.size()));
  if (two && all.size() > 1) stacks.push_back(all.at((first + 1) % all.size()));
}

bool is_in_scope(const std::vector<std::string>& stacks, const Slot& slot) {
  return std::ranges::find(stacks, slot.stack) != stacks.end();
}

Flaw draw_flaw(DrawContext& context) {
  return static_cast<Flaw>(context.choices.weighted({400, 2, 2, 2, 2, 2, 3, 3}));
}

const Slot& draw_slot(DrawContext& context) {
  const auto& slots = context.world.slots;
  const uint64_t first = context.choices.integer(0, slots.size() - 1);
  for (size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = slots.at((first + i) % slots.size());
    if (context.foreseen.exists(slot.label)) return slot;
  }
  return slots.at(first);
}

bool draw_wanted(DrawContext& context, const Slot& slot, JsonObject& properties) {
  property::Choices& choices = context.choices;
  // 0: not in the forma; else which Value it has, where its type has one.
  const size_t shape = choices.weighted({25, 20, 20, 12, 8, 15});
  Json reference = draw_reference(context, slot);
  const auto span = choices.span("content");
  const bool more = choices.boolean(550);
  const uint64_t content = choices.integer(0, kMaxContent);
  const auto change = static_cast<FixedChange>(choices.weighted({94, 3, 3}));
  if (shape == 0) return false;
  const ResourceType* type = find_type(context.types, slot.type);
  SQUALL_CHECK(type != nullptr);
  const Producers producers{context.world, slot};
  properties = drawn_properties(*type, producers, more ? content : 0);
  if (type->schema.is_field("Value"))
    properties["Value"] = shape <= 4 ? Json(kValues.at(shape - 1)) : std::move(reference);
  if (context.traits.replace) change_fixed(*type, producers, change, properties);
  return true;
}

namespace {

bool is_named(const Operation& operation, const std::string& label) {
  return std::ranges::find(operation.resources, label, &WantedResource::label) !=
         operation.resources.end();
}

// The least there is to say of a slot.
WantedResource least(const DrawContext& context, const Slot& slot) {
  const ResourceType* type = find_type(context.types, slot.type);
  SQUALL_CHECK(type != nullptr);
  WantedResource out{slot.label, drawn_properties(*type, {context.world, slot}, 0)};
  if (type->schema.is_field("Value")) out.properties["Value"] = "a";
  return out;
}

// The slots that the resource refers to, fixed or drawn.
std::set<std::string> producers_of(const World& world, const WantedResource& resource) {
  std::set<std::string> out = labels_in(world.find(resource.label)->properties);
  out.merge(labels_in(resource.properties));
  return out;
}

void include_producers(const DrawContext& context, Operation& operation) {
  for (size_t i = 0; i < operation.resources.size(); ++i) {
    for (const std::string& label : producers_of(context.world, operation.resources[i])) {
      const Slot* producer = context.world.find(label);
      if (producer != nullptr && is_in_scope(operation.stacks, *producer) &&
          !is_named(operation, label))
        operation.resources.push_back(least(context, *producer));
    }
  }
}

// Whether one of the producers is neither in the operation nor there.
bool dangles(const DrawContext& context, const Operation& operation,
             const WantedResource& resource) {
  return std::ranges::any_of(producers_of(context.world, resource), [&](const std::string& label) {
    return !is_named(operation, label) && !context.foreseen.exists(label);
  });
}

void drop_dangling(const DrawContext& context, Operation& operation) {
  std::vector<WantedResource>& all = operation.resources;
  // One that is dropped may be another's producer.
  for (;;) {
    const auto dangling = std::ranges::find_if(
        all, [&](const WantedResource& one) { return dangles(context, operation, one); });
    if (dangling == all.end()) return;
    all.erase(dangling);
  }
}

// A stack that gets nothing and has nothing is refused: it gets the first of its slots that may.
void fill_stacks(const DrawContext& context, Operation& operation) {
  for (const std::string& stack : operation.stacks) {
    const auto is_here = [&](const WantedResource& resource) {
      return context.world.find(resource.label)->stack == stack;
    };
    if (context.foreseen.has_stack(context.world, stack) ||
        std::ranges::any_of(operation.resources, is_here))
      continue;
    for (const Slot& slot : context.world.slots) {
      if (slot.stack != stack) continue;
      const WantedResource resource = least(context, slot);
      if (dangles(context, operation, resource)) continue;
      operation.resources.push_back(resource);
      break;
    }
  }
}

}  // namespace

void draw_replacement(DrawContext& context, Operation& operation) {
  const bool wanted = context.choices.boolean(operation.mode == Mode::kPatch ? 350 : 60);
  const Slot& slot = draw_slot(context);
  if (!wanted || !context.traits.replace || !is_in_scope(operation.stacks, slot)) return;
  auto named = std::ranges::find(operation.resources, slot.label, &WantedResource::label);
  if (named == operation.resources.end()) {
    operation.resources.push_back(least(context, slot));
    named = std::prev(operation.resources.end());
  }
  change_fixed(*find_type(context.types, slot.type), {context.world, slot}, FixedChange::kValue,
               named->properties);
}

void make_likely(DrawContext& context, Operation& operation) {
  const bool drops = !context.choices.boolean(100);
  const bool fills = !context.choices.boolean(100);
  include_producers(context, operation);
  if (drops) drop_dangling(context, operation);
  if (fills) fill_stacks(context, operation);
}

FaultSwarm draw_swarm(property::Choices& choices, const Profile& profile, const Traits& traits,
                      const World& world) {
  const auto span = choices.span("swarm");
  FaultSwarm swarm;
  for (const cloud::FaultKind* kind : cloud::fault_kinds()) {
    const bool off = choices.boolean(300);
    const bool drawn = profile.faults && (kind->within_contract || profile.beyond);
    swarm.kinds.push_back(drawn && cloud::is_met(kind->needs, world.behaviours) && !off ? 10 : 0);
  }
  for (size_t i = 0; i < kCrashMoments; ++i) {
    const bool possible =
        traits.crash && std::ranges::find(traits.crash_moments, static_cast<CrashMoment>(i)) !=
                            traits.crash_moments.end();
    const bool off = possible && choices.boolean(300);
    swarm.moments.push_back(profile.crashes && possible && !off ? 10 : 0);
  }
  return swarm;
}

namespace {

bool any(const std::vector<uint32_t>& weights) {
  return std::ranges::any_of(weights, [](uint32_t w) { return w > 0; });
}

// Lists are for discovery, and Status is asked of an asynchronous cloud only.
CallKind drawn_call(DrawContext& context, const cloud::FaultKind& kind) {
  std::vector<CallKind> made;
  for (const CallKind call : kind.calls) {
    if (call == CallKind::kList) continue;
    if (call == CallKind::kStatus && context.world.behaviours.status_polls == 0) continue;
    made.push_back(call);
  }
  const uint64_t which = context.choices.integer(0, kCallKinds - 1);
  return made.empty() ? kind.calls.front() : made.at(which % made.size());
}

void draw_fault(DrawContext& context, const FaultSwarm& swarm, Operation& operation) {
  property::Choices& choices = context.choices;
  const size_t which = choices.weighted(swarm.kinds);
  const cloud::FaultKind& kind = *cloud::fault_kinds()[which];
  cloud::FaultRule rule;
  rule.effect.kind = kind.name;
  rule.call = drawn_call(context, kind);
  const auto& slots = context.world.slots;
  const uint64_t anybody = choices.integer(0, slots.size() - 1);
  // Mostly one that the operation is about: a fault that nobody meets shows nothing.
  const bool concerned = choices.boolean(750);
  const auto& named = operation.resources;
  rule.label = concerned && !named.empty() ? named.at(anybody % named.size()).label
                                           : slots.at(anybody).label;
  rule.nth = static_cast<uint32_t>(1 + choices.weighted({12, 4, 2}));
  rule.count = static_cast<uint32_t>(1 + choices.weighted({10, 3, 4}));
  const size_t codes = kind.codes.size() + (kind.may_be_silent ? 1 : 0);
  const uint64_t code = choices.integer(0, 63);
  if (codes > 0 && code % codes < kind.codes.size()) rule.effect.code = kind.codes[code % codes];
  // A Status call that is refused says that what it polls has failed: that would be a lie. But that
  // one may not ask just now says nothing of it.
  if (rule.call == CallKind::kStatus && rule.effect.code && !is_ambiguous(*rule.effect.code) &&
      rule.effect.code != ErrorCode::kThrottling)
    rule.effect.code = ErrorCode::kServiceTimeout;
  rule.effect.variant = static_cast<uint32_t>(choices.integer(0, 7) % kind.variants);
  const auto longest_ms = static_cast<uint64_t>(kind.max_delay.count() / 1000);
  const uint64_t delay_ms = choices.integer(1, 200);
  if (longest_ms > 0)
    rule.effect.delay = std::max<Duration>(
        kind.min_delay, std::chrono::milliseconds(std::min(delay_ms, longest_ms)));
  operation.faults.push_back(std::move(rule));
}

}  // namespace

void draw_faults(DrawContext& context, const FaultSwarm& swarm, Operation& operation) {
  property::Choices& choices = context.choices;
  for (int i = 0; i < 4 && any(swarm.kinds); ++i) {
    const auto span = choices.span("fault");
    if (!choices.boolean(450)) break;
    draw_fault(context, swarm, operation);
  }
  for (int i = 0; i < 3 && any(swarm.moments); ++i) {
    const auto span = choices.span("crash");
    if (!choices.boolean(i == 0 ? 150 : 400)) break;
    CrashPoint crash;
    crash.moment = static_cast<CrashMoment>(choices.weighted(swarm.moments));
    crash.nth = static_cast<uint32_t>(choices.integer(1, 12));
    operation.crashes.push_back(crash);
  }
}

void draw_rival(DrawContext& context, Operation& operation) {
  const auto span = context.choices.span("rival");
  const bool is_there = context.choices.boolean(60);
  const auto nth = static_cast<uint32_t>(context.choices.integer(1, 6));
  if (is_there) operation.rival = nth;
}

void draw_mishaps(DrawContext& context, const Traits& traits, const OperationType& type,
                  Operation& operation) {
  if (!context.profile.faults) return;
  const bool full = context.choices.boolean(25);
  const bool lost = context.choices.boolean(40);
  operation.disk_full = full && traits.disk_full;
  operation.reply_lost =
      lost && traits.idempotency_keys && type.submits && operation.kind != "sync";
}

}  // namespace squall::suite
