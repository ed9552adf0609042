#include "report/remark_report.h"

#include <fmt/format.h>

#include "report/summary.h"

namespace squall::report {

using campaign::CampaignResult;
using campaign::Remark;

PromiseWords promise_of(const CampaignResult& result, const Remark& remark) {
  return promise_words(result.engine, result.engine_version, remark.signature);
}

std::string remark_words(const Remark& remark) {
  return seen_words(remark.signature, remark.cases, remark.first_case);
}

std::string remark_report(const CampaignResult& result, size_t index, const Style& style) {
  const Remark& remark = result.remarks.at(index);
  const invariants::Violation& violation = remark.violation;
  std::string head = spread("– " + remark_words(remark),
                            fmt::format("remark {} of {}", index + 1, result.remarks.size()));
  // Painting comes last: the columns were counted without it.
  const std::string mark = "– " + remark.signature;
  head.replace(0, mark.size(), style.strong(mark));
  std::string out = head + "\n";
  const std::string said =
      fmt::format("{} {}: {}.", result.engine, result.engine_version, violation.headline);
  for (const std::string& line : wrapped(said, kColumns - 2)) out += "  " + line + "\n";
  out += "\n";
  if (!violation.expected.empty()) out += labelled("expected", violation.expected, style);
  if (!violation.actual.empty()) out += labelled("actual", violation.actual, style);
  return out + promise_row(promise_of(result, remark), style);
}

JsonObject remark_json(const CampaignResult& result, const Remark& remark) {
  JsonObject out{{"signature", remark.signature},         {"cases", remark.cases},
                 {"first_case", remark.first_case},       {"headline", remark.violation.headline},
                 {"expected", remark.violation.expected}, {"actual", remark.violation.actual}};
  add_json(promise_of(result, remark), out);
  return out;
}

}  // namespace squall::report
