#include "campaign/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "campaign/severity.h"
#include "campaign/version.h"
#include "property/shrink.h"

namespace squall::campaign {
namespace {

suite::Case drawn(const property::ChoiceSequence& sequence, const suite::Profile& profile,
                  const Worker& worker) {
  property::Choices choices(sequence.choices);
  return draw_case(choices, profile, worker);
}

// What stands in for a violation of which nothing is on record.
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

property::ShrinkResult shrunk_draws(const property::ChoiceSequence& start,
                                    const std::string& signature, Worker& worker,
                                    const Investigation& how) {
  const property::TestFunction test = [&](property::Choices& choices) {
    return verdict_of(run_and_judge(draw_case(choices, *how.profile, worker), worker),
                      how.yardstick);
  };
  property::ShrinkOptions options;
  options.max_tries = how.max_tries;
  options.time_limit = how.time_limit;
  options.stop = how.stop;
  if (how.on_attempt) {
    options.on_try = [&](const property::ShrinkTry& each) {
      how.on_attempt({.signature = signature,
                      .number = each.number,
                      .stage = "draws",
                      .pass = each.pass,
                      .outcome = property::name_of(each.outcome),
                      .size = each.choices,
                      .best = each.best_choices});
    };
  }
  return property::shrink(start, signature, test, options);
}

// A case fails with something else than what is shrunk: the smallest such case is kept.
void keep_other(const JudgedCase& judged, const std::string& signature, const Investigation& how,
                std::map<std::string, suite::Case>& others) {
  const std::vector<std::string> signatures = verdict_of(judged, how.yardstick).signatures;
  if (signatures.empty() || signatures.front() == signature) return;
  const suite::Case& test_case = judged.record.test_case;
  const auto [entry, added] = others.try_emplace(signatures.front(), test_case);
  if (!added && size_of(test_case).sum() < size_of(entry->second).sum()) entry->second = test_case;
}

struct Shrunk {
  suite::Case simplest;
  uint64_t tries = 0;
  bool complete = false;
  std::map<std::string, Start> others;
};

// Takes out of out.simplest what the failure does not need, with what is left of the tries.
void shrink_as_case(const std::string& signature, Worker& worker, const Investigation& how,
                    Shrunk& out) {
  std::map<std::string, suite::Case> others;
  const auto fails = [&](const suite::Case& candidate) {
    const JudgedCase judged = run_and_judge(candidate, worker);
    keep_other(judged, signature, how, others);
    return find_violation(judged.violations, signature) != nullptr;
  };
  CaseShrinkOptions options{.max_tries = how.max_tries - std::min(how.max_tries, out.tries),
                            .time_limit = how.time_limit,
                            .stop = how.stop};
  if (how.on_attempt) {
    options.on_try = [&](const CaseTry& each) {
      how.on_attempt({.signature = signature,
                      .number = out.tries + each.number,
                      .stage = "case",
                      .pass = each.edit,
                      .outcome = each.fails ? "simpler" : "not the same failure",
                      .size = each.size.sum(),
                      .best = each.best.sum()});
    };
  }
  CaseShrinkResult result = shrink_case(out.simplest, fails, options);
  out.simplest = std::move(result.simplest);
  out.tries += result.tries;
  out.complete = result.complete;
  for (auto& [other, test_case] : others) out.others.try_emplace(other, std::move(test_case));
}

Shrunk shrink_start(const Start& start, const std::string& signature, Worker& worker,
                    const Investigation& how) {
  Shrunk out;
  if (const auto* test_case = std::get_if<suite::Case>(&start)) {
    out.simplest = *test_case;
    shrink_as_case(signature, worker, how, out);
    return out;
  }
  property::ShrinkResult result =
      shrunk_draws(std::get<property::ChoiceSequence>(start), signature, worker, how);
  out.simplest = drawn(result.sequence, *how.profile, worker);
  out.tries = result.tries;
  for (auto& [other, sequence] : result.others) out.others.emplace(other, std::move(sequence));
  if (result.end == property::ShrinkResult::End::minimal) {
    shrink_as_case(signature, worker, how, out);
  }
  return out;
}

bool shows(const suite::Case& test_case, const std::string& signature, Worker& worker) {
  return find_violation(run_and_judge(test_case, worker).violations, signature) != nullptr;
}

Investigation with_time_limit(const Investigation& how, const Worker& worker) {
  Investigation out = how;
  const bool repeats = worker.engine->traits().deterministic;
  if (!repeats && !out.time_limit) out.time_limit = kLongestRealShrinking;
  return out;
}

// Tells of the violation as `judged` shows it.
void tell(Finding& finding, JudgedCase judged) {
  finding.violation = *find_violation(judged.violations, finding.signature);
  for (const std::string& other : signatures_of(judged.violations)) {
    if (other != finding.signature) finding.also.push_back(other);
  }
  finding.record = std::move(judged.record);
}

}  // namespace

Result<Finding> confirm(const suite::Case& test_case, const std::string& signature, Worker& worker,
                        uint32_t runs) {
  Finding finding;
  finding.signature = signature;
  finding.runs = runs;
  for (uint32_t run = 0; run < runs; ++run) {
    JudgedCase judged = run_and_judge(test_case, worker);
    if (!judged.record.harness_error.empty()) return fail(judged.record.harness_error);
    if (find_violation(judged.violations, signature) == nullptr) {
      // Kept until a run that fails replaces it: the report needs some record to read.
      if (finding.confirmed == 0) finding.record = std::move(judged.record);
      continue;
    }
    if (finding.confirmed++ > 0) continue;
    tell(finding, std::move(judged));
  }
  if (finding.confirmed == 0) finding.violation = vanished(signature, runs);
  finding.severity = severity_of(finding.record, finding.violation);
  return finding;
}

Result<Investigated> investigate(const Start& start, const std::string& signature, Worker& worker,
                                 const Investigation& how) {
  const auto* as_case = std::get_if<suite::Case>(&start);
  const suite::Case original =
      as_case != nullptr ? *as_case
                         : drawn(std::get<property::ChoiceSequence>(start), *how.profile, worker);
  Shrunk shrunk;
  shrunk.simplest = original;
  std::optional<Shrinking> shrinking;
  std::optional<bool> in_simulation;
  if (how.simulation != nullptr) in_simulation = shows(original, signature, *how.simulation);
  if (how.shrink) {
    const auto began = std::chrono::steady_clock::now();
    shrunk = in_simulation.value_or(false)
                 ? shrink_start(original, signature, *how.simulation, how)
                 : shrink_start(start, signature, worker, with_time_limit(how, worker));
    const auto took = std::chrono::steady_clock::now() - began;
    shrinking = Shrinking{.before = size_of(original),
                          .after = size_of(shrunk.simplest),
                          .tries = shrunk.tries,
                          .elapsed = std::chrono::duration_cast<Duration>(took),
                          .complete = shrunk.complete};
  }
  TRY(Finding finding, confirm(shrunk.simplest, signature, worker, how.confirm_runs));
  if (finding.confirmed == 0 && shrinking) {
    // What it shrank to fails by chance, or in the simulation only: the case as drawn tells more.
    shrinking.reset();
    shrunk.simplest = original;
    TRY(finding, confirm(original, signature, worker, how.confirm_runs));
  }
  if (finding.confirmed == 0 && how.seen != nullptr) {
    tell(finding, *how.seen);
    finding.severity = severity_of(finding.record, finding.violation);
  }
  finding.in_simulation = in_simulation;
  finding.original = original;
  finding.shrinking = shrinking;
  finding.scenario = how.origin;
  finding.scenario.squall_version = squall_version();
  finding.scenario.engine_version = version_of(worker.engine->traits());
  finding.scenario.expected = signature;
  finding.scenario.test_case = std::move(shrunk.simplest);
  return Investigated{std::move(finding), std::move(shrunk.others)};
}

}  // namespace squall::campaign
