// What was noticed of an engine that has broken no promise, for a terminal and as JSON.
#pragma once

#include <string>

#include "campaign/campaign.h"
#include "documents/json.h"
#include "report/promise_words.h"
#include "report/text.h"

namespace squall::report {

// What the engine of that run is held to there.
PromiseWords promise_of(const campaign::CampaignResult& result, const campaign::Remark& remark);

// "minimal-calls/needless-update in 4 cases, first in case 18".
std::string remark_words(const campaign::Remark& remark);

// One of result.remarks, shorter than a failure: nobody has looked into it. Ends with a line break.
std::string remark_report(const campaign::CampaignResult& result, size_t index, const Style& style);

JsonObject remark_json(const campaign::CampaignResult& result, const campaign::Remark& remark);

}  // namespace squall::report
