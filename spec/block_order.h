// In which order a plan-and-apply engine carries out a plan (docs/terraform.md §4). Its state says
// of blocks what depends on them, and a block may declare several resources: those that are
// referred to must come first; the others of their block may, and nobody can ask for it.
#pragma once

#include <map>
#include <set>

#include "documents/command.h"
#include "spec/plan.h"
#include "spec/snapshot.h"

namespace squall::spec {

// Which of those that a block declares a dependency on it is taken to be on.
enum class Reach { kReferredTo, kAll };

// What each block is to hold; where the configuration says nothing of it, holds by the state.
class Blocks {
 public:
  Blocks(const Snapshot& snapshot, const CommandRequest& request);

  // What a dependency of that row, as block_of() names it, stands for.
  std::set<ResourceIdentity> in(const ResourceIdentity& block, const BelievedRow& of,
                                Reach reach) const;

 private:
  std::map<ResourceIdentity, std::set<ResourceIdentity>> blocks_;
};

// Fills in waits_for, may_wait_for and circular. unchanged: what is declared and needs nothing
// done.
void put_in_order(Plan& plan, const Snapshot& snapshot, const CommandRequest& request,
                  const std::set<ResourceIdentity>& unchanged);

}  // namespace squall::spec
