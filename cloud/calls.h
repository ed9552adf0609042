// What each call does to the truth, and what the true answer is: the rules of outcomes.md, "What
// makes retries safe". Which fault hits a call is none of its business; that a call can be carried
// out in part, or fail after it was begun, is.
#pragma once

#include <optional>
#include <string>

#include "cloud/cloud_state.h"
#include "cloud/controller.h"
#include "cloud/rate_limit.h"
#include "cloud/requests.h"
#include "documents/provider_call.h"

namespace squall::cloud {

inline constexpr size_t kListPageSize = 100;

// The truth as calls see it: the objects, how many calls they may still make, and what they are
// still waiting for.
struct Truth {
  CloudState state;
  RateLimit rate;
  AsyncRequests requests;
};

struct Executed {
  ProviderReply reply;
  Change change;  // effect kNone where nothing changed; the object concerned, where there is one
  // What a fault makes the caller hear in place of `reply`.
  std::optional<ProviderReply> said;
  bool departed = false;  // the execution, or what is said of it, is not the plain one
  bool vanishes = false;  // the object goes behind everybody's back once the answer has left
};

// How an execution departs from the plain one.
struct Departure {
  enum class Kind {
    kNone,
    kPartly,       // create: some properties are stored; update: some operations are applied
    kFailedLater,  // asynchronous ones: in progress, and then `code`; a definite one: no effect
  };
  Kind kind = Kind::kNone;
  ErrorCode code = ErrorCode::kServiceInternalError;
  std::string words;  // go with the code
};

// Executes a call. A failure leaves the objects and tokens as they were, but for a partial one. A
// departure that does not fit the call, or a call that fails anyway, is executed plainly.
Executed execute(Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                 Instant now, const Departure& departure = {});

// Would execute() be refused nothing? Changes nothing.
bool would_succeed(const Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                   Instant now);

// The name by which rules and programmed responses find a call: the property Name of the object
// concerned where that is known, else the label the request carries.
std::string resource_name(const Truth& truth, const ProviderRequest& request);

// What a read answered when `version` was the last one. REQUIRES: not a deletion.
ProviderReply told(const ObjectRecord& object, const ObjectVersion& version,
                   const Behaviours& behaviours);

}  // namespace squall::cloud
