// Drift: the changes the controller makes to the truth behind everybody's back. They keep to the
// fields of a type, not to what a call may do. The error says what is wrong; nothing is changed
// then.
#pragma once

#include <string>

#include "cloud/cloud_state.h"

namespace squall::cloud {

Result<Change> put(CloudState& state, const std::string& type, const std::string& target,
                   const JsonObject& properties, Instant now);
Result<Change> patch(CloudState& state, const NativeId& id, const JsonArray& patch, Instant now);
Result<Change> remove(CloudState& state, const NativeId& id, Instant now);

}  // namespace squall::cloud
