// The order of a command's updates (docs/rules.md §6).
#pragma once

#include <map>
#include <vector>

#include "documents/forma.h"
#include "spec/plan.h"
#include "spec/snapshot.h"

namespace squall::spec {

// Positions in `resources`, producers before the consumers that reference them.
struct ProducersFirst {
  std::vector<size_t> order;   // without the cyclic ones; otherwise as the forma has them
  std::vector<size_t> cyclic;  // in a cycle or downstream of one, as the forma has them
};
// REQUIRES: no identity twice.
ProducersFirst producers_first(const std::vector<DeclaredResource>& resources);

// Fills in waits_for. created_names: the resolved property `Name` of the creates that have one.
void add_waits(Plan& plan, const BelievedRows& rows,
               const std::map<ResourceIdentity, Json>& created_names);

}  // namespace squall::spec
