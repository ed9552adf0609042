#include "report/promise_words.h"

#include <fmt/format.h>

#include <vector>

#include "campaign/promises.h"
#include "invariants/invariant.h"

namespace squall::report {
namespace {

constexpr std::string_view kNotPromised = "not promised";

PromiseWords words_of(const campaign::Standing& standing, std::string_view version) {
  PromiseWords out;
  out.grade = kNotPromised;
  if (standing.promise == nullptr) {
    out.words = "nobody has looked for a sentence in its documentation";
    return out;
  }
  out.words = standing.promise->says;
  // Of another kind of version, what is said of the plain ones tells most.
  const campaign::Source& source =
      standing.source != nullptr ? *standing.source : standing.promise->source;
  out.address = source.address;
  out.versions = source.versions;
  if (standing.in_range) {
    out.grade = to_string(standing.promise->grade);
  } else {
    out.words = fmt::format("not of version {}; of others: {}", version, out.words);
  }
  return out;
}

}  // namespace

PromiseWords promise_words(std::string_view engine, std::string_view version,
                           std::string_view signature) {
  if (const auto* promises = campaign::promises_of(engine))
    return words_of(campaign::standing_of(*promises, signature, version), version);
  const invariants::Invariant* invariant =
      invariants::find_invariant(signature.substr(0, signature.find('/')));
  PromiseWords out;
  out.grade = to_string(campaign::Grade::documented);
  if (invariant != nullptr) out.words = invariant->promise;
  return out;
}

std::string in_full(const PromiseWords& promise) {
  std::string out = fmt::format("{}: {}", promise.grade, promise.words);
  if (!promise.address.empty())
    out += fmt::format(" ({}; versions {})", promise.address, promise.versions);
  return out;
}

// The grade stands at the right of the first line, as the eye looks for it there.
std::string promise_row(const PromiseWords& promise, const Style& style) {
  if (promise.words.empty()) return "";
  const std::string grade = "grade " + promise.grade;
  std::vector<std::string> lines =
      wrapped(in_full(promise), kLabelledColumns - width_of(grade) - 2);
  std::string out = labelled("promise", spread(lines.front(), grade, kLabelledColumns), style);
  for (size_t i = 1; i < lines.size(); ++i) {
    out.append(kLabelColumns, ' ').append(lines[i]).append("\n");
  }
  return out;
}

void add_json(const PromiseWords& promise, JsonObject& out) {
  out["promise"] = promise.words;
  out["grade"] = promise.grade;
  if (promise.address.empty()) return;
  out["promise_address"] = promise.address;
  out["promise_versions"] = promise.versions;
}

}  // namespace squall::report
