// What is believed of an engine at one moment: the ground that admission and planning stand on. The
// suite folds it from justified claims; the interpreter keeps one of its own.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/ids.h"
#include "documents/command.h"
#include "documents/document.h"
#include "documents/forma.h"
#include "documents/generic_types.h"
#include "documents/provider_call.h"
#include "documents/schema.h"

namespace squall::spec {

// An update whose effect is not known yet (outcomes.md, "Unsettled identities").
struct BelievedUnsettled {
  UpdateOperation operation = UpdateOperation::kCreate;
  std::string token;  // creates
  Document wanted;    // the document expected of the cloud, bare values
  Document declared;  // what the row's `declared` and `values` become if it turns out applied
  Document values;
  Mode mode = Mode::kReconcile;  // of the attempt: whether the row is Declared if it was applied
};

// One resource the engine must believe exists (docs/rules.md §3).
struct BelievedRow {
  ResourceIdentity identity;
  Ksuid ksuid;
  InternedText target;
  NativeId native_id;  // empty: an unsettled create, or what a failed replacement left
  Document declared;   // with references
  Document values;     // the same, resolved
  Document echo;       // `actual` as it was when last declared
  Document actual;
  Document read_only;
  StateVersion version = 0;  // as last told; 0: not known
  bool is_declared = true;   // written last by a reconcile (docs/rules.md §3 "Declared")
  std::optional<BelievedUnsettled> unsettled;
  // Of engines that plan and apply: where the state has it, and whether it is marked for
  // replacement because its create did not end well.
  Placement placement;
  std::set<ResourceIdentity> depends_on;  // directly or not, as block_of() names it
  bool is_tainted = false;
};

// What the delete half of a replace leaves: no object, only an identity and what it declares.
inline void empty_out(BelievedRow& row) {
  row.native_id.clear();
  row.version = 0;
  row.actual = {};
  row.read_only = {};
  row.echo = {};
  row.unsettled.reset();
}

using BelievedRows = std::map<ResourceIdentity, BelievedRow>;

struct RunningUpdate {
  ResourceIdentity identity;
  UpdateOperation operation = UpdateOperation::kCreate;
  UpdateState state = UpdateState::kNotStarted;
  std::vector<ResourceIdentity> references;  // as PlannedUpdate has them
};

struct RunningCommand {
  std::string id;
  std::vector<RunningUpdate> updates;
};

struct Snapshot {
  Dialect dialect = Dialect::kControlPlane;
  BelievedRows rows;
  std::vector<RunningCommand> running;           // not terminal, not of the synchronizer
  std::map<std::string, Target> targets;         // known ones, by label
  const std::vector<Schema>* schemas = nullptr;  // outlives the snapshot
};

// The type of `identity`, which the snapshot must know.
inline const Schema& schema_of(const Snapshot& snapshot, const ResourceIdentity& identity) {
  SQUALL_CHECK(snapshot.schemas != nullptr);
  const Schema* schema = find_schema(*snapshot.schemas, identity.type);
  SQUALL_CHECK(schema != nullptr);
  return *schema;
}

// The row of `identity`, or nullptr.
inline const BelievedRow* find_row(const BelievedRows& rows, const ResourceIdentity& identity) {
  const auto found = rows.find(identity);
  return found == rows.end() ? nullptr : &found->second;
}

}  // namespace squall::spec
