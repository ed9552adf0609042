// Planning of a plan-and-apply engine (Terraform, OpenTofu): the one right answer to a
// configuration, given what the cloud holds of the state's resources when it is refreshed. The
// rules stand in docs/terraform.md §3, written from the engines' documentation; where they follow
// the reference engine's (docs/rules.md) the same functions serve.
#pragma once

#include <set>
#include <vector>

#include "documents/command.h"
#include "spec/admit.h"
#include "spec/snapshot.h"

namespace squall::spec {

// The document without members that are null, inside arrays too: to these engines they are absent.
JsonObject without_nulls(const JsonObject& document);

// What the configuration has a resource refer to, be triggered by, and demand something of. Sorted,
// each once.
std::vector<ResourceIdentity> referred_to(const Forma& forma, const DeclaredResource& resource);

// What the configuration says that a resource of it depends on: that, and all that is declared by
// the same block as one of those. Sorted, each once.
std::vector<ResourceIdentity> producers_of(const Forma& forma, const DeclaredResource& resource);

// What an apply with targets is about: those, and all that the configuration says they depend on.
// Everything that is declared, where there are no targets.
std::set<ResourceIdentity> scope_of(const CommandRequest& request);

// snapshot.rows: the state, `actual` and `read_only` as a refresh finds them. The whole of the
// configuration is in the request: what it neither declares nor forgets is deleted. What it imports
// has a row already, as it was found. A destroy takes along all
// that depends on what it names. Mode, force and on_dependents mean nothing here.
Verdict admit_plan_and_apply(const Snapshot& snapshot, const CommandRequest& request);

}  // namespace squall::spec
