// ExpectedState: what an engine must believe by now, folded from its own justified claims. There is
// one reading of it for each dialect of engines (spec::Dialect); a case run knows only this.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cloud/controller.h"
#include "documents/resource_type.h"
#include "spec/admit.h"
#include "spec/snapshot.h"
#include "suite/log_index.h"
#include "suite/outputs.h"
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

class ExpectedState {
 public:
  virtual ~ExpectedState() = default;

  virtual const spec::Snapshot& snapshot() const = 0;
  const spec::BelievedRows& rows() const { return snapshot().rows; }

  // Before a prediction: what the engine will find if it looks at all it has. The truth, for
  // engines that refresh before they plan; others take no notice.
  virtual void refresh(const cloud::CloudView&, const LogIndex&, const CommandRequest&) {}

  // What a provider of ours told the engine, one by one in their order.
  virtual void hear(const ProviderAnswer&) {}
  // What that was since the refresh, and leaves the engine no choice but to refuse; nullopt: it
  // does.
  virtual std::optional<spec::Refused> refused_by_provider(const CommandReply&) const {
    return std::nullopt;
  }
  // The request that the refresh was made for has its answer: what the engine found it has kept, or
  // not. Comes before admit().
  virtual void answered(const CommandReply&) {}
  // What an engine has of its rows in its durable store, for cut_short().
  using Stored = std::map<ResourceIdentity, StoredResource>;
  // The engine died at the request. plan: what it was carrying out, or nullptr.
  virtual void cut_short(const spec::Plan*, const std::vector<InventoryRow>&, const Stored&,
                         const LogIndex&) {}

  // A command ended, and not all that was planned was done.
  virtual void ended_early(const std::vector<InventoryRow>&) {}
  // Does something, for which the command that has just ended had nothing to do, demand what does
  // not hold now?
  virtual bool demands_in_vain() const { return false; }
  // What the engine must have of outputs; nullopt: it has none.
  virtual std::optional<ExpectedOutputs> outputs() const { return std::nullopt; }
  // People had the engine manage these no more.
  virtual void removed_from_state(const std::vector<ResourceIdentity>&, const LogIndex&) {}
  // What the engine was told to manage no more, and whose objects are still there.
  virtual std::map<ResourceIdentity, NativeId> forgotten() const { return {}; }
  // Does the engine know of all that has happened, without looking?
  virtual bool is_up_to_date(const LogIndex&) const { return false; }

  // An admission's own commit: known targets, rewritten declarations.
  virtual void admit(const spec::Plan& plan) = 0;
  virtual void admit(const spec::NothingPlanned& nothing) = 0;

  // The state of a running command's updates, for admission predictions.
  virtual void set_running(const Followed& command, const CommandView& view) = 0;
  virtual void forget_running(const std::string& id) = 0;

  // docs/rules.md §8: a sync writes no row that has changed, or entered a command, since it began.
  virtual void begin_sync(const std::string& id) = 0;
  // A request that changes or claims these rows has its answer. Until the next call of settled_in()
  // the inventory is asked whether a sync's write came before.
  virtual void enter(const std::set<ResourceIdentity>& rows) = 0;
  virtual void settled_in() = 0;

  // The engine has come back from the crash of that index, and nothing has happened since. What is
  // InProgress now had its intent committed (docs/rules.md §7): no need to ask what became of it.
  virtual void note_intents(const CommandView&, size_t /*crash*/) {}

  // Folds one terminal claim. Fills claim.problem where the log contradicts it.
  virtual void fold(const Followed& command, const LogIndex& log, std::span<const uint64_t> crashes,
                    Claim& claim) = 0;

  // A sync died with the engine: what it had read may or may not have been absorbed.
  virtual void fold_lost_sync(const Followed& command, const LogIndex& log,
                              std::span<const uint64_t> crashes) = 0;

  // Identities that may differ from the truth at the end of `log`, and why.
  virtual std::map<ResourceIdentity, Excuse> excuses(const LogIndex& log) const = 0;

  // How often one of two answers was allowed and the inventory decided.
  virtual uint64_t either_count() const = 0;

  // Two states are possible, and nothing that the engine shows tells which, as whether it took in a
  // secret that somebody changed, or died before it did: no prediction means anything any more. The
  // mark of that; empty: it is not so.
  virtual std::string_view undecided() const { return {}; }
};

}  // namespace squall::suite
