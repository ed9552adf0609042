// A request of the suite as a configuration: docs/terraform.md §1 has the table. Names of types and
// attributes are the provider's (provider/tfplugin/mapping.h).
#pragma once

#include <string_view>

#include "documents/command.h"
#include "engine_under_test/outputs.h"
#include "engines/terraform/addresses.h"
#include "engines/terraform/configuration.h"
#include "provider/tfplugin/mapping.h"

namespace squall::terraform {

// The whole configuration of one stack: its resources, where they are to be, and `moved` blocks for
// those that are elsewhere in the state. Flaws of the request go in as they are, for the command
// line to find.
Configuration configuration_of(const Forma& forma, const Placed& placed,
                               const tfplugin::Mapping& mapping);

// The one provider configuration there is puts everything here.
inline constexpr std::string_view kTargetOfAll = "target-0";

// No resource at all: for runs that are about what the state holds.
Configuration bare_configuration();
// The same, and what is shown stays as it is.
Configuration keeping_outputs(const Outputs& outputs);

}  // namespace squall::terraform
