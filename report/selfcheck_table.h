// What a selfcheck found, as a table and as JSON.
#pragma once

#include <string>

#include "campaign/selfcheck.h"
#include "documents/json.h"
#include "report/text.h"

namespace squall::report {

// One line for each plant, then the medians, then the verdict; where there are several seeds, the
// medians over them stand in a plant's line. Ends with a line break.
std::string selfcheck_table(const campaign::SelfcheckResult& result, const Style& style);

// {"plants", "found", "table", …}.
JsonObject selfcheck_json(const campaign::SelfcheckResult& result);

}  // namespace squall::report
