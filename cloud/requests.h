// Asynchronous requests: calls that were answered "in progress", and what becomes of them. The
// effect of such a call is in the truth from the start; only its answer waits for the polls.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "documents/provider_call.h"
#include "documents/schema.h"

namespace squall::cloud {

struct AsyncRequest {
  CallKind kind = CallKind::kCreate;
  const Schema* schema = nullptr;
  NativeId native_id;       // the object concerned; "" where none was made
  std::string name;         // its Name
  uint32_t polls_left = 0;  // 0: done, and every further poll gives the outcome again
  ProviderReply outcome;    // what the last poll answers
};

class AsyncRequests {
 public:
  // Takes the request in and gives it an id, "request-1", "request-2", …
  std::string open(AsyncRequest request);
  // nullptr: never heard of, or forgotten.
  const AsyncRequest* find(const std::string& id) const;
  AsyncRequest* find(const std::string& id);
  void forget(const std::string& id) { requests_.erase(id); }

 private:
  std::map<std::string, AsyncRequest> requests_;
  uint64_t last_id_ = 0;
};

}  // namespace squall::cloud
