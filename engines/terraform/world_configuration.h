// A request of the suite as a configuration: docs/terraform.md §1 has the table. Names of types and
// attributes are the provider's (provider/tfplugin/mapping.h).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "documents/command.h"
#include "engine_under_test/outputs.h"
#include "engines/terraform/configuration.h"
#include "provider/tfplugin/mapping.h"

namespace squall::terraform {

// "module.m0.squall_generic_resource.res-0[\"only\"]".
std::string address_of(const ResourceIdentity& identity, const Placement& placement);

// What an address says. The stack is not in it. nullopt: it is none of ours.
struct Addressed {
  std::string type;  // "squall_generic_resource"
  std::string label;
  Placement placement;  // but for create_before_destroy
};
std::optional<Addressed> parse_address(std::string_view address);

// What stands at those of the addresses that are ours, in that stack.
std::set<ResourceIdentity> identities_at(const std::vector<std::string>& addresses,
                                         const std::string& stack,
                                         const tfplugin::Mapping& mapping);

// Where the state has each resource.
using Placed = std::map<ResourceIdentity, Placement>;

// The whole configuration of one stack: its resources, where they are to be, and `moved` blocks for
// those that are elsewhere in the state. Flaws of the request go in as they are, for the command
// line to find.
Configuration configuration_of(const Forma& forma, const Placed& placed,
                               const tfplugin::Mapping& mapping);

// The addresses of what is declared, and, where it is elsewhere by now, those it moves away from.
std::vector<std::string> addresses_of(const std::vector<ResourceIdentity>& identities,
                                      const Forma& forma, const Placed& placed);

// The one provider configuration there is puts everything here.
inline constexpr std::string_view kTargetOfAll = "target-0";

// No resource at all: for runs that are about what the state holds.
Configuration bare_configuration();
// The same, and what is shown stays as it is.
Configuration keeping_outputs(const Outputs& outputs);

}  // namespace squall::terraform
