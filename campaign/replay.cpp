#include "campaign/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "campaign/version.h"
#include "cloud/fault.h"
#include "documents/generic_types.h"

namespace squall::campaign {
namespace {

// A scenario file is read without an engine at hand, so its types meet the catalogue only here.
Result<void> check_types(const suite::World& world, const std::vector<Schema>& types) {
  for (const suite::Slot& slot : world.slots) {
    if (find_schema(types, slot.type) != nullptr) continue;
    return fail(
        fmt::format("the scenario's resource {} has the type {}, which the cloud does not know; "
                    "`squall list types` names those it does, and --types FILE adds others",
                    slot.label, slot.type));
  }
  return {};
}

// What it goes on to must be there.
Result<void> check_binaries(const suite::Case& test_case, const Traits& traits) {
  const auto switches =
      std::ranges::count(test_case.operations, "switch-binary", &suite::Operation::kind);
  if (static_cast<size_t>(switches) <= traits.later_versions.size()) return {};
  return fail(fmt::format(
      "the scenario goes on to another binary {} times: name each with --switch-to", switches));
}

// The first that counts, or else the first.
std::string primary_of(const std::vector<std::string>& signatures, const Yardstick& yardstick) {
  const auto counts = std::ranges::find_if(signatures, [&](const std::string& each) {
    return yardstick.weight_of(each) == Weight::failure;
  });
  return counts == signatures.end() ? signatures.front() : *counts;
}

}  // namespace

bool Replay::shows_what_it_expects() const {
  return !expected.empty() && std::ranges::find(signatures, expected) != signatures.end();
}

Result<Replay> replay(const suite::Scenario& scenario, Worker& worker, uint32_t runs, bool strict) {
  TRY_VOID(check_types(scenario.test_case.world, worker.cloud->types()));
  TRY_VOID(check_binaries(scenario.test_case, worker.engine->traits()));
  JudgedCase judged = run_and_judge(scenario.test_case, worker);
  if (!judged.record.harness_error.empty()) return fail(judged.record.harness_error);
  Replay out;
  out.expected = scenario.expected;
  out.signatures = signatures_of(judged.violations);
  out.record = std::move(judged.record);
  if (out.signatures.empty()) return out;

  Yardstick yardstick = yardstick_of(worker.engine->traits());
  yardstick.strict = strict;
  const std::string primary = primary_of(out.signatures, yardstick);
  out.remarks_only = yardstick.weight_of(primary) == Weight::remark;
  const std::string signature = out.shows_what_it_expects() ? out.expected : primary;
  TRY(Finding finding, confirm(scenario.test_case, signature, worker, runs));
  finding.original = scenario.test_case;
  finding.scenario = scenario;
  if (yardstick.weight_of(signature) == Weight::remark) finding.status = "remark";
  if (out.shows_what_it_expects()) finding.status = "expected";
  finding.scenario.engine_version = version_of(worker.engine->traits());
  out.finding = std::move(finding);
  return out;
}

Result<Worker> worker_for(const suite::Scenario& scenario, const SharedCatalogue& catalogue,
                          EngineChoice choice) {
  choice.plants = scenario.plants;
  TRY(const WorkerFactory factory, worker_factory(scenario.engine, choice, catalogue));
  return factory();
}

Result<Replay> replay(const suite::Scenario& scenario, uint32_t runs,
                      const SharedCatalogue& catalogue) {
  TRY(Worker worker, worker_for(scenario, catalogue));
  return replay(scenario, worker, runs);
}

Result<Replay> replay_until(const suite::Scenario& scenario, Worker& worker, uint32_t tries,
                            const std::function<bool(const Replay&)>& shows) {
  for (uint32_t left = worker.engine->traits().deterministic ? 1 : tries;; --left) {
    TRY(Replay shown, replay(scenario, worker, 1));
    if (left <= 1 || shows(shown)) return shown;
  }
}

Result<Finding> shrink_scenario(const suite::Scenario& scenario, Worker& worker,
                                const Investigation& how) {
  TRY(const Replay before, replay(scenario, worker, 1));
  if (!before.finding) {
    return fail("every invariant holds in it: there is no failure that it could be shrunk for");
  }
  if (!before.expected.empty() && !before.shows_what_it_expects()) {
    return fail(fmt::format("it expects {} and shows {}: correct what it expects, or leave it out",
                            before.expected, before.signatures.front()));
  }
  Investigation from_here = how;
  from_here.origin = scenario;
  TRY(Investigated investigated,
      investigate(scenario.test_case, before.finding->signature, worker, from_here));
  return std::move(investigated.finding);
}

Finding hanging(const suite::Case& test_case, const suite::Scenario& origin, const Traits& traits,
                const invariants::Violation& why) {
  Finding finding;
  finding.signature = invariants::signature(why);
  finding.violation = why;
  finding.record.test_case = test_case;
  finding.record.traits = traits;
  finding.scenario = origin;
  finding.scenario.expected = finding.signature;
  finding.scenario.test_case = test_case;
  finding.original = test_case;
  return finding;
}

std::vector<std::string> faults_beyond(const suite::Case& test_case) {
  std::vector<std::string> out;
  for (const cloud::FaultKind* kind : cloud::fault_kinds()) {
    const auto has_it = [&](const suite::Operation& operation) {
      return std::ranges::any_of(operation.faults, [&](const cloud::FaultRule& rule) {
        return rule.effect.kind == kind->name;
      });
    };
    if (!kind->within_contract && std::ranges::any_of(test_case.operations, has_it)) {
      out.emplace_back(kind->name);
    }
  }
  return out;
}

int exit_code(const Replay& replay) {
  const bool is_asked_for = !replay.elsewhere && replay.shows_what_it_expects();
  const bool counts = replay.finding && (is_asked_for || !replay.remarks_only);
  if (counts && !replay.finding->is_confirmed()) return 3;
  const bool as_expected =
      replay.elsewhere || replay.expected.empty() ? !counts : replay.shows_what_it_expects();
  return as_expected ? 0 : 1;
}

}  // namespace squall::campaign
