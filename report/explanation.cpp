#include "report/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "invariants/invariant.h"
#include "report/narration.h"

namespace squall::report {
namespace {

std::string engine_words(const suite::Scenario& scenario) {
  std::string out = scenario.engine;
  if (!scenario.engine_version.empty()) out += " " + scenario.engine_version;
  if (!scenario.plants.empty()) out += " · planted: " + joined(scenario.plants, ", ");
  return out;
}

std::string origin_words(const suite::Scenario& scenario) {
  std::string out =
      scenario.profile.empty() ? "written by hand" : "drawn by profile " + scenario.profile;
  if (!scenario.squall_version.empty()) out += " · Squall " + scenario.squall_version;
  return out;
}

std::string cloud_words(const suite::World& world) {
  std::vector<std::string> out;
  if (!world.behaviours.create_tokens) out.emplace_back("knows no create tokens");
  if (!world.behaviours.versions) out.emplace_back("knows no versions");
  if (world.behaviours.rate_per_second > 0) {
    out.push_back(
        fmt::format("throttles beyond {} calls per second", world.behaviours.rate_per_second));
  }
  const cloud::Behaviours& behaviours = world.behaviours;
  if (behaviours.status_polls > 0)
    out.push_back(fmt::format("completes asynchronously, after {} polls", behaviours.status_polls));
  if (behaviours.consistency_window.count() > 0)
    out.push_back(fmt::format("may show what was before for {} ms",
                              behaviours.consistency_window.count() / 1000));
  if (behaviours.quota > 0)
    out.push_back(fmt::format("holds at most {} objects of a type", behaviours.quota));
  if (behaviours.referential_integrity) out.emplace_back("keeps references intact");
  if (behaviours.unique_names) out.emplace_back("wants unique names");
  if (behaviours.normalises) out.emplace_back("normalises values");
  if (behaviours.latency.typical.count() > 0)
    out.push_back(fmt::format("takes about {} ms a call ({})",
                              behaviours.latency.typical.count() / 1000,
                              cloud::to_string(behaviours.latency.kind)));
  if (world.provider_rate > 0) {
    out.push_back(fmt::format("its provider announces {} calls per second", world.provider_rate));
  }
  return joined(out, " · ");
}

std::string resource_words(const suite::Slot& slot) {
  std::string out = fmt::format("{}/{}  {}", slot.stack, slot.label, slot.type);
  const std::string properties = suite::words(slot.properties);
  if (!properties.empty()) out += " " + properties;
  return out;
}

std::string expectation_words(const suite::Scenario& scenario) {
  if (scenario.expected.empty()) return "every invariant holds";
  const std::string id = scenario.expected.substr(0, scenario.expected.find('/'));
  const invariants::Invariant* invariant = invariants::find_invariant(id);
  if (invariant == nullptr) return scenario.expected + " is violated";
  return fmt::format("{} is violated: {}", scenario.expected, invariant->summary);
}

}  // namespace

std::string explanation(const suite::Scenario& scenario, const Style& style) {
  const suite::World& world = scenario.test_case.world;
  std::string out;
  const auto row = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out += labelled(label, text, style);
  };
  row("case", scenario.description);
  row("engine", engine_words(scenario));
  row("origin", origin_words(scenario));
  row("cloud", cloud_words(world));
  if (world.store != StoreKind::kLocal)
    row("state", fmt::format("kept elsewhere ({}), with a lock", to_string(world.store)));
  row("workspace", world.workspace);
  row("stacks", joined(world.stacks, ", "));
  for (size_t i = 0; i < world.slots.size(); ++i) {
    row(i == 0 ? "resources" : "", resource_words(world.slots[i]));
  }
  out += "\n" + step_table(steps_of(scenario.test_case), style) + "\n";
  row("then",
      "every case ends with: drain, check, faults off, check, sync, check, reconcile with "
      "force, apply again, destroy all, check that both sides are empty");
  row("expected", expectation_words(scenario));
  return out;
}

}  // namespace squall::report
