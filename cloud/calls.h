// What each call does to the truth, and what the true answer is: the rules of outcomes.md, "What
// makes retries safe". Faults are none of its business.
#pragma once

#include <string>

#include "cloud/cloud_state.h"
#include "cloud/controller.h"
#include "cloud/rate_limit.h"
#include "documents/provider_call.h"

namespace squall::cloud {

inline constexpr size_t kListPageSize = 100;

// The truth as calls see it: the objects, and how many calls they may still make.
struct Truth {
  CloudState state;
  RateLimit rate;
};

struct Executed {
  ProviderReply reply;
  Change change;  // effect kNone where nothing changed; the object concerned, where there is one
};

// Executes a call. A failure leaves the objects and tokens as they were.
Executed execute(Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                 Instant now);

// Would execute() succeed? Changes nothing.
bool would_succeed(const Truth& truth, const Behaviours& behaviours, const ProviderRequest& request,
                   Instant now);

// The name by which rules and programmed responses find a call: the property Name of the object
// concerned where that is known, else the label the request carries.
std::string resource_name(const CloudState& state, const ProviderRequest& request);

// Drift: the changes the controller makes. The error says what is wrong; nothing is changed then.
Result<Change> put(CloudState& state, const std::string& type, const std::string& target,
                   const JsonObject& properties, Instant now);
Result<Change> patch(CloudState& state, const NativeId& id, const JsonArray& patch, Instant now);
Result<Change> remove(CloudState& state, const NativeId& id, Instant now);

}  // namespace squall::cloud
