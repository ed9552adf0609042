// Texts in a JSON report.
#pragma once

#include "documents/json.h"

namespace squall::report {

// An array of the texts of a range of them.
template <class Range>
JsonArray texts_json(const Range& texts) {
  JsonArray out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

}  // namespace squall::report
