// Ranges of versions, as known failures name them: ">=0.3.0 <0.5".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace squall::campaign {

// Negative, zero or positive, by the numbers between the dots; what is missing counts as 0. A
// version with a tail ("1.0.0-rc1") comes before the one without it, tails go by their bytes, and a
// "v" in front says nothing.
int compare_versions(std::string_view a, std::string_view b);

class VersionRange {
 public:
  // Conditions with blanks between them, all of which must hold: ">=0.3.0 <0.5", "=1.2", "*". No
  // condition: every version. The error names the condition that is none.
  static Result<VersionRange> parse(std::string_view text);

  bool contains(std::string_view version) const;

 private:
  struct Condition {
    std::string relation;
    std::string version;
  };
  std::vector<Condition> conditions_;
};

}  // namespace squall::campaign
