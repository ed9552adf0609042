// Which cases the naive interpreter can follow.
#pragma once

#include "suite/record.h"

namespace squall::invariants {

// Did the interpreter have a request to answer, before anything went wrong or two commands
// overlapped?
bool is_followed_by_interpreter(const suite::CaseRecord& record);

}  // namespace squall::invariants
