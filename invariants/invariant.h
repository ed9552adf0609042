// Invariants: what must hold, one checker per file. A checker is a pure function from a CaseRecord
// to violations; it runs no engine and keeps no state.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "suite/record.h"

namespace squall::invariants {

struct Violation {
  std::string invariant;  // "no-duplicate"
  std::string
      kind;  // the checker's own shape of failure, from its closed list: no labels, no values
  size_t operation = 0;  // as in suite::Submission: where it was noticed
  std::optional<ResourceIdentity> identity;
  std::string headline;                 // "two cloud objects for one resource after a lost reply"
  std::string expected;                 // "one cloud object for stack-0/vpc-1"
  std::string actual;                   // "net-1 and net-2; the inventory knows net-2"
  std::vector<cloud::CallId> evidence;  // calls of the cloud's log that show it, in order
};

// "no-duplicate/two-objects": what shrinking must preserve. No labels, no values.
std::string signature(const Violation& violation);

class Evidence;

struct Invariant {
  std::string_view id;       // "no-duplicate"
  std::string_view summary;  // one sentence for `squall list invariants`
  std::string_view promise;  // where it stands, and what it says: "docs/rules.md §7: …"
  std::span<const std::string_view> kinds;  // the closed list of its kinds
  // A checker has one of the two. Those that look at the calls update by update are handed them so,
  // put in order once for all of them.
  void (*check)(const suite::CaseRecord& record, std::vector<Violation>& out) = nullptr;
  void (*check_calls)(const suite::CaseRecord& record, const Evidence& evidence,
                      std::vector<Violation>& out) = nullptr;
};

// The explicit list, in the order in which a report names them (the most telling first).
std::span<const Invariant* const> invariants();
const Invariant* find_invariant(std::string_view id);

// What one of them says.
void check_one(const Invariant& invariant, const suite::CaseRecord& record,
               std::vector<Violation>& out);

// All checkers, in that order. A record with a harness error gives nothing.
std::vector<Violation> check_all(const suite::CaseRecord& record);

}  // namespace squall::invariants
