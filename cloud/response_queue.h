// Programmed responses: what the next calls of one kind for one resource are answered with.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cloud/controller.h"

namespace squall::cloud {

class ResponseQueue {
 public:
  void program(const ProgrammedResponse& response);
  // Drops what has not been used; returns how many.
  size_t withdraw(const std::string& label, CallKind call);

  // Takes the next response of (label, call). nullopt: none is programmed. A response without a
  // code is used up, and lets the call go as it would.
  std::optional<ProgrammedResponse> take(const std::string& label, CallKind call);

 private:
  std::map<std::pair<std::string, CallKind>, std::deque<std::optional<ErrorCode>>> queues_;
};

}  // namespace squall::cloud
