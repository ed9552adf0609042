// The calls of one update, life by life of the engine, and what they are as a reason to give up.
// docs/rules.md §7, "Budget".
//
// A message that is under way when the engine dies arrives in its next life, and nobody hears the
// answer. Where requests do not say which life sent them, it counts as one of that next life;
// there, as many calls without a hearer as there were crashes may be somebody else's. What would
// accuse leaves them out, what would excuse counts them in.
#pragma once

#include <cstdint>
#include <vector>

#include "documents/command.h"
#include "invariants/evidence.h"

namespace squall::invariants {

struct Attempts {
  size_t incarnation = 0;
  std::vector<const cloud::Call*> calls;  // never empty, in order of arrival
  size_t doubtful = 0;  // at most so many calls without a hearer are of an earlier life
};

// `calls`, as far as they arrived up to position `until` of the log, by life.
std::vector<Attempts> attempts_of(const Evidence& evidence, Calls calls, uint64_t until);

// What an engine may do with its calls.
struct Limits {
  int max_attempts = 1;
  // The provider has a consistency window: a read that shows what is past, or nothing, may be taken
  // for one that failed. docs/rules.md §7, "stale reads".
  bool reads_may_be_stale = false;
};
Limits limits_of(const suite::CaseRecord& record);

// Why an update might have ended Failed, from the weakest reason to the strongest.
enum class Cause {
  kNone,     // nothing failed
  kUnspent,  // something failed that is to be tried again
  kEnough,   // a final answer, or a spent budget
};

// operation: of the update, which says what a NotFound means to it.
Cause cause_of_failure(const std::vector<Attempts>& lives, UpdateOperation operation,
                       const Limits& limits);

// The same for reads of a producer: several updates of a command may read one producer, each with a
// budget of its own, and the log does not tell whose read is whose; so any read that could have
// been the last of one of them counts.
Cause cause_in_resolving(const std::vector<Attempts>& lives, const Limits& limits);

// The last call that the engine made for certain, in the last life that made one; nullptr: none.
const cloud::Call* last_call(const std::vector<Attempts>& lives);

// The calls of one provider operation in one life that are more than the budget allows; empty:
// none.
std::vector<cloud::CallId> over_budget(const std::vector<Attempts>& lives, int max_attempts);

}  // namespace squall::invariants
