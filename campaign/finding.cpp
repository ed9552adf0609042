#include "campaign/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "campaign/case_shrink.h"
#include "campaign/severity.h"
#include "campaign/version.h"
#include "property/shrink.h"

namespace squall::campaign {
namespace {

suite::Case drawn(const property::ChoiceSequence& sequence, const suite::Profile& profile,
                  const Worker& worker) {
  property::Choices choices(sequence.choices);
  return suite::generate(choices, profile, worker.engine->traits(), worker.cloud->types());
}

// What stands in for a violation that never showed again.
invariants::Violation vanished(const std::string& signature, uint32_t runs) {
  const size_t slash = signature.find('/');
  invariants::Violation violation;
  violation.invariant = signature.substr(0, slash);
  if (slash != std::string::npos) violation.kind = signature.substr(slash + 1);
  violation.headline = "a failure that did not show again";
  violation.expected = fmt::format("the same case fails with {} every time", signature);
  violation.actual = fmt::format("seen once, then not in {} runs", runs);
  return violation;
}

property::ShrinkResult shrunk(const property::ChoiceSequence& start, const std::string& signature,
                              Worker& worker, const Investigation& how) {
  const property::TestFunction test = [&](property::Choices& choices) {
    const suite::Case test_case =
        suite::generate(choices, *how.profile, worker.engine->traits(), worker.cloud->types());
    return verdict_of(run_and_judge(test_case, worker));
  };
  property::ShrinkOptions options;
  options.max_tries = how.max_tries;
  options.time_limit = how.time_limit;
  options.stop = how.stop;
  if (how.on_try) {
    options.on_try = [&how](const property::ShrinkTry& each) { how.on_try(each.number); };
  }
  return property::shrink(start, signature, test, options);
}

// Goes on where the search over draws ended, with what it left of the tries.
CaseShrinkResult shrunk_further(const suite::Case& start, const std::string& signature,
                                uint64_t tries_used, Worker& worker, const Investigation& how) {
  const uint64_t tries_left = how.max_tries - std::min(how.max_tries, tries_used);
  const auto fails = [&](const suite::Case& candidate) {
    ++tries_used;
    if (how.on_try) how.on_try(tries_used);
    const JudgedCase judged = run_and_judge(candidate, worker);
    return find_violation(judged.violations, signature) != nullptr;
  };
  return shrink_case(start, fails, {.max_tries = tries_left, .stop = how.stop});
}

}  // namespace

CaseSize size_of(const suite::Case& test_case) {
  return {.operations = test_case.operations.size(),
          .resources = suite::pruned(test_case).world.slots.size(),
          .faults = suite::fault_count(test_case)};
}

Result<Finding> confirm(const suite::Case& test_case, const std::string& signature, Worker& worker,
                        uint32_t runs) {
  Finding finding;
  finding.signature = signature;
  finding.runs = runs;
  for (uint32_t run = 0; run < runs; ++run) {
    JudgedCase judged = run_and_judge(test_case, worker);
    if (!judged.record.harness_error.empty()) return fail(judged.record.harness_error);
    const invariants::Violation* violation = find_violation(judged.violations, signature);
    if (violation == nullptr) {
      // Kept until a run that fails replaces it: the report needs some record to read.
      if (finding.confirmed == 0) finding.record = std::move(judged.record);
      continue;
    }
    if (finding.confirmed++ > 0) continue;
    finding.violation = *violation;
    for (const std::string& other : signatures_of(judged.violations)) {
      if (other != signature) finding.also.push_back(other);
    }
    finding.record = std::move(judged.record);
  }
  if (finding.confirmed == 0) finding.violation = vanished(signature, runs);
  finding.severity = severity_of(finding.record, finding.violation);
  return finding;
}

Result<Investigated> investigate(const property::ChoiceSequence& start,
                                 const std::string& signature, Worker& worker,
                                 const Investigation& how) {
  const suite::Case original = drawn(start, *how.profile, worker);
  suite::Case simplest = original;
  std::optional<Shrinking> shrinking;
  std::map<std::string, property::ChoiceSequence> others;
  if (how.shrink) {
    const auto began = std::chrono::steady_clock::now();
    property::ShrinkResult result = shrunk(start, signature, worker, how);
    simplest = drawn(result.sequence, *how.profile, worker);
    bool complete = false;
    if (result.end == property::ShrinkResult::End::minimal) {
      CaseShrinkResult further = shrunk_further(simplest, signature, result.tries, worker, how);
      simplest = std::move(further.simplest);
      complete = further.complete;
      result.tries += further.tries;
    }
    const auto took = std::chrono::steady_clock::now() - began;
    shrinking = Shrinking{.before = size_of(original),
                          .after = size_of(simplest),
                          .tries = result.tries,
                          .elapsed = std::chrono::duration_cast<Duration>(took),
                          .complete = complete};
    others = std::move(result.others);
  }
  TRY(Finding finding, confirm(simplest, signature, worker, how.confirm_runs));
  finding.original = original;
  finding.shrinking = shrinking;
  finding.scenario = how.origin;
  finding.scenario.squall_version = squall_version();
  finding.scenario.engine_version = worker.engine->traits().version;
  finding.scenario.expected = signature;
  finding.scenario.test_case = std::move(simplest);
  return Investigated{std::move(finding), std::move(others)};
}

}  // namespace squall::campaign
