// Outputs of configurations in a case: what a request declares, and what must come of it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents/command.h"
#include "documents/resource_type.h"
#include "engine_under_test/outputs.h"
#include "spec/snapshot.h"
#include "suite/case.h"

namespace squall::suite {

// The properties of a type that an output can show: its identifier, and fields that are one text,
// number or boolean.
std::vector<std::string> showable_properties(const ResourceType& type);

// Of those resources alone that the operation declares.
std::vector<DeclaredOutput> declared_outputs(const World& world, const Operation& operation);

// What sensitive outputs of the case begin with: nothing that is printed may have it.
std::set<std::string> hidden_in(const Case& test_case);

// What an engine must have of outputs by now.
struct ExpectedOutputs {
  Outputs values;  // without those that are null
  // Nobody knows what has become of the others: a run did not come to its end, or was about some.
  bool others_are_open = false;
};

// After a run that came to its end. scope: what the run was about; nullopt: everything.
ExpectedOutputs outputs_after(const std::vector<DeclaredOutput>& declared,
                              const spec::BelievedRows& rows,
                              const std::optional<std::set<ResourceIdentity>>& scope);

}  // namespace squall::suite
