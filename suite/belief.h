// The belief: what an engine of the dialect of docs/rules.md must believe by now, folded from its
// own justified claims. It learns native ids and read-only properties from the cloud's log, ids
// from the claims; it predicts every writable property, and never takes one from an answer
// unchecked.
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
#include "suite/expected_state.h"
#include "suite/record.h"

namespace squall::suite {

class Belief final : public ExpectedState {
 public:
  // The inventory, asked only where the rules allow an engine one of two answers.
  struct Shown {
    std::optional<InventoryRow> row;
    bool has_gone_on = false;  // calls for it have come that the log which is folded does not have
  };
  using AskInventory = std::function<Shown(const ResourceIdentity&)>;

  // types: the catalogue; outlives the belief. normalises: does this cloud? goes_on: does the
  // engine while it is looked at? Then what is seen late may have come early.
  Belief(const std::vector<ResourceType>& types, bool normalises, bool goes_on, AskInventory ask);

  const spec::Snapshot& snapshot() const override { return snapshot_; }

  void admit(const spec::Plan& plan) override;
  void admit(const spec::NothingPlanned& nothing) override;
  void set_running(const Followed& command, const CommandView& view) override;
  void forget_running(const std::string& id) override;
  void begin_sync(const std::string& id) override;
  void enter(const std::set<ResourceIdentity>& rows) override;
  void settled_in() override { just_entered_.clear(); }
  void note_intents(const CommandView& view, size_t crash) override;
  void fold(const Followed& command, const LogIndex& log, std::span<const uint64_t> crashes,
            Claim& claim) override;
  void fold_lost_sync(const Followed& command, const LogIndex& log,
                      std::span<const uint64_t> crashes) override;
  std::map<ResourceIdentity, Excuse> excuses(const LogIndex& log) const override;
  uint64_t either_count() const override { return either_; }
  std::string_view undecided() const override { return undecided_; }

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
  bool shows_absorbed(const spec::BelievedRow& row, const LogIndex& log, const cloud::Call& look);
  bool overtaken(const ResourceIdentity& identity, const std::string& sync) const;
  void settle_before(Fold& fold);
  void note_told(const Fold& fold, std::span<const uint64_t> crashes);
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
  Json referenced_value(Fold& fold, const Reference& reference, const std::optional<Json>& result,
                        const std::string& path);

  const std::vector<ResourceType>& types_;
  const std::vector<Schema> schemas_;
  const bool normalises_;
  const bool goes_on_;
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
  std::string_view undecided_;
};

}  // namespace squall::suite
