// A run as a JUnit XML file, which every build server reads.
//
// One test case for each invariant that held, and one for each failure, under its signature. A
// known failure is a skipped one with its link, a remark one with what nobody has promised. What
// keeps a run from being believed is an error, and so is an end before its time.
#pragma once

#include <string>

#include "campaign/campaign.h"

namespace squall::report {

// Control characters that XML cannot hold are replaced. Deterministic but for times.
std::string junit(const campaign::CampaignResult& result);

}  // namespace squall::report
