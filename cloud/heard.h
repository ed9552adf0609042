// What the caller of a call heard, if anything.
#pragma once

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

}  // namespace squall::cloud
