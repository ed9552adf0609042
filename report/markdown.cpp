#include "report/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "report/failure_report.h"
#include "report/remark_report.h"
#include "report/summary.h"

namespace squall::report {
namespace {

using campaign::CampaignResult;

// Text that comes from the engine or from a file must not become markup. Inside a table a bar ends
// the cell.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (std::string_view("\\`*_{}[]<>|#~").contains(c)) out += '\\';
    out += c;
  }
  return out;
}

// A fence longer than any run of backticks in the text.
std::string fenced(std::string_view text) {
  size_t longest = 2;
  size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fmt::format("{}text\n{}{}\n", fence, text, fence);
}

std::string details(std::string_view title, std::string_view text) {
  return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, fenced(text));
}

std::string failures(const CampaignResult& result) {
  if (result.findings.empty()) return "";
  std::string out =
      "| failure | what | shows | cases | operations |\n"
      "| --- | --- | --- | ---: | ---: |\n";
  for (const campaign::Finding& finding : result.findings) {
    out += fmt::format("| {} | {} | {} of {} | {} | {} |\n", escaped(finding.signature),
                       escaped(finding.violation.headline), finding.confirmed, finding.runs,
                       grouped(finding.occurrences), finding.scenario.test_case.operations.size());
  }
  out += "\n";
  for (size_t i = 0; i < result.findings.size(); ++i) {
    const Placement placement{.number = i + 1, .of = result.findings.size()};
    out += details(escaped(result.findings[i].signature),
                   failure_report(result.findings[i], placement, Style(false)));
  }
  return out;
}

// Only an address becomes a link; anything else is shown as it stands.
std::string linked(const std::string& link) {
  const bool address = link.starts_with("https://") || link.starts_with("http://");
  return address && link.find_first_of(" <>|") == std::string::npos ? "<" + link + ">"
                                                                    : escaped(link);
}

std::string known(const CampaignResult& result) {
  if (result.known.empty()) return "";
  std::string out = "| known failure | cases | first | link |\n| --- | ---: | ---: | --- |\n";
  for (const campaign::KnownFailure& failure : result.known) {
    out += fmt::format("| {} | {} | {} | {} |\n", escaped(failure.signature),
                       grouped(failure.cases), failure.first_case, linked(failure.link));
  }
  return out + "\n";
}

std::string remarks(const CampaignResult& result) {
  if (result.remarks.empty()) return "";
  std::string out =
      "| remark | what | cases | first | grade |\n| --- | --- | ---: | ---: | --- |\n";
  for (const campaign::Remark& remark : result.remarks) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", escaped(remark.signature),
                       escaped(remark.violation.headline), grouped(remark.cases), remark.first_case,
                       promise_of(result, remark).grade);
  }
  out += "\n";
  for (size_t i = 0; i < result.remarks.size(); ++i) {
    out += details(escaped(result.remarks[i].signature), remark_report(result, i, Style(false)));
  }
  return out;
}

template <class Range>
std::string bullets(std::string_view label, const Range& texts) {
  std::string out;
  for (const std::string& text : texts) out += fmt::format("- {}: {}\n", label, escaped(text));
  return out;
}

std::string notes(const CampaignResult& result) {
  std::vector<std::string> saved;
  for (const campaign::SavedOutcome& outcome : result.saved) saved.push_back(saved_words(outcome));
  std::vector<std::string> harness;
  if (result.harness_error) {
    harness.push_back(fmt::format("case {}: {}", result.harness_error->case_index,
                                  result.harness_error->message));
  }
  std::string out = bullets("**harness**", harness);
  out += bullets("**problem**", result.health.problems);
  out += bullets("expired", result.expired);
  out += bullets("saved", saved);
  out += bullets("doubt", result.health.doubts);
  return out.empty() ? "" : out + "\n";
}

}  // namespace

std::string markdown(const CampaignResult& result) {
  std::string out =
      fmt::format("### Squall: {} in {}, {}\n\n", verdict_words(result),
                  counted(result.statistics.cases, "case"), time_words(result.elapsed));
  out += escaped(run_words(result)) + "\n\n";
  out += failures(result) + known(result) + remarks(result) + notes(result);
  return out + details("what was covered", summary(result, Style(false)));
}

}  // namespace squall::report
