// What a failure leaves behind. An orphan that the next sync adopts is a nuisance, one that
// outlives every destroy costs money: the report says which.
#pragma once

#include <string>

#include "invariants/invariant.h"
#include "suite/record.h"

namespace squall::campaign {

// In words: "orphan net-1 · not healed by sync, reconcile or destroy (all tried)". Looks at what
// the cloud and the inventory of the record disagree on, for the violation's identity if it has
// one, and at which step of the epilogue that went away. Objects that were rightly excused do not
// count.
std::string severity_of(const suite::CaseRecord& record, const invariants::Violation& violation);

}  // namespace squall::campaign
