// What the store keeps, typed. One Record per key; a batch of writes is durable as a whole.
//
// Keys, in the order in which load() gives them back:
//   command/<id>                 StoredCommand
//   idempotency/<key>            IdempotencyKey
//   row/<ksuid>                  ResourceRow
//   target/<label>               StoredTarget
//   update/<command>/<nnnnnnnn>  StoredUpdate, by its position in the command
//
// Documents are shared and never changed once made: a row, its record in the store and a reader of
// an older version of it may hold the same one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "documents/command.h"
#include "documents/document.h"
#include "documents/forma.h"
#include "documents/provider_call.h"
#include "engine/env.h"

namespace squall::engine {

// An update that ended after an ambiguous answer: nobody knows yet whether it was applied.
// docs/rules.md §3, §7.
struct Unsettled {
  UpdateOperation operation = UpdateOperation::kCreate;
  Mode mode = Mode::kReconcile;  // of the attempt
  std::string token;             // create
  Document wanted;               // what the cloud holds if it was applied
  Document declared;             // what the row declares if it was applied,
  Document values;               // and the same, resolved
};

// What the engine believes of one resource. docs/rules.md §3.
struct ResourceRow {
  Ksuid ksuid;
  ResourceIdentity identity;
  InternedText target;
  NativeId native_id;  // empty: an unsettled create, or what a failed replacement left
  StateVersion version = 0;
  Document declared;         // what was last asked for, with references
  Document values;           // the same, resolved
  Document echo;             // `actual` as it was when last declared
  Document actual;           // the fields, as the cloud last showed them
  Document read_only;        // all its other properties
  bool is_declared = false;  // written last by a reconcile
  std::optional<Unsettled> unsettled;
};

// Is there nothing to write? Documents count as the same when they are the same object.
bool same_row(const ResourceRow& a, const ResourceRow& b);

struct StoredCommand {
  std::string id;
  uint64_t sequence = 0;  // order of acceptance: ids of one second are not in order
  CommandKind kind = CommandKind::kApply;
  Mode mode = Mode::kPatch;
  Source source = Source::kUser;
  bool force = false;
  std::string client_id;
  Instant started;
  uint32_t update_count = 0;
};

// A producer that the command itself neither creates nor updates: it is read when its value is
// needed. The native id is the one it had at admission, for the case that its row goes meanwhile.
struct ReadProducer {
  ResourceIdentity identity;
  NativeId native_id;
  InternedText target;
};

// The part of an update that never changes after admission.
struct PlannedUpdate {
  ResourceIdentity identity;
  Ksuid ksuid;
  UpdateOperation operation = UpdateOperation::kCreate;
  InternedText target;
  Document desired;                          // as in the forma, with references; a delete has none
  std::vector<ResourceIdentity> references;  // whom the document to be applied refers to, sorted
  std::vector<uint32_t> waits_for;           // positions in the command, sorted
  std::vector<ReadProducer> producers;
  bool is_cascade = false;
  bool is_half_of_replace = false;  // the delete half is followed by the create half
  std::string group_id;             // shared by the two halves of a replace
};

// Committed before the call it announces, so that recovery knows what may have happened.
struct Intent {
  UpdateOperation operation = UpdateOperation::kCreate;
  std::string token;         // create
  Document wanted;           // what the cloud holds once the call was applied
  Document resolved;         // the desired document with bare values, nulls kept
  Document declared;         // create: what the row declares once it was applied
  StateVersion version = 0;  // update, delete: the version that was read before
  std::string request_id;    // the provider is at work on it, asynchronously
};

struct StoredUpdate {
  std::string command;
  uint32_t position = 0;
  std::shared_ptr<const PlannedUpdate> plan;
  UpdateState state = UpdateState::kNotStarted;
  std::string error;
  std::optional<ResourceIdentity> because_of;
  std::optional<ErrorCode> error_code;
  NativeId native_id;
  int attempts = 0;
  std::optional<Intent> intent;
  std::optional<Instant> ended;  // wall clock
};

struct StoredTarget {
  Target target;
};

struct IdempotencyKey {
  std::string key;
  std::string command;
};

struct Record {
  std::variant<ResourceRow, StoredCommand, StoredUpdate, StoredTarget, IdempotencyKey> value;
};

std::string row_key(const Ksuid& ksuid);
std::string command_key(const std::string& id);
std::string update_key(const std::string& command, uint32_t position);
std::string target_key(const std::string& label);
std::string idempotency_key(const std::string& key);

// Each adds one write to `batch`.
void put(Batch& batch, ResourceRow row);
void put(Batch& batch, StoredCommand command);
void put(Batch& batch, StoredUpdate update);
void put(Batch& batch, StoredTarget target);
void put(Batch& batch, IdempotencyKey key);
void remove_row(Batch& batch, const Ksuid& ksuid);

// The ksuid of a row's key; nullopt for any other key.
std::optional<Ksuid> ksuid_of_row_key(const std::string& key);

}  // namespace squall::engine
