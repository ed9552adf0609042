// What a state holds of the suite's resources, as the suite names them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "documents/command.h"
#include "engine_under_test/engine_under_test.h"
#include "engines/terraform/state_file.h"
#include "engines/terraform/world_configuration.h"
#include "provider/tfplugin/mapping.h"

namespace squall::terraform {

// One of ours; deposed objects too.
struct Instance {
  ResourceIdentity identity;
  Placement placement;  // as in Addressed
  const tfplugin::TypeMapping* type = nullptr;
  StateInstance state;
};

// stack: the one that the state is of. The instances point into the mapping.
std::vector<Instance> instances_in(const std::optional<State>& state, const std::string& stack,
                                   const tfplugin::Mapping& mapping);

// Has a replacement that creates first been left halfway: is an object there that only waits to be
// destroyed?
bool has_deposed(const std::vector<Instance>& instances);

Placed placed_of(const std::vector<Instance>& instances);
std::vector<InventoryRow> inventory_of(const std::vector<Instance>& instances);
std::map<ResourceIdentity, StoredResource> stored_of(const std::vector<Instance>& instances,
                                                     const std::string& stack,
                                                     const tfplugin::Mapping& mapping);
// Which of them are said to create before they destroy.
std::map<ResourceIdentity, bool> creates_before_of(const std::vector<Instance>& instances);

}  // namespace squall::terraform
