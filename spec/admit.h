// Admission (docs/rules.md §5): the one right answer to a request, given what is believed when the
// engine decides it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "documents/command.h"
#include "spec/plan.h"
#include "spec/snapshot.h"

namespace squall::spec {

// Nothing is planned; rewrites and targets are committed all the same.
struct NothingPlanned {
  std::vector<DeclaredRewrite> rewrites;
  std::vector<Target> targets;
  std::vector<ResourceIdentity> forgotten = {};  // their rows go, their objects stay
  std::vector<ResourceIdentity> moved = {};      // placed elsewhere than their rows are
};

struct Refused {
  RejectionType type = RejectionType::kInvalidForma;
  std::string reason;  // in words, for reports
};

// What a simulated request would do; nothing of it is kept. Where that is nothing, the verdict is a
// NothingPlanned without rewrites and targets.
struct WouldDo {
  Plan plan;
};

// A Plan: accepted.
using Verdict = std::variant<Plan, NothingPlanned, Refused, WouldDo>;

// Makes the checks of docs/rules.md §5 in their order; the first that fails answers. A simulation
// skips 2 and 5, which are about other commands. Says nothing of idempotency keys: who knows
// earlier commands looks there first.
Verdict admit(const Snapshot& snapshot, const CommandRequest& request);

}  // namespace squall::spec
