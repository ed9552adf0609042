// squall list: what there is to choose from.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "campaign/engine_factory.h"
#include "cli/console.h"
#include "cli/subcommands.h"
#include "cloud/catalogue.h"
#include "cloud/fault.h"
#include "engines/sim/sim_engine.h"
#include "invariants/invariant.h"
#include "report/text.h"
#include "suite/operation_type.h"
#include "suite/profile.h"

namespace squall::cli {
namespace list_command {
namespace {

using Row = std::vector<std::string>;
using Table = std::vector<Row>;  // the first row is the heading
using Types = std::vector<ResourceType>;

// The last column takes what is left of the line and is wrapped in it.
std::string laid_out(const Table& table, const report::Style& style) {
  constexpr size_t kNarrowestLast = 30;
  std::vector<size_t> widths(table.front().size(), 0);
  for (const Row& row : table) {
    for (size_t i = 0; i + 1 < row.size(); ++i) {
      widths[i] = std::max(widths[i], report::width_of(row[i]));
    }
  }
  size_t indent = 0;
  for (size_t i = 0; i + 1 < widths.size(); ++i) indent += widths[i] + 2;
  const size_t last =
      std::max(kNarrowestLast, report::kColumns - std::min(report::kColumns, indent));
  std::string out;
  for (const Row& row : table) {
    std::string line;
    for (size_t i = 0; i + 1 < row.size(); ++i) line += report::padded(row[i], widths[i] + 2);
    const std::vector<std::string> lines = report::wrapped(row.back(), last);
    line += lines.front();
    out += (&row == &table.front() ? style.strong(line) : line) + "\n";
    for (size_t i = 1; i < lines.size(); ++i) out += std::string(indent, ' ') + lines[i] + "\n";
  }
  return out;
}

template <class Range>
std::string names(const Range& values) {
  std::vector<std::string> out;
  for (const auto value : values) out.emplace_back(to_string(value));
  return report::joined(out, ", ");
}

Table engines(const Types& /*types*/) {
  Table out = {{"engine", "what"}};
  for (const campaign::EngineKind& kind : campaign::engine_kinds()) {
    out.push_back({std::string(kind.name), std::string(kind.summary)});
  }
  return out;
}

Table profiles(const Types& /*types*/) {
  Table out = {{"profile", "short", "what"}};
  for (const suite::Profile& profile : suite::profiles()) {
    out.push_back(
        {std::string(profile.name), std::string(profile.alias), std::string(profile.summary)});
  }
  return out;
}

Table operations(const Types& /*types*/) {
  Table out = {{"operation", "weight", "what"}};
  for (const suite::OperationType* type : suite::operation_types()) {
    out.push_back(
        {std::string(type->name), std::to_string(type->weight), std::string(type->summary)});
  }
  return out;
}

// Of the cloud: where it is missing, the fault is not drawn.
std::vector<std::string> needs_of(const cloud::FaultNeeds& needs) {
  std::vector<std::string> out;
  if (needs.versions) out.emplace_back("versions");
  if (needs.tokens) out.emplace_back("create tokens");
  if (needs.window) out.emplace_back("a consistency window");
  if (needs.asynchronous) out.emplace_back("asynchronous calls");
  return out;
}

Table faults(const Types& /*types*/) {
  Table out = {{"fault", "contract", "what"}};
  for (const cloud::FaultKind* kind : cloud::fault_kinds()) {
    std::string what = fmt::format("{} Hits: {}.", kind->summary, names(kind->calls));
    if (!kind->codes.empty()) what += fmt::format(" Codes: {}.", names(kind->codes));
    if (kind->may_be_silent && !kind->codes.empty()) what += " Or no answer at all.";
    const std::vector<std::string> needs = needs_of(kind->needs);
    if (!needs.empty()) what += fmt::format(" Needs: {}.", report::joined(needs, ", "));
    if (!kind->may_break.empty()) what += fmt::format(" May break: {}.", kind->may_break);
    out.push_back({std::string(kind->name), kind->within_contract ? "within" : "beyond", what});
  }
  return out;
}

Table invariants(const Types& /*types*/) {
  Table out = {{"invariant", "what must hold, and where that is promised"}};
  for (const invariants::Invariant* invariant : invariants::invariants()) {
    out.push_back({std::string(invariant->id),
                   fmt::format("{} ({})", invariant->summary, invariant->promise)});
  }
  return out;
}

Table plants(const Types& /*types*/) {
  Table out = {{"plant", "the deliberate bug"}};
  for (const engine::PlantInfo& plant : engines::sim_plants()) {
    out.push_back({std::string(plant.name), std::string(plant.summary)});
  }
  return out;
}

Table marks(const Types& /*types*/) {
  std::map<std::string, std::vector<std::string>> required_by;
  for (const suite::Profile& profile : suite::profiles()) {
    for (const std::string_view mark : profile.required_marks) {
      required_by[std::string(mark)].emplace_back(profile.alias);
    }
    for (const std::string_view mark : profile.rare_marks) {
      required_by[std::string(mark)].push_back(std::string(profile.alias) + ", in long runs");
    }
  }
  Table out = {{"mark", "profiles that must reach it"}};
  for (const auto& [mark, aliases] : required_by) {
    out.push_back({mark, report::joined(aliases, ", ")});
  }
  return out;
}

Table types(const Types& types) {
  Table out = {{"type", "parent", "fields"}};
  for (const ResourceType& type : types) {
    const Schema& schema = type.schema;
    out.push_back({schema.type, schema.parent.empty() ? "–" : schema.parent,
                   report::joined(schema.fields, ", ")});
  }
  return out;
}

struct List {
  std::string_view name;
  Table (*table)(const Types& types);
};
constexpr std::array kLists = {
    List{.name = "engines", .table = engines},       List{.name = "profiles", .table = profiles},
    List{.name = "operations", .table = operations}, List{.name = "faults", .table = faults},
    List{.name = "invariants", .table = invariants}, List{.name = "plants", .table = plants},
    List{.name = "marks", .table = marks},           List{.name = "types", .table = types},
};

std::string list_names() {
  std::vector<std::string> out;
  for (const List& list : kLists) out.emplace_back(list.name);
  return report::joined(out, ", ");
}

struct Options {
  std::string what;
  std::vector<std::string> types;
};

int run(const Options& options) {
  const auto list = std::ranges::find(kLists, options.what, &List::name);
  if (list == kLists.end()) {
    return complain(
        fmt::format("there is no list \"{}\"; known are {}", options.what, list_names()));
  }
  if (!options.types.empty() && list->table != types) {
    return complain(
        fmt::format("--types adds nothing to the list of {}; it goes with "
                    "`squall list types`",
                    options.what));
  }
  const Result<campaign::SharedCatalogue> catalogue = campaign::load_catalogue(options.types);
  if (!catalogue) return complain(catalogue.error().message);
  print(laid_out(list->table((*catalogue)->types), style_of_output()));
  return 0;
}

Action declare(Arguments& arguments) {
  const auto options = std::make_shared<Options>();
  arguments.positional("WHAT", options->what, "one of " + list_names());
  arguments.paths("--types", options->types, kTypesHelp);
  return [options] { return run(*options); };
}

}  // namespace
}  // namespace list_command

const Subcommand kList = {
    .name = "list",
    .summary = "name the engines, profiles, operations, faults, invariants, plants, marks or types",
    .declare = list_command::declare,
};

}  // namespace squall::cli
