// The calls of one update, life by life of the engine, and what they are as a reason to give up.
// docs/rules.md §7, "Budget".
//
// Where a life begins and ends in the log is known to one call only: a message that was under way
// when the engine died arrives, and is counted, in the next life. Nobody hears its answer. So in
// every life but the first, as many calls without a hearer as there were crashes may be somebody
// else's; what would accuse leaves them out, what would excuse counts them in.
#pragma once

#include <cstdint>
#include <vector>

#include "documents/command.h"
#include "invariants/evidence.h"

namespace squall::invariants {

struct Attempts {
  size_t incarnation = 0;
  std::vector<const cloud::Call*> calls;  // never empty, in order of arrival
};

// `calls`, as far as they arrived up to position `until` of the log.
std::vector<Attempts> attempts_of(const Evidence& evidence, Calls calls, uint64_t until);

// Why an update might have ended Failed, from the weakest reason to the strongest.
enum class Cause {
  kNone,     // nothing failed
  kUnspent,  // something failed that is to be tried again
  kEnough,   // a final answer, or a spent budget
};

// operation: of the update, which says whether a NotFound on a read is tried again.
Cause cause_of_failure(const std::vector<Attempts>& lives, UpdateOperation operation,
                       int max_attempts);

// The same for reads of a producer: several updates of a command may read one producer, each with a
// budget of its own, and the log does not tell whose read is whose; so any read that could have
// been the last of one of them counts.
Cause cause_in_resolving(const std::vector<Attempts>& lives, int max_attempts);

// The calls of one provider operation in one life that are more than the budget allows; empty:
// none.
std::vector<cloud::CallId> over_budget(const std::vector<Attempts>& lives, int max_attempts);

}  // namespace squall::invariants
