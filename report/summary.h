// The end of a run: what was covered, never a bare OK; for a terminal and as JSON.
#pragma once

#include <string>

#include "campaign/campaign.h"
#include "documents/json.h"
#include "report/text.h"

namespace squall::report {

// Ends with a line break. Deterministic but for times and rates.
std::string summary(const campaign::CampaignResult& result, const Style& style);

// The summary object of `--json`. seed and counts are numbers, trace_hash 16 hexadecimal digits.
JsonObject summary_json(const campaign::CampaignResult& result);

// Counted cases per second of the search.
double cases_per_second(const campaign::CampaignResult& result);

}  // namespace squall::report
