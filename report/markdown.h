// The summary of a run as GitHub-flavoured Markdown: for a job's summary page or a comment.
#pragma once

#include <string>

#include "campaign/campaign.h"

namespace squall::report {

// Deterministic but for times and rates.
std::string markdown(const campaign::CampaignResult& result);

}  // namespace squall::report
