// What `squall test` leaves behind besides what it prints: files for build servers, the log of the
// shrinker.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "campaign/campaign.h"
#include "cli/arguments.h"
#include "cli/progress.h"
#include "cli/shrink_log.h"

namespace squall::cli {

struct RunOutputs {
  std::optional<std::string> junit;
  std::optional<std::string> summary;
  std::optional<std::string> shrink_log;
  bool json = false;
};

void declare_outputs(Arguments& arguments, RunOutputs& outputs);

// Whether the files can be written, before a run that would be lost without them.
Result<void> check(const RunOutputs& outputs);

// Prints the reports and the summary, saves and writes what is asked for, and returns the exit code
// of the run; 2 where something that was asked for could not be written.
int conclude(campaign::CampaignResult& result, const RunOutputs& outputs);

// Shows how far a run has come, and keeps the log of the shrinker. A case that hangs ends the
// process: with its report, everything that was asked for, and exit code 3.
class RunObserver final : public ProgressLine {
 public:
  RunObserver(bool terminal, std::optional<uint64_t> cases, const RunOutputs& outputs,
              campaign::CampaignResult so_far, std::optional<ShrinkLog>& log)
      : ProgressLine(terminal, cases), outputs_(outputs), so_far_(std::move(so_far)), log_(log) {}

  void on_attempt(const campaign::Attempt& attempt) override;
  void on_hang(const campaign::Finding& finding) override;

 private:
  const RunOutputs& outputs_;
  // What is known of a run before it has begun.
  const campaign::CampaignResult so_far_;
  std::optional<ShrinkLog>& log_;
};

}  // namespace squall::cli
