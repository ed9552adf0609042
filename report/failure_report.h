// The failure report of verdicts.md, for a terminal and as JSON with the same content.
#pragma once

#include <string>

#include "base/result.h"
#include "campaign/finding.h"
#include "documents/json.h"
#include "report/text.h"

namespace squall::report {

// "failure 1 of 2".
struct Placement {
  size_t number = 1;
  size_t of = 1;
};

// Ends with a line break. Deterministic but for the time that shrinking took.
std::string failure_report(const campaign::Finding& finding, Placement placement,
                           const Style& style);

JsonObject failure_json(const campaign::Finding& finding);

// The command that replays a saved finding, quoted for a shell; empty where it was not saved. It
// ends with "--types FILE" where the case has a type that is not built in: which file, the
// scenario's description says.
std::string replay_command(const campaign::Finding& finding);

// The command that shows it without Squall, where that is asked for and there is a way
// (campaign/reproduction.h); else empty.
std::string confirm_command(const campaign::Finding& finding);

// Adds report.txt and report.json to the folder the finding was saved in, and to finding.files.
// Does nothing where it was not saved. Errors: whatever the file system says.
Result<void> save_reports(campaign::Finding& finding, Placement placement);

}  // namespace squall::report
