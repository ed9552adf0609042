// What `squall compare` prints: the differences of a case, and the summary of all.
#pragma once

#include <string>

#include "campaign/side_by_side.h"
#include "report/text.h"

namespace squall::report {

// How the two are called in a report: "Terraform 1.11.4 -parallelism=1".
struct SideNames {
  std::string a;
  std::string b;
};

// The case with what differs in its first request that has a difference, the invariants, and how
// many differences later ones have. Ends with a line break.
std::string difference_report(const campaign::ComparedCase& compared, const Style& style);

// One line that says it all, and what was compared. Ends with a line break.
std::string comparison_summary(const campaign::SideBySide& result, const SideNames& names,
                               const Style& style);

}  // namespace squall::report
