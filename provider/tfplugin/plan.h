// What a plan says, from what is there and what is asked for: a pure function of values.
#pragma once

#include <string>
#include <vector>

#include "provider/tfplugin/mapping.h"
#include "provider/tfplugin/service.h"

namespace squall::tfplugin {

struct PlannedValue {
  Value value;
  std::vector<std::vector<std::string>> requires_replace;
  Diagnostics problems;
};

// prior: null for a create. proposed: what Terraform merged of configuration and prior state; not
// null. normalises: as in state_of().
PlannedValue plan_value(const TypeMapping& mapping, const Value& prior, const Value& proposed,
                        const Value& config, bool normalises);

// What a configuration says wrong, whatever exists.
Diagnostics check_config(const TypeMapping& mapping, const Value& config, bool write_only_allowed);

}  // namespace squall::tfplugin
