#include "suite/log_index.h"

#include "base/check.h"

namespace squall::suite {

void LogIndex::append(const std::vector<cloud::LogRecord>& records) {
  for (const cloud::LogRecord& record : records) {
    end_ = record.sequence;
    if (record.phase == cloud::LogPhase::kChanged) continue;
    if (record.phase == cloud::LogPhase::kArrived) {
      SQUALL_CHECK(record.call == calls_.size() + 1);
      cloud::Call call;
      call.id = record.call;
      call.request = record.request;
      call.resource_name = record.resource_name;
      call.fault = record.fault;
      call.arrived_sequence = record.sequence;
      call.arrived = record.time;
      calls_.push_back(std::move(call));
      by_update_[{record.request->caller, record.resource_name}].push_back(record.call);
      by_name_[record.resource_name].push_back(record.call);
      continue;
    }
    cloud::Call& call = calls_.at(record.call - 1);
    if (record.phase == cloud::LogPhase::kExecuted) {
      call.executions.push_back(
          {record.sequence, record.time, record.change.value_or(cloud::Change()), record.reply});
    } else if (record.phase == cloud::LogPhase::kUndelivered) {
      call.delivered = false;
    } else if (!call.answered_sequence) {
      // A call executed twice may be answered twice; its caller heard the first.
      call.answered_sequence = record.sequence;
      call.answered = record.time;
      call.answer = record.reply;
      call.delivered = true;
    }
  }
}

std::span<const cloud::CallId> LogIndex::of_update(const std::string& command,
                                                   const std::string& name) const {
  const auto found = by_update_.find({command, name});
  if (found == by_update_.end()) return {};
  return found->second;
}

std::span<const cloud::CallId> LogIndex::of_name(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return {};
  return found->second;
}

}  // namespace squall::suite
