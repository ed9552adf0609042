// The checks of a forma that come before all others (docs/rules.md §5, check 1): is it one at all?
#pragma once

#include <optional>

#include "documents/command.h"
#include "spec/admit.h"
#include "spec/snapshot.h"

namespace squall::spec {

// The first check that fails: InvalidForma, then for applies TargetAlreadyExists,
// TargetReferenceNotFound, RequiredFieldMissingOnCreate; each over the whole forma.
std::optional<Refused> validate(const Snapshot& snapshot, const CommandRequest& request);

}  // namespace squall::spec
