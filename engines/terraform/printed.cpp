#include "engines/terraform/printed.h"

#include <fmt/format.h>

#include "base/contains.h"

namespace squall::terraform {

void Printed::add(const CliRun& run) {
  texts_.push_back({text_of(run.command), run.out.text + "\n" + run.err.text});
}

void Printed::look_into(const std::string& place, const std::string& text,
                        const std::set<std::string>& secrets) {
  if (contains_any(text, secrets)) found_.push_back(place);
}

std::vector<std::string> Printed::places_of(const std::vector<std::string>& secrets) const {
  std::vector<std::string> out = found_;
  for (const Text& each : texts_)
    if (contains_any(each.text, secrets)) out.push_back("the output of: " + each.command);
  return out;
}

Outputs outputs_of(const std::optional<State>& state) {
  Outputs out;
  if (!state) return out;
  for (const auto& [name, output] : state->outputs) out[name] = {output.value, output.sensitive};
  return out;
}

// A plan tells of them too, without values; what comes last is what came of it.
std::optional<std::map<std::string, ToldOutput>> told_outputs(const CliRun& run) {
  std::optional<std::map<std::string, ToldOutput>> out;
  bool is_done = false;
  for (const Event& event : run.events) {
    if (const auto* summary = std::get_if<event::Summary>(&event))
      is_done = summary->operation != "plan";
    const auto* told = std::get_if<event::Outputs>(&event);
    if (told == nullptr || !is_done) continue;
    out.emplace();
    for (const auto& [name, output] : told->outputs)
      out->insert({name, {output.value, output.sensitive}});
  }
  return out;
}

}  // namespace squall::terraform
