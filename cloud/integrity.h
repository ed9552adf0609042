// Who refers to whom, by the references in CreateOnly fields: what referential integrity and unique
// names look at. Always the truth, whatever reads may show.
#pragma once

#include <string>

#include "cloud/cloud_state.h"

namespace squall::cloud {

// What is missing for an object of this type with these properties, in words; "": nothing.
std::string missing_parent(const CloudState& state, const Schema& schema,
                           const JsonObject& properties);

// A live object that has `parent` for a parent, or nullptr. References that only attach do not
// count: there the parent goes first.
const ObjectRecord* child_of(const CloudState& state, const ObjectRecord& parent);

// A live object of this type and name, or nullptr.
const ObjectRecord* bearer_of(const CloudState& state, const Schema& schema,
                              const std::string& name);

}  // namespace squall::cloud
