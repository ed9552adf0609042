// Planning (docs/rules.md §3, §4, §6): what a command does, and what waits for what.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents/command.h"
#include "documents/document.h"
#include "spec/snapshot.h"

namespace squall::spec {

struct PlannedUpdate {
  ResourceIdentity identity;
  UpdateOperation operation = UpdateOperation::kCreate;
  bool is_cascade = false;
  bool is_half_of_replace = false;  // there is another one, delete or create, of this identity
  Document declared;                // what the row's `declared` becomes on success; {} for deletes
  // What `values` becomes on success, as far as planning can tell; nullopt: something is unknown
  // until producers are done. {} for deletes.
  std::optional<Document> values;
  // create, update: the producers of the desired document. delete: those of the row's documents.
  // Sorted, each once, in this plan or not.
  std::vector<ResourceIdentity> references;
  // Which updates of this plan come first; sorted, each once, direct ones only.
  std::vector<UpdateKey> waits_for;
  // Which may come first too, though nobody can ask for it: then what fails keeps this one from its
  // turn. As above.
  std::vector<UpdateKey> may_wait_for = {};
  // What is sent, with references. update: as the forma says it, in a patch with what it implies (a
  // cascade: as `declared` does). create: the whole of the row's new `declared`. {} for deletes.
  Document desired;
  // What was asked for: by the forma and what it implies, or (a cascade) by the row. A create may
  // find its object there already and goes on as an update of it: this is what is wanted then.
  Document asked;
  InternedText target;
  Placement placement = {};
  // What it replaces goes whatever it is like: it is marked for that, or something else triggers
  // it.
  bool is_regardless = false;
  // create, update of engines that plan and apply: all that the configuration says it depends on,
  // directly or not, as block_of() names it. Their state has that, and no links in between.
  std::set<ResourceIdentity> depends_on = {};

  UpdateKey key() const { return {identity, operation}; }
};

// A resource nothing is done for, whose row gets a new `declared` and `values` in the admission's
// commit. Its `echo` becomes `actual`: it has just been declared.
struct DeclaredRewrite {
  ResourceIdentity identity;
  bool is_declared = false;  // what the row becomes: true in a reconcile, as it was in a patch
  Document declared;
  Document values;
  Placement placement = {};
  std::set<ResourceIdentity> depends_on = {};  // as above
};

struct Plan {
  // The forma's resources, producers first, then deletes by identity, those of a cascade after the
  // others, then what follows a replacement. One update per identity, but two of one that is
  // replaced: the delete half stands right before the create half.
  std::vector<PlannedUpdate> updates;
  std::vector<DeclaredRewrite> rewrites;
  std::vector<ResourceIdentity> forgotten = {};  // their rows go, their objects stay
  std::vector<ResourceIdentity> moved = {};      // placed elsewhere than their rows are
  std::vector<Target> targets;                   // become known; apply only
  std::vector<std::string> named_stacks;  // Stacks[] and Resources[].Stack; sorted, each once
  // The updates on a circle of waits_for, of which the engine drops one: a wait of one of these for
  // another may have been left out. All others hold.
  // Engines that plan and apply: those that their own state puts in a circle.
  std::set<UpdateKey> circular;
};

struct Planning {
  Plan plan;
  // In, or downstream of, a cycle of references within the forma.
  std::vector<ResourceIdentity> cyclic;
};

// Plans an apply, a destroy, or a sync (one read per row that no running command has an update of,
// save for those that stand for no object). A producer that is neither a row nor in the forma gives
// nulls. REQUIRES: the forma passed check 1 of docs/rules.md §5.
Planning plan(const Snapshot& snapshot, const CommandRequest& request);

// Stacks[] and Resources[].Stack; sorted, each once.
std::vector<std::string> named_stacks(const Forma& forma);

}  // namespace squall::spec
