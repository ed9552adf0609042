// How a reproduction (reproduction.h) tells, from what the command line said and left, whether a
// failure shows: a closed list of shapes of failure, each with a check as shell code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/command.h"

namespace squall::campaign {

// What the last run of a case was asked, and what had been declared before.
struct LastRun {
  CommandRequest request;
  std::vector<DeclaredResource> before;  // as the last apply before it declared them
  // What an earlier one declared, and may be there still, where its removal may have failed.
  std::vector<DeclaredResource> left = {};
  bool is_plain = true;  // with terraform_data instead of our provider's resources
};

struct FailureCheck {
  std::string comment;    // "the last run sees a cycle", for "It shows if …"
  std::string functions;  // of the shell, that the conditions need
  // Any of them holds where it shows. What the last run said is in the file "$said", a line of JSON
  // for each event.
  std::vector<std::string> conditions;
  bool after_each_strike = false;  // else after the last run
  // Any run may show it, so also those that every case ends with.
  bool in_any_run = false;
  // The state lies in a server that notes in "$work/calls" what it was asked.
  bool needs_server = false;
};

// The signatures that have a check, in the order of their names.
std::vector<std::string_view> checked_signatures();

// Errors: there is no check for such a failure; what
// it is about is not in the last run.
Result<FailureCheck> failure_check(std::string_view signature, const LastRun& last);

}  // namespace squall::campaign
