#include "report/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace squall::report {

namespace {

using campaign::Difference;
using campaign::SideBySide;
using campaign::Worse;

std::string words_of(const Difference& difference) {
  const std::string_view verdict = difference.worse == Worse::kB   ? " (B is worse)"
                                   : difference.worse == Worse::kA ? " (A is worse)"
                                                                   : "";
  return fmt::format("{}{} · A: {} · B: {}", difference.subject, verdict, difference.in_a,
                     difference.in_b);
}

std::string words_of(const suite::Case& test_case, const campaign::RequestPlace& place) {
  if (place.operation >= test_case.operations.size()) return "the epilogue: " + place.phase;
  return fmt::format("operation {}: {}", place.operation + 1,
                     suite::words(test_case.world, test_case.operations[place.operation]));
}

std::string verdict_line(const SideBySide& result, const Style& style) {
  size_t all = 0;
  for (const campaign::ComparedCase& each : result.differing) all += each.differences.size();
  const std::string where =
      fmt::format("{}, {}", counted(result.cases, "case"), time_words(result.elapsed));
  if (result.harness_error)
    return style.bad(
        fmt::format("✗ the harness failed after {}: {}", where, result.harness_error->message));
  if (all == 0) return style.good("✓ no difference in " + where);
  const std::string found =
      fmt::format("{} in {} of {}", counted(all, "difference"), result.differing.size(), where);
  const uint64_t worse = result.count(Worse::kB);
  if (worse == 0) return style.good(fmt::format("✓ {}; none makes B worse", found));
  return style.bad(fmt::format("✗ {}; B is worse by {}", found, worse));
}

}  // namespace

std::string difference_report(const campaign::ComparedCase& compared, const Style& style) {
  std::string out = style.strong(
      fmt::format("{}: {}", compared.name, counted(compared.differences.size(), "difference")));
  out += "\n";
  const auto first = std::ranges::find_if(
      compared.differences, [](const Difference& each) { return each.place.has_value(); });
  if (first != compared.differences.end())
    out += labelled("first", words_of(compared.test_case, *first->place), style);
  size_t later = 0;
  for (const Difference& each : compared.differences) {
    if (each.place && each.place != first->place) {
      ++later;
    } else {
      out += labelled(text_of(each.aspect), words_of(each), style);
    }
  }
  if (later > 0)
    out += labelled("later",
                    counted(later, "difference") + " in later requests, which may follow from that",
                    style);
  return out;
}

std::string comparison_summary(const SideBySide& result, const SideNames& names,
                               const Style& style) {
  std::string out = verdict_line(result, style) + "\n\n";
  out += labelled("A", names.a, style);
  out += labelled("B", names.b, style);
  if (!result.profile.empty()) out += labelled("profile", result.profile, style);
  if (result.dropped > 0)
    out += labelled(
        "dropped",
        fmt::format("{} in {}: two runs of one and the same binary differ so too",
                    counted(result.dropped, "difference"), counted(result.dropped_cases, "case")),
        style);
  if (result.compared_in_part > 0)
    out += labelled("in part",
                    fmt::format("{}: from an operation on that is interrupted at a moment which no "
                                "two runs share, only invariants are compared",
                                counted(result.compared_in_part, "case")),
                    style);
  if (result.interrupted) out += labelled("interrupted", "the run ended early", style);
  return out;
}

}  // namespace squall::report
