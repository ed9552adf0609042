// outputs-agree: what a configuration shows is what there is, and the engine tells of it what it
// has.
#include <fmt/format.h>

#include <array>

#include "invariants/checkers.h"
#include "invariants/findings.h"
#include "suite/record.h"

namespace squall::invariants {

namespace outputs_agree {
namespace {

constexpr std::string_view kMissing = "missing";
constexpr std::string_view kUnexpected = "unexpected";
constexpr std::string_view kWrongValue = "wrong-value";
constexpr std::string_view kWrongSensitivity = "wrong-sensitivity";
constexpr std::string_view kTold = "told-otherwise";
constexpr std::string_view kNotKeptBack = "not-kept-back";
constexpr std::array kKinds = {kMissing,          kUnexpected, kWrongValue,
                               kWrongSensitivity, kTold,       kNotKeptBack};

std::string words(const Output& output) {
  return canonical(output.value) + (output.is_sensitive ? " (sensitive)" : "");
}

std::string words(const ToldOutput& output) {
  return (output.value ? canonical(*output.value) : "kept back") +
         (output.is_sensitive ? " (sensitive)" : "");
}

void check_stored(const suite::Checkpoint& checkpoint, Findings& findings) {
  const suite::ExpectedOutputs& expected = *checkpoint.expected_outputs;
  const Outputs& stored = checkpoint.outputs.stored;
  for (const auto& [name, output] : expected.values) {
    const auto found = stored.find(name);
    const auto disagree = [&](std::string_view kind, std::string_view headline) {
      findings.add(kind, checkpoint.operation, std::nullopt,
                   {std::string(headline),
                    fmt::format("{} = {} ({})", name, words(output), checkpoint.where),
                    found == stored.end() ? "no such output" : words(found->second)});
    };
    if (found == stored.end()) {
      disagree(kMissing, "an output is not there");
    } else if (!same(found->second.value, output.value)) {
      disagree(kWrongValue, "an output is not what there is");
    } else if (found->second.is_sensitive != output.is_sensitive) {
      disagree(kWrongSensitivity, "an output is sensitive, or is not, against its declaration");
    }
  }
  if (expected.others_are_open) return;
  for (const auto& [name, output] : stored) {
    if (expected.values.contains(name)) continue;
    findings.add(kUnexpected, checkpoint.operation, std::nullopt,
                 {"an output is there that nobody declares, or that is null",
                  fmt::format("no {} ({})", name, checkpoint.where), words(output)});
  }
}

void check_told(const suite::Checkpoint& checkpoint, Findings& findings) {
  const Outputs& stored = checkpoint.outputs.stored;
  for (const auto& [name, told] : *checkpoint.outputs.told) {
    if (told.is_sensitive && told.value) {
      findings.add(
          kNotKeptBack, checkpoint.operation, std::nullopt,
          {"a run tells the value of a sensitive output", name + " kept back", words(told)});
    }
    const auto found = stored.find(name);
    const bool agrees = found != stored.end() && told.is_sensitive == found->second.is_sensitive &&
                        (!told.value || same(*told.value, found->second.value)) &&
                        (told.value || told.is_sensitive);
    if (agrees) continue;
    findings.add(kTold, checkpoint.operation, std::nullopt,
                 {"a run tells of an output something else than its store has",
                  found == stored.end() ? "nothing of " + name
                                        : fmt::format("{} = {}", name, words(found->second)),
                  words(told)});
  }
  for (const auto& [name, output] : stored) {
    if (checkpoint.outputs.told->contains(name)) continue;
    findings.add(kTold, checkpoint.operation, std::nullopt,
                 {"a run says nothing of an output that its store has",
                  fmt::format("{} = {}", name, words(output)), "nothing of it"});
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kOutputsAgree, out);
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    if (!checkpoint.expected_outputs) continue;
    check_stored(checkpoint, findings);
    if (checkpoint.outputs.told) check_told(checkpoint, findings);
  }
}

}  // namespace
}  // namespace outputs_agree

constinit const Invariant kOutputsAgree = {
    .id = "outputs-agree",
    .summary = "Outputs are what there is, and a run tells of them what its store has.",
    .promise = "docs/terraform.md §3: what a configuration shows",
    .kinds = outputs_agree::kKinds,
    .check = outputs_agree::check,
};

}  // namespace squall::invariants
