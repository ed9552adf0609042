// What the belief cannot know for certain: what a sync that died had absorbed, and which identities
// may differ from the truth.
#include "suite/belief.h"

namespace squall::suite {

void Belief::fold_lost_sync(const Followed& command, const LogIndex& log,
                            std::span<const uint64_t> crashes) {
  std::vector<ResourceIdentity> identities;
  for (const auto& [identity, row] : snapshot_.rows) identities.push_back(identity);
  for (const ResourceIdentity& identity : identities) {
    if (!goes_on_ && overtaken(identity, command.id)) continue;
    ResourceUpdateView read;
    read.identity = identity;
    read.operation = UpdateOperation::kRead;
    const UpdateEvidence evidence = evidence_of(log, calls_for(command, read), crashes);
    if (evidence.last_look == nullptr) continue;
    if (!shows_absorbed(snapshot_.rows.at(identity), log, *evidence.last_look)) continue;
    if (changes(identity, *evidence.last_look)) ++either_;
    absorb(identity, log, *evidence.last_look);
  }
}

std::map<ResourceIdentity, Excuse> Belief::excuses(const LogIndex& log) const {
  std::map<ResourceIdentity, Excuse> out;
  for (const auto& [identity, row] : snapshot_.rows) {
    if (row.unsettled) {
      const auto call = open_calls_.find(identity);
      out[identity] = {ExcuseReason::kUnsettled, call == open_calls_.end() ? 0 : call->second};
      continue;
    }
    const auto last = told_.find(identity);
    const uint64_t told = last == told_.end() ? 0 : last->second;
    for (const cloud::CallId id : log.of_name(identity.label)) {
      const cloud::Call& call = log.call(id);
      for (const cloud::Execution& execution : call.executions) {
        const bool effect = execution.change.effect != cloud::Effect::kNone &&
                            execution.change.effect != cloud::Effect::kTokenVoided;
        if (effect && execution.sequence > told) out[identity] = {ExcuseReason::kLateEffect, id};
      }
    }
    if (log.last_drift(identity.label) > told) out[identity] = {ExcuseReason::kDrift, 0};
  }
  return out;
}

}  // namespace squall::suite
