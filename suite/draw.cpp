#include "suite/draw.h"

#include <algorithm>
#include <array>

#include "documents/generic_types.h"

namespace squall::suite {

namespace {

constexpr std::array<std::string_view, 4> kValues = {"a", "b", "c", "d"};
constexpr std::array<std::string_view, 4> kTags = {"red", "green", "blue", "grey"};

// What a collection holds comes from one number, so that a collection more or less does not move
// the draws that follow. Two bits an element.
constexpr uint64_t kMaxContent = 255;

uint64_t two_bits(uint64_t content, size_t position) { return (content >> (2 * position)) & 3; }

JsonArray tags_of(uint64_t content) {
  JsonArray out;
  for (size_t i = 0; i < kTags.size(); ++i)
    if (((content >> i) & 1) != 0) out.push_back(Json(kTags.at(i)));
  return out;
}

JsonArray entities_of(uint64_t content) {
  constexpr std::array<std::string_view, 3> kKeys = {"k1", "k2", "k3"};
  JsonArray out;
  for (size_t i = 0; i < kKeys.size(); ++i) {
    const uint64_t value = two_bits(content, i);
    if (value == 0) continue;
    out.push_back(JsonObject{{"Key", kKeys.at(i)}, {"Value", kValues.at(value - 1)}});
  }
  return out;
}

JsonArray items_of(uint64_t content) {
  JsonArray out;
  const uint64_t count = two_bits(content, 0);
  for (size_t i = 1; i <= count; ++i) out.push_back(Json(kValues.at(two_bits(content, i))));
  return out;
}

JsonObject draw_collections(property::Choices& choices) {
  const auto span = choices.span("collections");
  const size_t which = choices.weighted({10, 4, 4, 4, 1});
  const uint64_t content = choices.integer(0, kMaxContent);
  JsonObject out;
  if (which == 1 || which == 4) out["SetTags"] = tags_of(content);
  if (which == 2 || which == 4) out["EntityTags"] = entities_of(content);
  if (which == 3 || which == 4) out["OrderedItems"] = items_of(content);
  return out;
}

// A reference to an earlier slot, so that references alone never make a cycle.
Json draw_reference(DrawContext& context, const Slot& slot) {
  const auto& slots = context.world.slots;
  const auto position =
      static_cast<size_t>(std::ranges::find(slots, slot.label, &Slot::label) - slots.begin());
  const uint64_t producer = context.choices.integer(0, slots.size() - 1);
  const bool value = context.choices.boolean(500);
  if (position == 0) return Json("a");
  const Slot& chosen = slots.at(std::min<size_t>(producer, position - 1));
  return JsonObject{{"$ref", chosen.label + (value ? ".Value" : ".Name")}};
}

// The label that {"$ref":"label.Property"} in Value names.
std::optional<std::string> referenced_label(const WantedResource& wanted) {
  const Json* value = wanted.properties.if_contains("Value");
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const std::string text = text_of(*value, "$ref");
  return text.substr(0, text.rfind('.'));
}

}  // namespace

void draw_scope(DrawContext& context, std::vector<std::string>& stacks) {
  const auto& all = context.world.stacks;
  const uint64_t first = context.choices.integer(0, all.size() - 1);
  const bool two = context.choices.boolean(200);
  stacks.push_back(all.at(first));
  if (two && all.size() > 1) stacks.push_back(all.at((first + 1) % all.size()));
}

Flaw draw_flaw(DrawContext& context) {
  return static_cast<Flaw>(context.choices.weighted({400, 2, 2, 2, 2, 2, 3, 3}));
}

bool draw_wanted(DrawContext& context, const Slot& slot, JsonObject& properties) {
  property::Choices& choices = context.choices;
  // 0: not in the forma; else which Value it has.
  const size_t shape = choices.weighted({25, 20, 20, 12, 8, 15});
  Json reference = draw_reference(context, slot);
  const JsonObject collections = draw_collections(choices);
  if (shape == 0) return false;
  properties["Value"] = shape <= 4 ? Json(kValues.at(shape - 1)) : std::move(reference);
  if (slot.type == kGenericResource)
    for (const auto& member : collections) properties[member.key()] = member.value();
  return true;
}

void include_producers(const World& world, Operation& operation) {
  for (size_t i = 0; i < operation.resources.size(); ++i) {
    const Slot* slot = world.find(operation.resources[i].label);
    std::vector<std::string> producers = {slot->parent};
    if (const auto value = referenced_label(operation.resources[i])) producers.push_back(*value);
    for (const std::string& label : producers) {
      const Slot* producer = world.find(label);
      if (producer == nullptr) continue;
      const bool in_scope =
          std::ranges::find(operation.stacks, producer->stack) != operation.stacks.end();
      const bool there = std::ranges::find(operation.resources, label, &WantedResource::label) !=
                         operation.resources.end();
      if (in_scope && !there) operation.resources.push_back({label, JsonObject{{"Value", "a"}}});
    }
  }
}

FaultSwarm draw_swarm(property::Choices& choices, const Profile& profile, const Traits& traits) {
  const auto span = choices.span("swarm");
  FaultSwarm swarm;
  for (const cloud::FaultKind* kind : cloud::fault_kinds()) {
    const bool off = choices.boolean(300);
    swarm.kinds.push_back(profile.faults && kind->within_contract && !off ? 10 : 0);
  }
  for (size_t i = 0; i < kCrashMoments; ++i) {
    const bool off = choices.boolean(300);
    swarm.moments.push_back(profile.crashes && traits.crash && !off ? 10 : 0);
  }
  return swarm;
}

namespace {

bool any(const std::vector<uint32_t>& weights) {
  return std::ranges::any_of(weights, [](uint32_t w) { return w > 0; });
}

void draw_fault(DrawContext& context, const FaultSwarm& swarm, Operation& operation) {
  property::Choices& choices = context.choices;
  const size_t which = choices.weighted(swarm.kinds);
  const cloud::FaultKind& kind = *cloud::fault_kinds()[which];
  cloud::FaultRule rule;
  rule.effect.kind = kind.name;
  rule.call = kind.calls.at(choices.integer(0, kind.calls.size() - 1));
  const auto& slots = context.world.slots;
  rule.label = slots.at(choices.integer(0, slots.size() - 1)).label;
  rule.nth = static_cast<uint32_t>(1 + choices.weighted({12, 4, 2}));
  rule.count = static_cast<uint32_t>(1 + choices.weighted({10, 3, 4}));
  const size_t codes = kind.codes.size() + (kind.may_be_silent ? 1 : 0);
  const uint64_t code = choices.integer(0, 63);
  if (codes > 0 && code % codes < kind.codes.size()) rule.effect.code = kind.codes[code % codes];
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

}  // namespace squall::suite
