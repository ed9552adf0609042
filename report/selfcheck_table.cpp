#include "report/selfcheck_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace squall::report {
namespace {

using campaign::median;
using campaign::PlantRow;
using campaign::PlantSearch;
using campaign::SelfcheckResult;

using Row = std::vector<std::string>;

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// The medians of searches that found something.
struct Medians {
  uint64_t cases = 0;
  Duration elapsed = Duration(0);
  uint64_t operations = 0;
  bool any = false;
};

Medians medians_of(const std::vector<PlantSearch>& searches) {
  std::vector<uint64_t> cases;
  std::vector<uint64_t> elapsed;
  std::vector<uint64_t> operations;
  for (const PlantSearch& search : searches) {
    if (!search.found) continue;
    cases.push_back(search.cases);
    elapsed.push_back(static_cast<uint64_t>(search.elapsed.count()));
    operations.push_back(search.operations);
  }
  return {.cases = median(cases),
          .elapsed = Duration(static_cast<int64_t>(median(elapsed))),
          .operations = median(operations),
          .any = !cases.empty()};
}

std::vector<PlantSearch> all_searches(const SelfcheckResult& result) {
  std::vector<PlantSearch> out;
  for (const PlantRow& row : result.rows) {
    out.insert(out.end(), row.searches.begin(), row.searches.end());
  }
  return out;
}

std::string found_words(const PlantRow& row) {
  if (row.searches.size() == 1) return row.found() ? "yes" : "no";
  return fmt::format("{} of {}", std::ranges::count_if(row.searches, &PlantSearch::found),
                     row.searches.size());
}

// Every signature once, in the order of the seeds.
std::string signatures_of(const PlantRow& row) {
  std::vector<std::string> out;
  for (const PlantSearch& search : row.searches) {
    if (search.found && std::ranges::find(out, search.signature) == out.end()) {
      out.push_back(search.signature + (search.confirmed ? "" : " (suspect)"));
    }
  }
  return out.empty() ? "–" : joined(out, ", ");
}

void add_numbers(const Medians& medians, Row& row) {
  row.push_back(medians.any ? grouped(medians.cases) : "–");
  row.push_back(medians.any ? fmt::format("{:.2f}", seconds_of(medians.elapsed)) : "–");
  row.push_back(medians.any ? std::to_string(medians.operations) : "–");
}

Row row_of(const PlantRow& row) {
  Row out = {row.plant, found_words(row)};
  add_numbers(medians_of(row.searches), out);
  out.push_back(fmt::format("{} of {}", row.smoke_passed, row.smoke_cases));
  out.push_back(signatures_of(row));
  return out;
}

// Numbers stand to the right; the last column is as wide as it is.
std::string laid_out(const std::vector<Row>& rows, const Style& style) {
  constexpr std::array kIsNumber = {false, false, true, true, true, true, false};
  std::array<size_t, kIsNumber.size()> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i + 1 < row.size(); ++i) {
      line += kIsNumber[i] ? padded_left(row[i], widths[i]) : padded(row[i], widths[i]);
      line += "  ";
    }
    line += row.back();
    while (line.ends_with(' ')) line.pop_back();
    out += (&row == &rows.front() ? style.strong(line) : line) + "\n";
  }
  return out;
}

std::string verdict(const SelfcheckResult& result, const Style& style) {
  const std::string words =
      fmt::format("{} of {} found", result.found(), counted(result.rows.size(), "plant"));
  if (!result.harness_error.empty()) {
    return style.bad("✗ the harness failed") + ": " + result.harness_error;
  }
  if (result.interrupted) return style.strong("– interrupted") + ", " + words;
  const bool all = campaign::exit_code(result) == 0;
  std::string out = all ? style.good("✓ " + words) : style.bad("✗ " + words);
  for (const PlantRow& row : result.rows) {
    if (row.smoke_holds()) continue;
    out += fmt::format("; {} fails without any fault too", row.plant);
  }
  return out;
}

JsonObject search_json(const PlantSearch& search) {
  JsonObject out{{"seed", search.seed},
                 {"found", search.found},
                 {"cases", search.cases},
                 {"seconds", seconds_of(search.elapsed)}};
  if (!search.found) return out;
  out["signature"] = search.signature;
  out["invariant"] = search.signature.substr(0, search.signature.find('/'));
  out["confirmed"] = search.confirmed;
  out["operations"] = search.operations;
  out["shrink_seconds"] = seconds_of(search.shrinking);
  return out;
}

JsonObject medians_json(const Medians& medians) {
  return {{"cases", medians.cases},
          {"seconds", seconds_of(medians.elapsed)},
          {"operations", medians.operations}};
}

}  // namespace

std::string selfcheck_table(const SelfcheckResult& result, const Style& style) {
  std::vector<Row> rows = {{"plant", "found", "cases", "seconds", "operations", "smoke", "by"}};
  for (const PlantRow& row : result.rows) rows.push_back(row_of(row));
  Row medians = {"median", ""};
  add_numbers(medians_of(all_searches(result)), medians);
  medians.insert(medians.end(), {"", ""});
  rows.push_back(std::move(medians));
  return laid_out(rows, style) + "\n" + verdict(result, style) + "\n";
}

JsonObject selfcheck_json(const SelfcheckResult& result) {
  JsonArray table;
  for (const PlantRow& row : result.rows) {
    JsonArray searches;
    for (const PlantSearch& search : row.searches) searches.push_back(search_json(search));
    table.push_back(JsonObject{{"plant", row.plant},
                               {"found", row.found()},
                               {"median", medians_json(medians_of(row.searches))},
                               {"smoke_cases", row.smoke_cases},
                               {"smoke_passed", row.smoke_passed},
                               {"searches", std::move(searches)}});
  }
  return {{"plants", result.rows.size()},
          {"found", result.found()},
          {"median", medians_json(medians_of(all_searches(result)))},
          {"table", std::move(table)},
          {"interrupted", result.interrupted},
          {"harness_error", result.harness_error},
          {"exit_code", campaign::exit_code(result)}};
}

}  // namespace squall::report
