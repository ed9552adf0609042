#include "suite/log_index.h"

namespace squall::suite {

void LogIndex::append(const std::vector<cloud::LogRecord>& records) {
  for (const cloud::LogRecord& record : records) {
    end_ = record.sequence;
    if (record.change && record.change->version_after > 0)
      versions_[{record.change->native_id, record.change->version_after}] = record.sequence;
    if (record.phase == cloud::LogPhase::kChanged) {
      by_name_[record.resource_name].last_drift = record.sequence;
      continue;
    }
    cloud::add_record(calls_, record);
    if (record.phase != cloud::LogPhase::kArrived) continue;
    OfName& named = by_name_[record.resource_name];
    named.calls.push_back(record.call);
    named.by_command[record.request->caller].push_back(record.call);
  }
}

const LogIndex::OfName& LogIndex::about(const InternedText& name) const {
  static const OfName kNothing;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNothing : found->second;
}

std::span<const cloud::CallId> LogIndex::of_update(const std::string& command,
                                                   const InternedText& name) const {
  const OfName& named = about(name);
  const auto found = named.by_command.find(command);
  if (found == named.by_command.end()) return {};
  return found->second;
}

std::span<const cloud::CallId> LogIndex::of_name(const InternedText& name) const {
  return about(name).calls;
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

uint64_t LogIndex::last_drift(const InternedText& name) const { return about(name).last_drift; }

}  // namespace squall::suite
