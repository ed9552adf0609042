// Two engines side by side: what one made of a case, against what the other made of it.
//
// Only what does not hang on the schedule is compared: what was answered, what was planned, how the
// updates ended, which calls each resource got (in any order, ids left out), which invariants did
// not hold. Where an operation is interrupted at the nth of all calls, the moment is another one in
// each run: from there on, only the invariants are compared, which allow for any moment.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/judged_case.h"

namespace squall::campaign {

enum class Aspect : uint8_t {
  kReply,      // the kind of answer to a request, and of a rejection
  kPlan,       // an update is planned
  kUpdate,     // the state in which an update ended that both planned
  kCalls,      // what reached the cloud for one resource, while a request was carried out
  kInvariant,  // an invariant did not hold, and in which way
};
std::string_view text_of(Aspect aspect);  // "reply", "plan", …

// Which request of a case: the nth one of that phase of that operation (suite::Submission).
struct RequestPlace {
  size_t operation = 0;
  std::string phase;
  size_t nth = 1;
  friend auto operator<=>(const RequestPlace&, const RequestPlace&) = default;
};

enum class Worse : uint8_t { kNeither, kA, kB };

struct Difference {
  Aspect aspect = Aspect::kReply;
  std::optional<RequestPlace> place;  // nullopt: of the whole case (kInvariant)
  std::string subject;                // "create of stack-0/res-1 (…)", "no-orphan/unknown-object"
  std::string in_a;                   // in words
  std::string in_b;
  Worse worse = Worse::kNeither;

  // Is it the same thing that differs, whatever it is in each?
  bool is_about_the_same(const Difference& other) const {
    return aspect == other.aspect && place == other.place && subject == other.subject;
  }
};

// Request by request in the order of the case, then the invariants. An update that did not end
// well is worse than one that did, so is an answer that the specification did not predict, and an
// invariant that does not hold. REQUIRES: both ran the same case, neither has a harness error.
std::vector<Difference> compare(const JudgedCase& a, const JudgedCase& b);

// The first operation of the case from which on the runs of one engine may differ by the moment at
// which something struck; nullopt: there is none.
std::optional<size_t> first_scheduled_operation(const suite::Case& test_case);

// Those of `found` that do not come and go: `within_a` and `within_b` are what differs between runs
// of one engine. From the first request on in which they differ, everything may follow from that.
std::vector<Difference> steady(const std::vector<Difference>& found,
                               const std::vector<Difference>& within_a,
                               const std::vector<Difference>& within_b);

}  // namespace squall::campaign
