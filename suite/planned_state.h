// PlannedState: the state an engine that plans and applies (docs/terraform.md) must have, folded
// from what it says it did and what its provider told it. It refreshes before it plans, so every
// prediction starts from the truth; of what it found it keeps what it read, where the run went on
// to apply.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "suite/expected_state.h"

namespace squall::suite {

class PlannedState final : public ExpectedState {
 public:
  // types: the catalogue; outlives this.
  explicit PlannedState(const std::vector<ResourceType>& types);

  const spec::Snapshot& snapshot() const override { return snapshot_; }
  void refresh(const cloud::CloudView& view, const LogIndex& log,
               const CommandRequest& request) override;
  void hear(const ProviderAnswer& answer) override;
  std::optional<spec::Refused> refused_by_provider(const CommandReply& reply) const override;
  std::map<ResourceIdentity, NativeId> forgotten() const override { return forgotten_; }
  bool is_up_to_date(const LogIndex& log) const override;
  std::optional<ExpectedOutputs> outputs() const override { return outputs_; }
  void answered(const CommandReply& reply) override;
  void cut_short(const spec::Plan* plan, const std::vector<InventoryRow>& inventory,
                 const Stored& stored, const LogIndex& log) override;
  void ended_early(const std::vector<InventoryRow>& inventory) override;
  bool demands_in_vain() const override;
  void admit(const spec::Plan& plan) override;
  void admit(const spec::NothingPlanned& nothing) override;
  void set_running(const Followed&, const CommandView&) override {}
  void forget_running(const std::string& id) override;
  void removed_from_state(const std::vector<ResourceIdentity>& identities,
                          const LogIndex& log) override;
  void begin_sync(const std::string&) override {}
  void enter(const std::set<ResourceIdentity>&) override {}
  void settled_in() override {}
  void fold(const Followed& command, const LogIndex& log, std::span<const uint64_t> crashes,
            Claim& claim) override;
  void fold_lost_sync(const Followed&, const LogIndex&, std::span<const uint64_t>) override {}
  std::map<ResourceIdentity, Excuse> excuses(const LogIndex& log) const override;
  uint64_t either_count() const override { return 0; }
  // There are no rules for a deposed object.
  std::string_view undecided() const override { return left_deposed_ ? "ended-with-deposed" : ""; }

 private:
  // The update of a command that an answer is about.
  struct Told {
    std::string command;
    UpdateOperation operation = UpdateOperation::kCreate;
    std::string label;
    friend auto operator<=>(const Told&, const Told&) = default;
  };
  // How far an identity's row can be held against the truth.
  struct Known {
    uint64_t until = 0;    // the log's end when the engine was told of it last
    bool is_open = false;  // it was told that a call failed: all may be so, or not
  };

  void refresh_rows(const std::map<NativeId, const cloud::CloudObject*>& objects,
                    const LogIndex& log, const CommandRequest& request,
                    const std::optional<std::set<ResourceIdentity>>& only);
  void settle_for_good(const spec::BelievedRow& row, const LogIndex& log);
  void look_up(spec::BelievedRow& row, const cloud::CloudObject& object) const;
  void take_imports(const std::map<NativeId, const cloud::CloudObject*>& objects,
                    const CommandRequest& request);
  void take_stored(const ResourceIdentity& identity, const Placement& placement,
                   const std::set<ResourceIdentity>& depends_on, const Stored& stored);
  void take_versions(const spec::PlannedUpdate& update, const Stored& stored);
  void forget(const std::vector<ResourceIdentity>& identities);
  void take_rewrites(const std::vector<spec::DeclaredRewrite>& rewrites);
  std::optional<std::set<ResourceIdentity>> read_by(const CommandRequest& request) const;
  void take_outputs();
  bool moves_what_is_gone(const CommandRequest& request) const;
  bool settle(spec::BelievedRow& row, const LogIndex& log);
  const ProviderAnswer* answer_to(const std::string& command, const UpdateKey& update) const;
  spec::BelievedRow* put_made(const spec::PlannedUpdate& planned, const std::string& command,
                              const ProviderAnswer& answer, const LogIndex& log);
  spec::BelievedRow made_row(const spec::PlannedUpdate& planned, const std::string& command,
                             const ProviderAnswer& answer, const LogIndex& log);
  bool agrees(const Followed& command, const spec::PlannedUpdate& planned,
              const ProviderAnswer* answer, Claim& claim) const;
  bool leaves_deposed(const Followed& command, const spec::PlannedUpdate& planned,
                      const Claim& claim) const;
  bool comes_after_vain_demand(const spec::PlannedUpdate& planned) const;
  void fold_update(const spec::PlannedUpdate& planned, const ProviderAnswer& answer, Claim& claim);
  void fold_delete(const spec::PlannedUpdate& planned, const Followed& command);
  JsonObject wanted(const spec::PlannedUpdate& planned, const spec::BelievedRow* before) const;

  const std::vector<ResourceType>& types_;
  const std::vector<Schema> schemas_;
  spec::Snapshot snapshot_;
  std::map<ResourceIdentity, Known> known_;
  // Rows without an id, and the command whose create may have made their objects.
  std::map<ResourceIdentity, std::string> unsettled_;
  std::map<Told, ProviderAnswer> told_;
  std::set<std::string> died_;      // commands whose provider died
  std::string caller_;              // the last that the provider told something
  std::set<UpdateKey> unfinished_;  // updates of the command being folded: failed, or did not start
  // What it has nothing to do for, and which demands something of others.
  std::vector<spec::DeclaredRewrite> demanding_;
  // Since the last refresh: the rows before it, and what was read.
  std::optional<spec::BelievedRows> before_refresh_;
  bool only_plans_ = false;
  // The request: what it declares to be shown, and what it is about.
  std::vector<DeclaredOutput> declared_outputs_;
  std::optional<std::set<ResourceIdentity>> about_;
  bool keeps_outputs_ = false;  // it says nothing of them
  bool ended_early_ = false;    // the command that has just ended
  ExpectedOutputs outputs_;
  bool has_targets_ = false;
  bool moves_what_is_gone_ = false;
  bool left_deposed_ = false;                   // of a replacement the old object was left
  std::map<std::string, ProviderAnswer> read_;  // by label
  std::set<ResourceIdentity> imported_;
  std::map<ResourceIdentity, NativeId> left_behind_;  // of rows to forget that have no id
  // What it was told to forget, and the rows that went with that in the last run.
  std::map<ResourceIdentity, NativeId> forgotten_;
  spec::BelievedRows went_;
  spec::BelievedRows unheard_;  // of creates that failed as the provider died
};

}  // namespace squall::suite
