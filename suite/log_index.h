// The cloud's log by call, kept up to date while a case runs, with the two look-ups the judge
// needs: the calls of one update, and the calls that concern one name.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cloud/operation_log.h"

namespace squall::suite {

class LogIndex {
 public:
  // Appends records that follow those already here.
  void append(const std::vector<cloud::LogRecord>& records);

  uint64_t end() const { return end_; }
  const cloud::Call& call(cloud::CallId id) const { return calls_.at(id - 1); }
  // Of one command for one resource name, in order of arrival.
  std::span<const cloud::CallId> of_update(const std::string& command,
                                           const std::string& name) const;
  // All calls for one resource name, in order of arrival.
  std::span<const cloud::CallId> of_name(const std::string& name) const;

 private:
  std::vector<cloud::Call> calls_;  // position: id - 1
  std::map<std::pair<std::string, std::string>, std::vector<cloud::CallId>> by_update_;
  std::map<std::string, std::vector<cloud::CallId>> by_name_;
  uint64_t end_ = 0;
};

// The answer reached an engine that was there to hear it.
inline bool heard(const cloud::Call& call) { return call.delivered && call.answer != nullptr; }
inline bool heard_success(const cloud::Call& call) { return heard(call) && call.answer->ok(); }
inline bool heard_error(const cloud::Call& call, ErrorCode code) {
  return heard(call) && call.answer->status == ReplyStatus::kFailure && call.answer->error == code;
}

}  // namespace squall::suite
