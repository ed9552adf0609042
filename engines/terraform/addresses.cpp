#include "engines/terraform/addresses.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/split_text.h"

namespace squall::terraform {

namespace {

constexpr std::string_view kModule = "module.";

std::string module_prefix(std::string_view path) {
  std::string out;
  if (path.empty()) return out;
  for (const auto& step : std::views::split(path, kModuleStep))
    out += fmt::format("{}{}.", kModule, std::string_view(step));
  return out;
}

// A name, and the key after it: "[0]", "[\"a\"]" or nothing.
struct Step {
  std::string_view name;
  std::string_view key;
};

struct Parts {
  std::vector<Step> modules;
  std::string_view type;
  Step resource;
};

Step step_of(std::string_view text) {
  const size_t bracket = std::min(text.find('['), text.size());
  return {text.substr(0, bracket), text.substr(bracket)};
}

// nullopt: there is none.
std::optional<std::string_view> take_to_dot(std::string_view& text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view out = text.substr(0, dot);
  text.remove_prefix(dot + 1);
  return out;
}

std::optional<Parts> parts_of(std::string_view address) {
  Parts out;
  while (address.starts_with(kModule)) {
    address.remove_prefix(kModule.size());
    const auto module = take_to_dot(address);
    if (!module) return std::nullopt;
    out.modules.push_back(step_of(*module));
  }
  const auto type = take_to_dot(address);
  if (!type) return std::nullopt;
  out.type = *type;
  out.resource = step_of(address);
  return out;
}

// The path of those modules; nullopt: one of them has a key.
std::optional<std::string> path_of(const std::vector<Step>& modules) {
  std::string out;
  for (const Step& module : modules) {
    if (!module.key.empty()) return std::nullopt;
    if (!out.empty()) out += kModuleStep;
    out += module.name;
  }
  return out;
}

// Which of those that the block may declare has that key? By it they are told apart.
bool put_label(std::string_view key, const std::vector<std::string>& labels, Addressed& out) {
  for (const std::string& label : labels) {
    if (key != key_of(label, out.placement)) continue;
    out.label = label;
    return true;
  }
  return false;
}

}  // namespace

// Where it is alone in its block, there is one key; else count's number or, of for_each, its label.
std::string key_of(std::string_view label, const Placement& placement) {
  const auto& group = placement.group;
  if (placement.repetition == Repetition::kNone) return "";
  if (is_counted(placement.repetition))
    return fmt::format("[{}]", std::ranges::find(group, label) - group.begin());
  return fmt::format("[\"{}\"]", group.empty() ? kOnlyKey : label);
}

std::string keyed_address(const ResourceIdentity& identity, const Placement& placement,
                          std::string_view key) {
  const std::string name = block_name(identity.label.text(), placement);
  const std::string block = fmt::format("{}.{}", tfplugin::type_name(identity.type), name);
  const std::string prefix = module_prefix(placement.module);
  if (repeats_module(placement.repetition))
    return fmt::format("{}{}{}{}.{}", prefix, kModule, name, key, block);
  return fmt::format("{}{}{}", prefix, block, key);
}

std::string address_of(const ResourceIdentity& identity, const Placement& placement) {
  return keyed_address(identity, placement, key_of(identity.label.text(), placement));
}

std::string block_address(const ResourceIdentity& identity, const Placement& placement) {
  return keyed_address(identity, placement, "");
}

std::string address_inside(const ResourceIdentity& identity, const Placement& placement) {
  Placement inside = placement;
  inside.module.clear();
  if (repeats_module(inside.repetition)) inside.repetition = Repetition::kNone;
  return address_of(identity, inside);
}

std::optional<Addressed> parse_address(std::string_view address) {
  std::optional<Parts> parts = parts_of(address);
  if (!parts) return std::nullopt;
  const Step resource = parts->resource;
  std::string_view key = resource.key;
  const bool has_own_module = !parts->modules.empty() && !parts->modules.back().key.empty();
  if (has_own_module) {
    if (parts->modules.back().name != resource.name || !key.empty()) return std::nullopt;
    key = parts->modules.back().key;
    parts->modules.pop_back();
  }
  const std::optional<std::string> path = path_of(parts->modules);
  if (!path) return std::nullopt;
  Addressed out;
  out.type = parts->type;
  out.label = resource.name;
  out.placement.module = *path;
  if (key.empty()) return out;
  const std::vector<std::string> labels = split_text(resource.name, kGroupSeparator);
  if (labels.size() > 1) out.placement.group = labels;
  for (const bool counts : {true, false}) {
    out.placement.repetition =
        has_own_module ? (counts ? Repetition::kModuleCount : Repetition::kModuleForEach)
                       : (counts ? Repetition::kCount : Repetition::kForEach);
    if (put_label(key, labels, out)) return out;
  }
  return std::nullopt;
}

std::set<ResourceIdentity> blocks_at(const std::vector<std::string>& addresses,
                                     const std::string& stack, const tfplugin::Mapping& mapping) {
  std::set<ResourceIdentity> out;
  for (const std::string& address : addresses) {
    std::optional<Parts> parts = parts_of(address);
    const auto* type = parts ? mapping.find(parts->type) : nullptr;
    if (type == nullptr) continue;
    Placement placement;
    const std::string_view name = parts->resource.name;
    if (!parts->modules.empty() && parts->modules.back().name == name) {
      placement.repetition = Repetition::kModuleForEach;  // or by count: the block is the same
      parts->modules.pop_back();
    }
    const std::optional<std::string> path = path_of(parts->modules);
    if (!path) continue;
    placement.module = *path;
    const std::vector<std::string> labels = split_text(name, kGroupSeparator);
    if (labels.size() > 1) placement.group = labels;
    out.insert(block_of({stack, name, type->type.schema.type}, placement));
  }
  return out;
}

std::vector<std::string> addresses_of(const std::vector<ResourceIdentity>& identities,
                                      const Forma& forma, const Placed& placed) {
  std::vector<std::string> out;
  for (const ResourceIdentity& identity : identities) {
    const auto declared = std::ranges::find(forma.resources, identity, &DeclaredResource::identity);
    if (declared == forma.resources.end()) continue;
    out.push_back(address_of(identity, declared->placement));
    const auto before = placed.find(identity);
    if (before == placed.end()) continue;
    const std::string from = address_of(identity, before->second);
    if (from != out.back()) out.push_back(from);
  }
  return out;
}

}  // namespace squall::terraform
