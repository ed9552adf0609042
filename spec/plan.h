// Planning (docs/rules.md §3, §4, §6): what a command does, and what waits for what.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/command.h"
#include "documents/json.h"
#include "spec/snapshot.h"

namespace squall::spec {

struct PlannedUpdate {
  ResourceIdentity identity;
  UpdateOperation operation = UpdateOperation::kCreate;
  bool is_cascade = false;
  JsonObject declared;  // what the row's `declared` becomes on success; {} for deletes
  // What `values` becomes on success, as far as planning can tell; nullopt: something is unknown
  // until producers are done. {} for deletes.
  std::optional<JsonObject> values;
  // create, update: the producers of the desired document. delete: those of the row's documents.
  // Sorted, each once, in this plan or not.
  std::vector<ResourceIdentity> references;
  // Whose updates in this plan come first; sorted, each once, direct ones only.
  std::vector<ResourceIdentity> waits_for;
  JsonObject desired;  // create, update: as the forma says it, with references
  std::string target;
};

// A resource nothing is done for, whose row gets a new `declared` and `values` in the admission's
// commit. Its `echo` becomes `actual`: it has just been declared.
struct DeclaredRewrite {
  ResourceIdentity identity;
  JsonObject declared;
  JsonObject values;
};

struct Plan {
  // The forma's resources, producers first, then deletes by identity, cascades last. One update per
  // identity.
  std::vector<PlannedUpdate> updates;
  std::vector<DeclaredRewrite> rewrites;
  std::vector<Target> targets;            // become known; apply only
  std::vector<std::string> named_stacks;  // Stacks[] and Resources[].Stack; sorted, each once
};

// A CreateOnly field that an apply would have to change.
struct CreateOnlyChange {
  ResourceIdentity identity;
  std::string path;
};

struct Planning {
  Plan plan;
  std::vector<CreateOnlyChange> create_only_changes;
  // In, or downstream of, a cycle of references within the forma: planned with what such
  // references give taken as unknown.
  std::vector<ResourceIdentity> cyclic;
};

// Plans an apply, a destroy, or a sync (one read per row that no running command has an update of).
// REQUIRES: the forma passed check 1 of docs/rules.md §5, and every producer has a row or is in the
// forma.
Planning plan(const Snapshot& snapshot, const CommandRequest& request);

// Stacks[] and Resources[].Stack; sorted, each once.
std::vector<std::string> named_stacks(const Forma& forma);

// What the command deletes: the rows it names (destroy) or leaves out (reconcile), then cascades.
struct PlannedDelete {
  const BelievedRow* row = nullptr;
  bool is_cascade = false;
};
std::vector<PlannedDelete> planned_deletes(const Snapshot& snapshot, const CommandRequest& request);

}  // namespace squall::spec
