#include "suite/case.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "suite/outputs.h"

namespace squall::suite {

namespace {

constexpr std::array<std::string_view, kFlaws> kFlawNames = {
    "none",         "duplicate-resource", "unknown-field", "unknown-target", "other-namespace",
    "missing-name", "dangling-reference", "cycle"};

Json reference_to(const World& world, const std::string& label, const std::string& property) {
  const Slot* slot = world.find(label);
  Reference reference;
  reference.property = property;
  reference.producer.label = label;
  reference.producer.stack = slot != nullptr ? slot->stack : world.stacks.front();
  reference.producer.type = slot != nullptr ? slot->type : "Test::Generic::Resource";
  return to_json(reference);
}

// `value` with every short reference written out; depth is that of what people write by hand.
Json expanded(const World& world, const Json& value) {
  if (const auto reference = as_short_reference(value))
    return reference_to(world, reference->first, reference->second);
  if (value.is_object()) {
    JsonObject out;
    out.reserve(value.get_object().size());
    for (const auto& member : value.get_object())
      out.emplace(member.key(), expanded(world, member.value()));
    return out;
  }
  if (value.is_array()) {
    JsonArray out;
    out.reserve(value.get_array().size());
    for (const Json& element : value.get_array()) out.push_back(expanded(world, element));
    return out;
  }
  return value;
}

DeclaredResource declared(const World& world, const Slot& slot, const JsonObject& properties) {
  DeclaredResource out;
  out.identity = {slot.stack, slot.label, slot.type};
  out.target = kTarget;
  JsonObject wanted;
  wanted.reserve(1 + slot.properties.size() + properties.size());
  wanted["Name"] = slot.label;
  for (const JsonObject* from : {&slot.properties, &properties})
    for (const auto& member : *from)
      wanted.insert_or_assign(member.key(), expanded(world, member.value()));
  out.properties = std::move(wanted);
  return out;
}

void put_flaw(const World& world, Flaw flaw, Forma& forma) {
  // Beside the right one: alone it would be taken where the target is not known yet, and no later
  // apply of the case could succeed.
  if (flaw == Flaw::kOtherNamespace)
    forma.targets.push_back({.label = std::string(kTarget), .name_space = "Elsewhere"});
  if (forma.resources.empty()) return;
  DeclaredResource& first = forma.resources.front();
  switch (flaw) {
    case Flaw::kNone:
    case Flaw::kOtherNamespace:
      return;
    case Flaw::kDuplicateResource: {
      DeclaredResource copy = first;
      forma.resources.push_back(std::move(copy));
      return;
    }
    case Flaw::kUnknownField:
      first.properties.set("NoSuchField", "x");
      return;
    case Flaw::kUnknownTarget:
      first.target = "nowhere";
      return;
    case Flaw::kMissingName:
      first.properties.erase("Name");
      return;
    case Flaw::kDanglingReference:
      first.properties.set("Value", reference_to(world, "no-such-resource", "Name"));
      return;
    case Flaw::kCycle:
      first.properties.set("Value", to_json(Reference{first.identity, "Value"}));
      return;
  }
}

std::vector<ResourceIdentity> identities_of(const World& world,
                                            const std::vector<std::string>& labels) {
  std::vector<ResourceIdentity> out;
  for (const std::string& label : labels) {
    const Slot* slot = world.find(label);
    SQUALL_CHECK(slot != nullptr);
    out.push_back({slot->stack, slot->label, slot->type});
  }
  return out;
}

void collect_references(const Json& value, std::set<std::string>& labels) {
  if (const auto reference = as_short_reference(value)) {
    labels.insert(reference->first);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) collect_references(member.value(), labels);
  } else if (value.is_array()) {
    for (const Json& element : value.get_array()) collect_references(element, labels);
  }
}

}  // namespace

std::optional<std::pair<std::string, std::string>> as_short_reference(const Json& value) {
  if (!value.is_object() || value.get_object().size() != 1) return std::nullopt;
  const Json* text = value.get_object().if_contains("$ref");
  if (text == nullptr || !text->is_string()) return std::nullopt;
  const std::string whole(text->get_string());
  const size_t dot = whole.find('.');
  if (dot == std::string::npos) return std::nullopt;
  return std::pair(whole.substr(0, dot), whole.substr(dot + 1));
}

std::set<std::string> labels_in(const JsonObject& properties) {
  std::set<std::string> labels;
  for (const auto& member : properties) collect_references(member.value(), labels);
  return labels;
}

const Slot* World::find(std::string_view label) const {
  for (const Slot& slot : slots)
    if (slot.label == label) return &slot;
  return nullptr;
}

std::string_view to_string(Flaw flaw) { return kFlawNames.at(static_cast<size_t>(flaw)); }

Result<Flaw> parse_flaw(std::string_view text) {
  for (size_t i = 0; i < kFlawNames.size(); ++i)
    if (kFlawNames[i] == text) return static_cast<Flaw>(i);
  std::string known;
  for (const auto name : kFlawNames) {
    if (!known.empty()) known += ", ";
    known += name;
  }
  return fail("unknown flaw \"" + std::string(text) + "\": use one of " + known);
}

Case pruned(Case value) {
  std::set<std::string> labels;
  std::set<std::string> stacks;
  for (const Operation& operation : value.operations) {
    for (const WantedResource& wanted : operation.resources) {
      labels.insert(wanted.label);
      labels.merge(labels_in(wanted.properties));
      labels.insert(wanted.placement.triggered_by.begin(), wanted.placement.triggered_by.end());
      for (const Demand& demand : wanted.placement.demands) labels.insert(demand.label);
    }
    for (const auto* named : {&operation.forgotten, &operation.replaced, &operation.targeted})
      labels.insert(named->begin(), named->end());
    for (const WantedOutput& output : operation.outputs) labels.insert(output.label);
    for (const auto& rule : operation.faults)
      if (!rule.label.empty()) labels.insert(rule.label);
    stacks.insert(operation.stacks.begin(), operation.stacks.end());
  }
  // Slots are in an order in which producers come first: backwards, every user is seen before what
  // it uses.
  for (size_t i = value.world.slots.size(); i-- > 0;) {
    const Slot& slot = value.world.slots[i];
    if (labels.contains(slot.label)) labels.merge(labels_in(slot.properties));
  }
  std::erase_if(value.world.slots, [&](const Slot& slot) { return !labels.contains(slot.label); });
  for (const Slot& slot : value.world.slots) stacks.insert(slot.stack);
  for (Operation& operation : value.operations)
    for (WantedResource& wanted : operation.resources)
      std::erase_if(wanted.placement.group,
                    [&](const std::string& label) { return !labels.contains(label); });
  std::erase_if(value.schedule, [&](const Deviation& deviation) {
    return !deviation.label.empty() && !labels.contains(deviation.label);
  });
  if (!stacks.empty())
    std::erase_if(value.world.stacks, [&](const std::string& s) { return !stacks.contains(s); });
  return value;
}

size_t fault_count(const Case& value) {
  size_t count = 0;
  for (const Operation& operation : value.operations)
    count += operation.faults.size() + operation.crashes.size() + operation.store_faults.size() +
             (operation.kind == "crash") + operation.disk_full + operation.reply_lost;
  return count + value.schedule.size();
}

namespace {

DeclaredResource* find_declared(Forma& forma, std::string_view label) {
  const auto found = std::ranges::find_if(
      forma.resources, [&](const auto& each) { return each.identity.label.text() == label; });
  return found == forma.resources.end() ? nullptr : &*found;
}

// Only what is declared in the same module can trigger a replacement, and only of what is declared
// at all can something be demanded.
void drop_dangling_rules(Forma& forma) {
  const auto where = [](const DeclaredResource& resource) {
    return module_of(resource.identity.label.text(), resource.placement);
  };
  for (DeclaredResource& resource : forma.resources) {
    Placement& placement = resource.placement;
    std::erase_if(placement.triggered_by, [&](const std::string& label) {
      const DeclaredResource* other = find_declared(forma, label);
      return other == nullptr || resource.identity.label == label ||
             where(*other) != where(resource);
    });
    std::erase_if(placement.demands, [&](const Demand& demand) {
      return find_declared(forma, demand.label) == nullptr;
    });
  }
}

// What one block declares refers to nothing: a block that depends on another, and that one on it,
// would be a circle of which no resource knows.
bool may_be_in_group(const DeclaredResource& resource) {
  const Placement& placement = resource.placement;
  bool refers = false;
  for_each_reference(resource.properties, [&](const Reference&) { refers = true; });
  return !refers && placement.repetition != Repetition::kNone && placement.group.size() > 1 &&
         std::ranges::find(placement.group, resource.identity.label.text()) !=
             placement.group.end();
}

// In the group's order.
std::vector<DeclaredResource*> members_of(Forma& forma, const DeclaredResource& one) {
  std::vector<DeclaredResource*> out;
  for (const std::string& label : one.placement.group) {
    DeclaredResource* member = find_declared(forma, label);
    if (member != nullptr && member->placement.group == one.placement.group &&
        member->identity.type == one.identity.type && member->identity.stack == one.identity.stack)
      out.push_back(member);
  }
  return out;
}

// The first of each group says where all of its block is, and how they are treated. With count none
// is left out before another.
void settle_groups(Flaw flaw, Forma& forma) {
  for (DeclaredResource& resource : forma.resources)
    if (flaw != Flaw::kNone || !may_be_in_group(resource)) resource.placement.group.clear();
  for (DeclaredResource& resource : forma.resources) {
    const std::vector<DeclaredResource*> members = members_of(forma, resource);
    if (members.empty()) continue;
    Placement placement = members.front()->placement;
    placement.triggered_by.clear();
    placement.demands.clear();
    const bool counts = is_counted(placement.repetition);
    for (size_t i = 0; i < members.size(); ++i) {
      if (counts && members[i]->identity.label != placement.group[i]) {
        members[i]->placement.group.clear();
      } else {
        members[i]->placement = placement;
      }
    }
  }
}

}  // namespace

Forma forma_of(const World& world, const Operation& operation) {
  Forma forma;
  const bool apply = operation.kind == "apply";
  if (apply) {
    for (const std::string& stack : operation.stacks) forma.stacks.push_back({stack, ""});
    forma.targets.push_back({.label = std::string(kTarget), .name_space = std::string(kNamespace)});
  }
  for (const WantedResource& wanted : operation.resources) {
    const Slot* slot = world.find(wanted.label);
    SQUALL_CHECK(slot != nullptr);
    forma.resources.push_back(declared(world, *slot, apply ? wanted.properties : JsonObject()));
    forma.resources.back().placement = wanted.placement;
  }
  settle_groups(operation.flaw, forma);
  drop_dangling_rules(forma);
  forma.forgotten = identities_of(world, operation.forgotten);
  if (apply) forma.outputs = declared_outputs(world, operation);
  if (apply) put_flaw(world, operation.flaw, forma);
  return forma;
}

CommandRequest request_of(const World& world, const Operation& operation) {
  CommandRequest request;
  if (operation.kind == "sync") {
    request.kind = CommandKind::kSync;
    request.drops_outputs = operation.drops_outputs;
    return request;
  }
  SQUALL_CHECK(operation.kind == "apply" || operation.kind == "destroy");
  request.kind = operation.kind == "apply" ? CommandKind::kApply : CommandKind::kDestroy;
  request.mode = operation.mode;
  request.force = operation.force;
  request.simulate = operation.simulate;
  request.on_dependents = operation.on_dependents;
  request.replaced = identities_of(world, operation.replaced);
  request.targeted = identities_of(world, operation.targeted);
  request.refresh = operation.refresh;
  request.parallelism = operation.parallelism;
  request.forma = forma_of(world, operation);
  return request;
}

}  // namespace squall::suite
