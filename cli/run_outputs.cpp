#include "cli/run_outputs.h"

#include <utility>

#include "campaign/files.h"
#include "campaign/version.h"
#include "cli/console.h"
#include "cli/hang.h"
#include "documents/json.h"
#include "report/failure_report.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/remark_report.h"
#include "report/summary.h"

namespace squall::cli {
namespace {

// Reports are written once all findings are known: each says which one of how many it is. A failure
// that could not be saved stands on the terminal all the same, and counts.
void report_findings(campaign::CampaignResult& result, const report::Style& style) {
  const size_t count = result.findings.size();
  for (size_t i = 0; i < count; ++i) {
    campaign::Finding& finding = result.findings[i];
    const report::Placement placement{.number = i + 1, .of = count};
    const Result<void> saved = report::save_reports(finding, placement);
    if (!saved && finding.save_error.empty()) finding.save_error = saved.error().message;
    print(report::failure_report(finding, placement, style) + "\n");
    if (!finding.save_error.empty()) {
      complain("failure " + finding.signature + " was not saved: " + finding.save_error);
    }
  }
}

Result<void> write_outputs(const campaign::CampaignResult& result, const RunOutputs& outputs) {
  if (outputs.junit) TRY_VOID(campaign::write_file(*outputs.junit, report::junit(result)));
  if (outputs.summary) TRY_VOID(campaign::write_file(*outputs.summary, report::markdown(result)));
  return {};
}

}  // namespace

void declare_outputs(Arguments& arguments, RunOutputs& outputs) {
  arguments.flag("--json", outputs.json, "end with a summary object, the last line of stdout");
  arguments.path("--junit", outputs.junit, "write the verdicts to this file as JUnit XML");
  arguments.path("--summary", outputs.summary, "write the summary to this file as Markdown");
  arguments.path("--shrink-log", outputs.shrink_log,
                 "write every attempt of the shrinker to this file, a line of JSON each");
}

Result<void> check(const RunOutputs& outputs) {
  for (const auto& path : {outputs.junit, outputs.summary, outputs.shrink_log}) {
    if (path) TRY_VOID(campaign::check_can_write(*path));
  }
  return {};
}

int conclude(campaign::CampaignResult& result, const RunOutputs& outputs) {
  const report::Style style = style_of_output();
  report_findings(result, style);
  for (size_t i = 0; i < result.remarks.size(); ++i) {
    print(report::remark_report(result, i, style) + "\n");
  }
  print(report::summary(result, style));
  const Result<void> written = write_outputs(result, outputs);
  if (outputs.json) print(canonical(report::summary_json(result)) + "\n");
  return written ? campaign::exit_code(result) : complain(written.error().message);
}

void RunObserver::on_attempt(const campaign::Attempt& attempt) {
  if (log_) log_->add(attempt);
  ProgressLine::on_attempt(attempt);
}

void RunObserver::on_hang(const campaign::Finding& finding) {
  clear();
  campaign::CampaignResult result = so_far_;
  result.engine = finding.record.traits.engine;
  result.engine_version = campaign::version_of(finding.record.traits);
  result.profile = finding.scenario.profile;
  result.findings.push_back(finding);
  end_at_once(conclude(result, outputs_));
}

}  // namespace squall::cli
