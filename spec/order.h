// The order of a command's updates (docs/rules.md §6).
#pragma once

#include <map>
#include <vector>

#include "documents/forma.h"
#include "documents/json.h"
#include "spec/plan.h"
#include "spec/snapshot.h"

namespace squall::spec {

// Somebody, and whom it refers to.
struct Referrer {
  ResourceIdentity identity;
  std::vector<ResourceIdentity> references;
};

// Positions in `referrers`, producers before the consumers that reference them.
struct ProducersFirst {
  std::vector<size_t> order;   // without the cyclic ones; otherwise as they were given
  std::vector<size_t> cyclic;  // in a cycle or downstream of one, as they were given
};
// References to others than `referrers` do not count. REQUIRES: no identity twice.
ProducersFirst producers_first(const std::vector<Referrer>& referrers);

// Fills in waits_for and circular. mode: of the command. created_names: the resolved property
// `Name` of the creates that have one.
void add_waits(Plan& plan, const Snapshot& snapshot, Mode mode,
               const std::map<ResourceIdentity, Json>& created_names);

}  // namespace squall::spec
