#include "suite/log_index.h"

namespace squall::suite {

void LogIndex::append(const std::vector<cloud::LogRecord>& records) {
  for (const cloud::LogRecord& record : records) {
    end_ = record.sequence;
    if (record.change && record.change->version_after > 0)
      versions_[{record.change->native_id, record.change->version_after}] = record.sequence;
    if (record.phase == cloud::LogPhase::kChanged) {
      drift_[record.resource_name] = record.sequence;
      continue;
    }
    cloud::add_record(calls_, record);
    if (record.phase != cloud::LogPhase::kArrived) continue;
    by_update_[{record.request->caller, record.resource_name}].push_back(record.call);
    by_name_[record.resource_name].push_back(record.call);
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

uint64_t LogIndex::position_of(const NativeId& id, StateVersion version) const {
  const auto found = versions_.find({id, version});
  return found == versions_.end() ? 0 : found->second;
}

uint64_t LogIndex::polled(const cloud::Call& status) const {
  for (const cloud::CallId id : of_name(status.resource_name)) {
    const cloud::Call& call = calls_.at(id - 1);
    const bool answers = call.answer && call.answer->request_id == status.request->request_id;
    if (is_mutation(call.request->kind) && answers && !call.executions.empty())
      return call.executions.front().sequence;
  }
  return 0;
}

uint64_t LogIndex::last_drift(const std::string& name) const {
  const auto found = drift_.find(name);
  return found == drift_.end() ? 0 : found->second;
}

}  // namespace squall::suite
