// parallelism: an engine that is told how many calls it may make at one time makes no more.
//
// The log does not show when the engine hears an answer. But a call that it still heard of was
// under way until it was answered, and one that nobody waits for any more counts for nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "cloud/heard.h"
#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace parallelism {
namespace {

constexpr std::string_view kTooMany = "too-many-at-once";
constexpr std::array kKinds = {kTooMany};

using Heard = std::vector<const cloud::Call*>;

std::map<std::string_view, Heard> calls_by_command(const suite::CaseRecord& record) {
  std::map<std::string_view, Heard> out;
  for (const cloud::Call& call : record.calls)
    if (cloud::heard(call)) out[call.request->caller].push_back(&call);
  return out;
}

// Those that were under way as `call` arrived, itself among them. REQUIRES: `all` is in order.
Heard beside(const Heard& all, const cloud::Call& call) {
  Heard out;
  for (const cloud::Call* other : all) {
    if (other->arrived_sequence > call.arrived_sequence) break;
    if (*other->answered_sequence > call.arrived_sequence) out.push_back(other);
  }
  return out;
}

void check_command(const suite::Submission& submission, const Heard& calls, Findings& findings) {
  const auto most = static_cast<size_t>(submission.request.parallelism);
  for (const cloud::Call* call : calls) {
    const Heard at_once = beside(calls, *call);
    if (at_once.size() <= most) continue;
    std::vector<std::string> parts;
    std::vector<cloud::CallId> ids;
    for (const cloud::Call* each : at_once) {
      parts.push_back(words(*each));
      ids.push_back(each->id);
    }
    findings.add(kTooMany, submission.operation, std::nullopt,
                 {"more calls were made at one time than the request allows",
                  fmt::format("{} at one time", most), in_a_row(parts)},
                 std::move(ids));
    return;
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kParallelism, out);
  const std::map<std::string_view, Heard> calls = calls_by_command(record);
  for (const auto& [id, command] : record.commands) {
    const suite::Submission* submission = submission_of(record, command);
    const auto made = calls.find(id);
    if (submission == nullptr || submission->request.parallelism == 0 || made == calls.end())
      continue;
    check_command(*submission, made->second, findings);
  }
}

}  // namespace
}  // namespace parallelism

constinit const Invariant kParallelism = {
    .id = "parallelism",
    .summary = "An engine makes no more calls at one time than a request allows.",
    .promise = "docs/terraform.md §1: at most so many calls at one time",
    .kinds = parallelism::kKinds,
    .check = parallelism::check,
};

}  // namespace squall::invariants
