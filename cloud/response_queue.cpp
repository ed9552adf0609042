#include "cloud/response_queue.h"

namespace squall::cloud {

void ResponseQueue::program(const ProgrammedResponse& response) {
  queues_[{response.label, response.call}].push_back(response.code);
}

size_t ResponseQueue::withdraw(const std::string& label, CallKind call) {
  const auto found = queues_.find({label, call});
  if (found == queues_.end()) return 0;
  const size_t unused = found->second.size();
  queues_.erase(found);
  return unused;
}

std::optional<ProgrammedResponse> ResponseQueue::take(const std::string& label, CallKind call) {
  if (queues_.empty()) return std::nullopt;
  const auto found = queues_.find({label, call});
  if (found == queues_.end()) return std::nullopt;
  ProgrammedResponse response{label, call, found->second.front()};
  found->second.pop_front();
  if (found->second.empty()) queues_.erase(found);
  return response;
}

}  // namespace squall::cloud
