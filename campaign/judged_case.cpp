#include "campaign/judged_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "base/hash.h"
#include "campaign/without_crash.h"
#include "invariants/interpreter_agreement.h"
#include "suite/case_run.h"

namespace squall::campaign {

namespace {

// What it took, against what it may take.
void judge_limits(const CaseLimits& limits, Duration took, uint64_t peak_memory,
                  std::vector<invariants::Violation>& out) {
  if (limits.time && took > *limits.time) {
    out.push_back(over_case_time(
        *limits.time,
        fmt::format("it took {:.3g} s", std::chrono::duration<double>(took).count())));
  }
  if (limits.memory > 0 && peak_memory > limits.memory) {
    out.push_back(over_case_memory(limits.memory, "it held " + memory_words(peak_memory)));
  }
}

}  // namespace

suite::Case draw_case(property::Choices& choices, const suite::Profile& profile,
                      const Worker& worker) {
  return suite::generate(choices, profile, worker.engine->traits(), worker.cloud->resource_types());
}

JudgedCase run_and_judge(const suite::Case& test_case, Worker& worker) {
  const Watchdog::Watch watch(worker.watchdog.get(), test_case);
  const auto began = std::chrono::steady_clock::now();
  JudgedCase out;
  // Nothing below is meant to throw. Where something does, the case is worth nothing and the run
  // must end with the fault at our door, not with an abort that hides which case it was.
  try {
    worker.controller().reset();
    out.record = suite::run_case(test_case, *worker.engine, worker.controller(),
                                 worker.cloud->resource_types());
    if (out.record.harness_error.empty()) {
      out.second_trace_hash = run_without_crash(out.record, worker);
      if (invariants::is_followed_by_interpreter(out.record))
        out.record.marks.emplace_back(kFollowedByInterpreter, 1);
    }
    out.violations = invariants::check_all(out.record);
  } catch (const std::exception& error) {
    out.record = suite::CaseRecord();
    out.record.test_case = test_case;
    out.record.traits = worker.engine->traits();
    out.record.harness_error = fmt::format("running the case: exception: {}", error.what());
    out.violations.clear();
  }
  const auto took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
  if (worker.watchdog != nullptr && out.record.harness_error.empty()) {
    judge_limits(worker.watchdog->limits(), took, watch.peak_memory(), out.violations);
  }
  return out;
}

std::vector<std::string> signatures_of(const std::vector<invariants::Violation>& violations) {
  std::vector<std::string> out;
  for (const invariants::Violation& violation : violations) {
    std::string signature = invariants::signature(violation);
    if (std::ranges::find(out, signature) == out.end()) out.push_back(std::move(signature));
  }
  return out;
}

Result<void> check_kind(std::string_view invariant, std::string_view kind) {
  const invariants::Invariant* found = invariants::find_invariant(invariant);
  if (found == nullptr) {
    return fail(fmt::format("there is no invariant \"{}\"; `squall list invariants` names them",
                            invariant));
  }
  std::vector<std::string_view> kinds(found->kinds.begin(), found->kinds.end());
  if (invariant == kLive) kinds.insert(kinds.end(), {kCaseTimeLimit, kCaseMemoryLimit});
  if (kind.empty() || std::ranges::find(kinds, kind) != kinds.end()) return {};
  return fail(
      fmt::format("{} has no shape \"{}\"; known are {}", invariant, kind, fmt::join(kinds, ", ")));
}

const invariants::Violation* find_violation(const std::vector<invariants::Violation>& violations,
                                            std::string_view signature) {
  const auto found = std::ranges::find_if(violations, [&](const invariants::Violation& each) {
    return invariants::signature(each) == signature;
  });
  return found == violations.end() ? nullptr : &*found;
}

property::Verdict verdict_of(const JudgedCase& judged, const Yardstick& yardstick) {
  property::Verdict verdict;
  if (!judged.record.harness_error.empty()) {
    verdict.kind = property::Verdict::Kind::discard;
    return verdict;
  }
  verdict.signatures = signatures_of(judged.violations);
  std::erase_if(verdict.signatures, [&](const std::string& each) {
    return yardstick.weight_of(each) != Weight::failure;
  });
  if (!verdict.signatures.empty()) verdict.kind = property::Verdict::Kind::fail;
  RunningHash hash;
  hash.add(judged.record.trace_hash);
  if (judged.second_trace_hash != 0) hash.add(judged.second_trace_hash);
  for (const invariants::Violation& violation : judged.violations) {
    hash.add(invariants::signature(violation));
  }
  verdict.trace_hash = hash.value();
  return verdict;
}

}  // namespace squall::campaign
