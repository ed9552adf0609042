// The belief: what the engine must believe by now, folded from its own justified claims. It learns
// native ids and read-only properties from the cloud's log, ids from the claims; it predicts every
// writable property, and never takes one from an answer unchecked.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents/resource_type.h"
#include "spec/admit.h"
#include "spec/snapshot.h"
#include "suite/evidence.h"
#include "suite/record.h"

namespace squall::suite {

// One accepted command, as the belief follows it.
struct Followed {
  std::string id;
  CommandKind kind = CommandKind::kApply;
  Mode mode = Mode::kPatch;
  bool force = false;
  uint64_t accepted_at = 0;  // log position
  std::map<UpdateKey, spec::PlannedUpdate> planned;
  std::set<UpdateKey> circular;  // those that wait for one another in a circle

  // nullptr: nobody planned it.
  const spec::PlannedUpdate* find(const UpdateKey& key) const {
    const auto found = planned.find(key);
    return found == planned.end() ? nullptr : &found->second;
  }
  // Does it create or update the identity?
  bool makes(const ResourceIdentity& identity) const {
    return planned.contains({identity, UpdateOperation::kCreate}) ||
           planned.contains({identity, UpdateOperation::kUpdate});
  }
};

class Belief {
 public:
  // The inventory, asked only where the rules allow an engine one of two answers.
  using AskInventory = std::function<std::optional<InventoryRow>(const ResourceIdentity&)>;

  // types: the catalogue; outlives the belief. normalises: does this cloud?
  Belief(const std::vector<ResourceType>& types, bool normalises, AskInventory ask);

  const spec::Snapshot& snapshot() const { return snapshot_; }
  const spec::BelievedRows& rows() const { return snapshot_.rows; }

  // An admission's own commit: known targets, rewritten declarations.
  void admit(const spec::Plan& plan);
  void admit(const spec::NothingPlanned& nothing);

  // The state of a running command's updates, for admission predictions.
  void set_running(const Followed& command, const CommandView& view);
  void forget_running(const std::string& id);

  // docs/rules.md §8: a sync writes no row that has changed, or entered a command, since it began.
  void begin_sync(const std::string& id);
  // A command was accepted, and none of its updates has changed anything yet. Until the next call
  // of settled_in() the inventory can still tell whether a sync's write came before.
  void enter(const CommandView& view);
  void settled_in() { just_entered_.clear(); }

  // The engine has come back from the crash of that index, and nothing has happened since. What is
  // InProgress now had its intent committed (docs/rules.md §7): no need to ask what became of it.
  void note_intents(const CommandView& view, size_t crash);

  // Folds one terminal claim. Fills claim.problem where the log contradicts it.
  void fold(const Followed& command, const LogIndex& log, std::span<const uint64_t> crashes,
            Claim& claim);

  // A sync died with the engine: what it had read may or may not have been absorbed.
  void fold_lost_sync(const Followed& command, const LogIndex& log,
                      std::span<const uint64_t> crashes);

  // Identities that may differ from the truth at the end of `log`, and why.
  std::map<ResourceIdentity, Excuse> excuses(const LogIndex& log) const;

  // How often one of two answers was allowed and the inventory decided.
  uint64_t either_count() const { return either_; }

 private:
  struct Fold;  // one claim being folded
  const ResourceType& type_of(const ResourceIdentity& identity) const;
  const Schema& schema_of(const ResourceIdentity& identity) const {
    return type_of(identity).schema;
  }
  Document kept(const ResourceIdentity& identity, const Document& document, bool created) const;
  void settle(spec::BelievedRow& row, const cloud::Call& look);
  // What was seen of the object goes into its row.
  void set_actual(spec::BelievedRow& row, const ProviderReply& shown);
  // The object is gone, and the row with it unless a replacement keeps that for what it declares.
  void lose_object(const ResourceIdentity& identity, bool keeps_row);
  void note_look(const ResourceIdentity& identity, const LogIndex& log, const cloud::Call& look);
  // What the row becomes by a look: gone, settled, or as it was seen.
  void absorb(const ResourceIdentity& identity, const LogIndex& log, const cloud::Call& look);
  UpdateCalls calls_for(const Followed& command, const ResourceUpdateView& view) const;
  // Would absorb() make a difference?
  bool changes(const ResourceIdentity& identity, const cloud::Call& look) const;
  bool shows_absorbed(const spec::BelievedRow& row, const cloud::Call& look) const;
  bool overtaken(const ResourceIdentity& identity, const std::string& sync) const;
  void settle_before(Fold& fold);
  void note_told(const Fold& fold);
  void fold_success(Fold& fold);
  void fold_create(Fold& fold);
  void fold_update(Fold& fold);
  void fold_sync(Fold& fold);
  void fold_failed(Fold& fold);
  void fold_rejected(Fold& fold);
  void leave_unsettled(Fold& fold);
  Document declared_now(const Fold& fold, const JsonObject& before) const;
  // `desired` with the values that its references had when this update took them.
  Document resolved(Fold& fold, const Document& desired);
  Json referenced_value(Fold& fold, const Reference& reference, const Json* sent);

  const std::vector<ResourceType>& types_;
  const std::vector<Schema> schemas_;
  bool normalises_;
  AskInventory ask_;
  spec::Snapshot snapshot_;
  std::map<ResourceIdentity, cloud::CallId> open_calls_;  // what left each identity unsettled
  // Up to which position of the log the truth of an identity is in its row: the last answer that
  // the rules made part of it. A read of it for somebody else's reference is not among these.
  std::map<ResourceIdentity, uint64_t> told_;
  // Counts changes of rows and entries into commands, to tell what came before a sync began.
  uint64_t moment_ = 0;
  std::map<ResourceIdentity, uint64_t> touched_;
  std::map<std::string, uint64_t> sync_began_;
  std::set<ResourceIdentity> just_entered_;
  // The first crash after which each update was seen to have an intent.
  std::map<std::pair<std::string, UpdateKey>, size_t> intents_;
  uint64_t either_ = 0;
};

}  // namespace squall::suite
