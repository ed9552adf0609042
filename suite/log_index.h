// The cloud's log by call, kept up to date while a case runs, with the two look-ups the judge
// needs: the calls of one update, and the calls that concern one name.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cloud/heard.h"
#include "cloud/operation_log.h"

namespace squall::suite {

class LogIndex {
 public:
  // Appends records that follow those already here.
  void append(const std::vector<cloud::LogRecord>& records);

  uint64_t end() const { return end_; }
  // All of them, when nothing is asked of the index any more.
  std::vector<cloud::Call> take_calls() { return std::move(calls_); }
  const cloud::Call& call(cloud::CallId id) const { return calls_.at(id - 1); }
  // Of one command for one resource name, in order of arrival.
  std::span<const cloud::CallId> of_update(const std::string& command,
                                           const InternedText& name) const;
  // All calls for one resource name, in order of arrival.
  std::span<const cloud::CallId> of_name(const InternedText& name) const;
  // Where an object got a version; 0: it never had that one.
  uint64_t position_of(const NativeId& id, StateVersion version) const;
  // Where the mutation that a Status call asks about was executed; 0: there is none.
  uint64_t polled(const cloud::Call& status) const;
  // Where the object of this name was last changed behind the engine's back; 0: never.
  uint64_t last_drift(const InternedText& name) const;

 private:
  struct OfName {
    std::vector<cloud::CallId> calls;
    std::map<std::string, std::vector<cloud::CallId>> by_command;
    uint64_t last_drift = 0;
  };
  const OfName& about(const InternedText& name) const;

  std::vector<cloud::Call> calls_;  // position: id - 1
  std::map<InternedText, OfName> by_name_;
  std::map<std::pair<NativeId, StateVersion>, uint64_t> versions_;
  uint64_t end_ = 0;
};

using cloud::heard;
using cloud::heard_error;
using cloud::heard_success;

}  // namespace squall::suite
