// one-at-a-time: a run that starts while another one has the store is refused, and changes nothing.
#include <fmt/format.h>

#include <array>

#include "invariants/checkers.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace one_at_a_time {
namespace {

constexpr std::string_view kNotRefused = "not-refused";
constexpr std::string_view kOtherReason = "refused-otherwise";
constexpr std::string_view kMadeCalls = "made-calls";
constexpr std::array kKinds = {kNotRefused, kOtherReason, kMadeCalls};

void check_reply(const suite::CaseRecord::Rival& rival, Findings& findings) {
  const auto* refused = std::get_if<Rejection>(&rival.run.reply);
  if (refused == nullptr) {
    findings.add(kNotRefused, rival.operation, std::nullopt,
                 {"a run went ahead while another one had the state",
                  "refused with ConflictingCommands", rival.run.id + " went ahead"});
  } else if (refused->type != RejectionType::kConflictingCommands) {
    findings.add(kOtherReason, rival.operation, std::nullopt,
                 {"a run that another one was in the way of did not say so",
                  "refused with ConflictingCommands",
                  fmt::format("{}: {}", to_string(refused->type), refused->message)});
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kOneAtATime, out);
  for (const suite::CaseRecord::Rival& rival : record.rivals) {
    check_reply(rival, findings);
    for (const cloud::Call& call : record.calls) {
      if (call.request->caller != rival.run.id) continue;
      findings.add(kMadeCalls, rival.operation, std::nullopt,
                   {"a run made calls while another one had the state", "none", words(call)},
                   {call.id});
      break;
    }
  }
}

}  // namespace
}  // namespace one_at_a_time

constinit const Invariant kOneAtATime = {
    .id = "one-at-a-time",
    .summary = "A run that starts while another one has the store is refused, and changes nothing.",
    .promise = "docs/terraform.md §2: the state's lock is held by somebody else",
    .kinds = one_at_a_time::kKinds,
    .check = one_at_a_time::check,
};

}  // namespace squall::invariants
