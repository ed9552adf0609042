// Declares one function per fault kind, from the list in kinds.inc. Functions, not objects: they
// depend on no order of initialisation.
#pragma once

#include <array>
#include <vector>

#include "cloud/fault.h"

namespace squall::cloud {

#define SQUALL_FAULT(function) const FaultKind& function();
#include "cloud/faults/kinds.inc"
#undef SQUALL_FAULT

// Parts that several faults share.
std::vector<CallKind> every_call();
// Create, settle, update, delete: calls whose execution leaves something behind.
std::vector<CallKind> calls_with_effects();
// Every code that a cloud can say without denying an object that exists (docs/rules.md §9).
std::vector<ErrorCode> honest_codes();
// Those of them that leave open what was applied.
std::vector<ErrorCode> honest_ambiguous_codes();
// "AccessDenied (fault error)": the words of an answer that a fault gave.
std::string words_of(ErrorCode code, const FaultEffect& effect);
// The caller hears `effect.code`, or nothing where there is none.
void answer_with_code_or_silence(const FaultEffect& effect, Delivery& delivery);

}  // namespace squall::cloud
