// What a call is going to do, decided without doing it. The order of the checks is that of
// outcomes.md: a create's token decides before rate, quota, names and integrity.
#pragma once

#include <memory>
#include <string>

#include "cloud/calls.h"

namespace squall::cloud {

struct Verdict {
  enum class Action {
    kRefuse,
    kTell,         // the object, or none
    kTellRequest,  // a create that is still in progress: its request id
    kCreate,
    kComplete,  // a create that made its object in part
    kUpdate,
    kDelete,
    kSettleAsNone,
    kPoll,
    kList,
  };
  Action action = Action::kRefuse;
  ErrorCode error = ErrorCode::kInvalidRequest;  // kRefuse
  std::string message;                           // kRefuse
  const Schema* schema = nullptr;                // of the request's type, where that is known
  const ObjectRecord* object = nullptr;          // the object concerned, deleted or not
  // kCreate: the writable properties; kUpdate, kComplete: all.
  std::shared_ptr<const JsonObject> next;
  std::string request_id;                // kTellRequest
  const ObjectRecord* parent = nullptr;  // kList
  uint64_t start = 0;                    // kList
  bool charged = true;                   // counts against the rate limit
};

Verdict decide(const Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
               Instant now);

// The same for the first `operations` of an update's patch alone. REQUIRES: the whole of it would
// go through.
Verdict decide_partial_update(const CloudState& state, const Behaviours& behaviours,
                              const ProviderRequest& request, const ObjectRecord& object,
                              size_t operations);

// Are all members fields of the type, and all required fields there? An error in words otherwise.
Result<void> check_fields(const Schema& schema, const JsonObject& properties);

// What a token is bound to, beside the type.
uint64_t request_digest(const ProviderRequest& request);

}  // namespace squall::cloud
