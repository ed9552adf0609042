// PlannedState: the state an engine that plans and applies (docs/terraform.md) must have, folded
// from what it says it did. It refreshes before it plans, so every prediction starts from the
// truth.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "suite/expected_state.h"

namespace squall::suite {

class PlannedState final : public ExpectedState {
 public:
  // types: the catalogue; outlives this.
  explicit PlannedState(const std::vector<ResourceType>& types);

  const spec::Snapshot& snapshot() const override { return snapshot_; }
  void refresh(const cloud::CloudView& view) override;
  void admit(const spec::Plan& plan) override;
  void admit(const spec::NothingPlanned& nothing) override;
  void set_running(const Followed&, const CommandView&) override {}
  void forget_running(const std::string&) override {}
  void begin_sync(const std::string&) override {}
  void enter(const CommandView&) override {}
  void settled_in() override {}
  void fold(const Followed& command, const LogIndex& log, std::span<const uint64_t> crashes,
            Claim& claim) override;
  void fold_lost_sync(const Followed&, const LogIndex&, std::span<const uint64_t>) override {}
  std::map<ResourceIdentity, Excuse> excuses(const LogIndex&) const override { return {}; }
  uint64_t either_count() const override { return 0; }

 private:
  void take_rewrites(const std::vector<spec::DeclaredRewrite>& rewrites);
  void fold_create(const spec::PlannedUpdate& planned, const Followed& command, const LogIndex& log,
                   Claim& claim);
  void fold_update(const spec::PlannedUpdate& planned, Claim& claim);
  void fold_delete(const spec::PlannedUpdate& planned, const Followed& command);
  JsonObject wanted(const spec::PlannedUpdate& planned, const spec::BelievedRow* before) const;

  const std::vector<ResourceType>& types_;
  const std::vector<Schema> schemas_;
  spec::Snapshot snapshot_;
};

}  // namespace squall::suite
