// What the caller of a call heard, if anything, and which life of the engine the caller was.
#pragma once

#include <algorithm>
#include <span>

#include "cloud/operation_log.h"

namespace squall::cloud {

// The answer reached an engine that was there to hear it.
inline bool heard(const Call& call) { return call.delivered && call.answer != nullptr; }
// What looks like an answer, and lacks parts that it must have: as good as none.
inline bool is_malformed(const Call& call) {
  return call.fault == "malformed-reply" && call.answer != nullptr &&
         call.answer->status != ReplyStatus::kFailure;
}
inline bool heard_success(const Call& call) {
  return heard(call) && call.answer->ok() && !is_malformed(call);
}
inline bool heard_in_progress(const Call& call) {
  return heard(call) && call.answer->status == ReplyStatus::kInProgress && !is_malformed(call);
}
inline bool heard_error(const Call& call, ErrorCode code) {
  return heard(call) && call.answer->status == ReplyStatus::kFailure && call.answer->error == code;
}

// Which life of the engine sent the call, from 0: every crash ends one. `crashes`: log positions at
// which the engine died, ascending.
inline size_t life_of(const Call& call, std::span<const uint64_t> crashes) {
  if (call.request->connection > 0) return call.request->connection - 1;
  const auto next_crash = std::ranges::lower_bound(crashes, call.arrived_sequence);
  return static_cast<size_t>(next_crash - crashes.begin());
}

}  // namespace squall::cloud
