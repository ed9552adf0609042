// retry-discipline: what failed for good is not tried again, nothing is tried more often than the
// budget allows, and never too soon.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "invariants/attempts.h"
#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace retry_discipline {
namespace {

using suite::Claim;

constexpr std::string_view kBudgetExceeded = "budget-exceeded";
constexpr std::string_view kFinalErrorRetried = "final-error-retried";
constexpr std::string_view kTooSoon = "too-soon";
constexpr std::array kKinds = {kBudgetExceeded, kFinalErrorRetried, kTooSoon};

// Does the error end the operation it was given to, and leave nothing in doubt?
bool is_definite_and_final(const cloud::Call& call, UpdateOperation operation,
                           const Limits& limits) {
  const std::optional<ErrorCode> code = failure_heard(call);
  if (!code || is_ambiguous(*code)) return false;
  const bool is_read = call.request->kind == CallKind::kRead;
  if (is_read && limits.reads_may_be_stale && heard_not_found(call)) return false;
  // That a request id is forgotten says nothing of what became of the call.
  if (call.request->kind == CallKind::kStatus && heard_not_found(call)) return false;
  const bool before_update =
      operation == UpdateOperation::kCreate || operation == UpdateOperation::kUpdate;
  return !is_recoverable(*code, is_read && before_update);
}

class Check {
 public:
  Check(const suite::CaseRecord& record, const Evidence& evidence, Findings& findings)
      : record_(record), findings_(findings), evidence_(evidence), limits_(limits_of(record)) {}
  void run();

 private:
  void judge_budget(const Claim& claim, Calls calls);
  void judge_final(const Claim& claim, Calls calls);
  void judge_delays(const Claim& claim, Calls calls);
  void judge_delay(const Claim& claim, const cloud::Call& failed, const cloud::Call& again,
                   int throttled_in_a_row);
  bool is_same_operation(const cloud::Call& call, const cloud::Call& later) const;
  bool came_after(const cloud::Call& answered, const cloud::Call& later) const;

  const suite::CaseRecord& record_;
  Findings& findings_;
  const Evidence& evidence_;
  const Limits limits_;
};

void Check::run() {
  for (const Claim& claim : record_.claims) {
    const Calls calls = evidence_.of(claim.command, claim.view.key());
    if (calls.size() < 2) continue;
    judge_budget(claim, calls);
    judge_final(claim, calls);
    judge_delays(claim, calls);
  }
}

void Check::judge_budget(const Claim& claim, Calls calls) {
  const std::vector<cloud::CallId> over =
      over_budget(attempts_of(evidence_, calls, claim.log_end), limits_.max_attempts);
  if (over.empty()) return;
  const cloud::Call& first = record_.calls.at(over.front() - 1);
  findings_.add(kBudgetExceeded, operation_of(record_, claim.command), claim.view.identity,
                {"the engine tried an operation more often than its budget allows",
                 fmt::format("at most {} {} calls for {}", limits_.max_attempts,
                             to_string(first.request->kind), short_name(claim.view.identity)),
                 fmt::format("{} of them without a restart in between", over.size())},
                over);
}

// All writes of an update are one operation; a poll belongs to the call it polls.
bool Check::is_same_operation(const cloud::Call& call, const cloud::Call& later) const {
  const CallKind kind = call.request->kind;
  if (kind != later.request->kind) return false;
  return kind != CallKind::kStatus || call.request->request_id == later.request->request_id;
}

// Was the later call sent in the knowledge of that answer? Not where it was under way already, by
// the same life or one before.
bool Check::came_after(const cloud::Call& answered, const cloud::Call& later) const {
  if (later.arrived_sequence < *answered.answered_sequence) return false;
  if (evidence_.incarnation_of(answered) != evidence_.incarnation_of(later)) return false;
  if (evidence_.died_between(*answered.answered_sequence, later.arrived_sequence)) return false;
  return heard(later) || delayed_requests(record_) == 0;
}

void Check::judge_final(const Claim& claim, Calls calls) {
  for (size_t i = 0; i + 1 < calls.size(); ++i) {
    const cloud::Call& failed = *calls[i];
    if (!is_definite_and_final(failed, claim.view.operation, limits_)) continue;
    for (const cloud::Call* later : calls.subspan(i + 1)) {
      if (!is_same_operation(failed, *later) || later->arrived_sequence > claim.log_end) continue;
      if (!came_after(failed, *later)) continue;
      findings_.add(kFinalErrorRetried, operation_of(record_, claim.command), claim.view.identity,
                    {"the engine tried again what had failed for good",
                     fmt::format("no further {} of {} after {}", to_string(failed.request->kind),
                                 short_name(claim.view.identity), to_string(failed.answer->error)),
                     fmt::format("{}, then {}", words(failed), words(*later))},
                    {failed.id, later->id});
      return;
    }
  }
}

// Polls have an interval of their own, and a life's first call waits for nothing.
void Check::judge_delays(const Claim& claim, Calls calls) {
  if (record_.traits.retry_delay == Duration(0)) return;
  std::array<const cloud::Call*, kCallKinds> last{};
  std::array<int, kCallKinds> throttled{};
  CallKind previous = CallKind::kStatus;
  for (const cloud::Call* call : calls) {
    const CallKind kind = call->request->kind;
    const bool is_new = kind != std::exchange(previous, kind) && !is_mutation(kind);
    if (kind == CallKind::kStatus) continue;
    const auto slot = static_cast<size_t>(kind);
    // A look begins anew after another kind of call.
    const cloud::Call* before = is_new ? nullptr : last.at(slot);
    const bool follows = before != nullptr && heard(*before) && came_after(*before, *call);
    const std::optional<ErrorCode> failure = follows ? failure_heard(*before) : std::nullopt;
    // What a poll of it was told counts for the polls.
    const bool was_throttled =
        failure == ErrorCode::kThrottling && !evidence_.was_asynchronous(*before);
    throttled.at(slot) = was_throttled ? throttled.at(slot) + 1 : 0;
    // What is not to be tried again at all is not tried too soon.
    const bool is_final = failure && is_definite_and_final(*before, claim.view.operation, limits_);
    if (failure && !is_final) judge_delay(claim, *before, *call, throttled.at(slot));
    last.at(slot) = call;
  }
}

void Check::judge_delay(const Claim& claim, const cloud::Call& failed, const cloud::Call& again,
                        int throttled_in_a_row) {
  // What a poll said of the call is not told in its time by the call's own answer.
  if (evidence_.was_asynchronous(failed)) return;
  Duration least = record_.traits.retry_delay;
  for (int k = 1; k < throttled_in_a_row && least < record_.traits.max_retry_delay; ++k) least *= 2;
  least = std::min(least, std::max(record_.traits.retry_delay, record_.traits.max_retry_delay));
  const Duration waited = again.arrived - failed.answered;
  if (waited >= least) return;
  findings_.add(
      kTooSoon, operation_of(record_, claim.command), claim.view.identity,
      {throttled_in_a_row > 1 ? "the engine did not back off though it was throttled again"
                              : "the engine tried again at once",
       fmt::format("at least {} us between {} and the next try", least.count(), words(failed)),
       fmt::format("{} after {} us", words(again), waited.count())},
      {failed.id, again.id});
}

void check(const suite::CaseRecord& record, const Evidence& evidence, std::vector<Violation>& out) {
  // Where the provider is ours, the retries are.
  if (record.claims.empty() || record.traits.provider_is_ours) return;
  Findings findings(kRetryDiscipline, out);
  Check(record, evidence, findings).run();
}

}  // namespace
}  // namespace retry_discipline

constinit const Invariant kRetryDiscipline = {
    .id = "retry-discipline",
    .summary = "What failed for good is not tried again, nothing too often, and nothing too soon.",
    .promise = "docs/rules.md §7, \"Budget\": how often, and the delay before a further call",
    .kinds = retry_discipline::kKinds,
    .check_calls = retry_discipline::check,
};

}  // namespace squall::invariants
