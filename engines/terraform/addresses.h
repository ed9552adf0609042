// What resources are called in configurations, states and what the command line tells, and back.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "documents/command.h"
#include "provider/tfplugin/mapping.h"

namespace squall::terraform {

// for_each of what is alone in its block has this key.
inline constexpr std::string_view kOnlyKey = "only";

// "module.m0.squall_generic_resource.res-0[\"only\"]"; of one in a module of its own
// "module.m0.module.res-0[\"only\"].squall_generic_resource.res-0".
std::string address_of(const ResourceIdentity& identity, const Placement& placement);
// Of its block: without a key.
std::string block_address(const ResourceIdentity& identity, const Placement& placement);
// With that key in the place of its own: "[each.key]".
std::string keyed_address(const ResourceIdentity& identity, const Placement& placement,
                          std::string_view key);
// As what stands in the same module has it: "squall_generic_resource.res-0[0]".
std::string address_inside(const ResourceIdentity& identity, const Placement& placement);
// "", "[0]", "[\"only\"]": of the resource, or of the module that it has of its own.
std::string key_of(std::string_view label, const Placement& placement);

// What an address says. The stack is not in it. nullopt: it is none of ours.
struct Addressed {
  std::string type;  // "squall_generic_resource"
  std::string label;
  Placement placement;  // but for create_before_destroy
};
std::optional<Addressed> parse_address(std::string_view address);

// The blocks at those of the addresses that are ours, in that stack. The addresses have no keys.
std::set<ResourceIdentity> blocks_at(const std::vector<std::string>& addresses,
                                     const std::string& stack, const tfplugin::Mapping& mapping);

// Where the state has each resource.
using Placed = std::map<ResourceIdentity, Placement>;

// The addresses of what is declared, and, where it is elsewhere by now, those it moves away from.
std::vector<std::string> addresses_of(const std::vector<ResourceIdentity>& identities,
                                      const Forma& forma, const Placed& placed);

}  // namespace squall::terraform
