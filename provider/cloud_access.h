// How a provider reaches the simulated cloud. Two implementations: SharedCloud (a cloud in this
// process, with its faults in real time) and CloudFile (a cloud in a file, for providers that are
// processes of their own).
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <vector>

#include "base/time.h"
#include "documents/provider_call.h"
#include "documents/resource_type.h"

namespace squall {

// What of the cloud's behaviour a caller must know to call it rightly (docs/rules.md).
struct CloudTraits {
  bool create_tokens = true;  // a repeated create with the same token makes no second object
  bool versions = true;       // answers carry versions, and IfVersion is looked at
  bool normalises = false;    // keeps some values in a spelling of its own
  Duration consistency_window = Duration(0);
};

// How long a caller waits for an answer.
struct Patience {
  Duration deadline = std::chrono::seconds(10);
  // Once this is asked for, `grace` is left at most …
  std::stop_token stop;
  Duration grace = std::chrono::seconds(1);
  // … and once this is, nothing: the caller has died.
  std::stop_token killed;
  // Asked once, when the answer is there: does it reach the caller? May block, in the caller's
  // thread. Empty: it does.
  std::function<bool()> leaves = {};
};

// Any number of threads may use it at once.
class CloudAccess {
 public:
  virtual ~CloudAccess() = default;

  virtual const std::vector<ResourceType>& types() const = 0;
  virtual CloudTraits traits() const = 0;
  // Real time, on the clock of the cloud's log. Never runs backwards.
  virtual Instant now() const = 0;

  // Blocks until the answer is there, or patience ends: then DeadlineExceeded, and the call may be
  // executed all the same, now or later.
  virtual ProviderReply call(const ProviderRequest& request, const Patience& patience) = 0;
};

}  // namespace squall
