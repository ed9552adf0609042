// Texts of violations: names, calls and documents as a maintainer wants to read them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "suite/record.h"

namespace squall::invariants {

// "stack-0/vpc-1".
std::string short_name(const ResourceIdentity& identity);

// "#3 create vpc-1 → net-1"; "#4 read vpc-1 → Throttling"; "#5 delete vpc-1 → no answer".
std::string words(const cloud::Call& call);

// "a, b and c"; "nothing" where there is none.
std::string in_a_row(const std::vector<std::string>& parts);

// What `shown` says of the fields on which `all` do not agree, "Value: a, Tags: nothing"; "the
// same" where they agree on all.
std::string differing_fields(const JsonObject& shown, std::span<const JsonObject* const> all,
                             const Schema& schema);

// The calls that changed the object of this type and name, up to position `until` of the log: the
// first and the last few, for a violation's evidence.
std::vector<cloud::CallId> effects_on(const suite::CaseRecord& record, const InternedText& type,
                                      const InternedText& name, uint64_t until);

// " after a lost reply", if one of these calls was hit by that or another fault; else "".
std::string after_fault(const suite::CaseRecord& record, std::span<const cloud::CallId> calls);

}  // namespace squall::invariants
