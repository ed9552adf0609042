// live: what is waited for comes, in bounded time.
#include <array>

#include "invariants/checkers.h"
#include "invariants/findings.h"

namespace squall::invariants {

namespace live {
namespace {

constexpr std::string_view kStuck = "stuck";
constexpr std::string_view kEndedByItself = "ended-by-itself";
constexpr std::array kKinds = {kStuck, kEndedByItself};

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kLive, out);
  const size_t last = record.submissions.empty() ? 0 : record.submissions.back().operation;
  for (const std::string& what : record.stuck)
    findings.add(kStuck, last, std::nullopt,
                 {"what was waited for never came, although nothing is left to happen", what,
                  "the engine's deadline for it passed, or nothing was left to happen"});
  for (const suite::CaseRecord::OwnEnd& end : record.own_ends)
    findings.add(kEndedByItself, end.operation, std::nullopt,
                 {"the engine ended, and nobody had asked it to",
                  "it runs until it is killed, or its store refuses it a commit", end.how});
}

}  // namespace
}  // namespace live

constinit const Invariant kLive = {
    .id = "live",
    .summary = "Requests are answered and commands end, in bounded time, and the engine stays up.",
    .promise = "docs/rules.md §7, \"Budget\": every operation ends; the trait settle_deadline",
    .kinds = live::kKinds,
    .check = live::check,
};

}  // namespace squall::invariants
