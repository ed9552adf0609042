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

// The lines that the summaries for a terminal and for Markdown share: "no-duplicate/two-objects in
// 12 cases, first in case 3" and "no-phantom/… still fails: .squall/failures/no-phantom-12ab".
std::string known_words(const campaign::KnownFailure& failure);
std::string seen_words(const std::string& signature, uint64_t cases, uint64_t first_case);
std::string saved_words(const campaign::SavedOutcome& outcome);
// "sim 0.3.0 · profile … · seed 7 · 2 jobs".
std::string run_words(const campaign::CampaignResult& result);
// "✓ nothing found", without colours.
std::string verdict_words(const campaign::CampaignResult& result);

}  // namespace squall::report
