// The SDK for providers of the reference engine: implement ResourceProvider, call serve() in
// main(). The protocol behind it is proto/squall/provider/v1/provider.proto.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "documents/provider_call.h"
#include "documents/schema.h"

namespace squall::plugin {

// What a provider says of itself.
struct Description {
  std::string name;
  std::vector<Schema> schemas;
  uint32_t rate_per_second = 0;  // calls per namespace and second it can bear; 0: no limit
  bool create_tokens = true;     // a repeated create with the same token makes no second object
  bool versions = false;         // its answers carry state versions, and IfVersion is looked at
  Duration consistency_window = Duration(0);  // how long reads may be stale after a change
};

// How long the engine waits for an answer.
struct CallContext {
  Duration deadline = std::chrono::seconds(60);
  std::stop_token canceled;  // the engine has given up, or the provider is to end
};

// Implemented by a provider. Called by many threads at once.
class ResourceProvider {
 public:
  virtual ~ResourceProvider() = default;

  virtual Result<Description> describe() = 0;

  // Each blocks until the answer is there. What is in a request stands in
  // documents/provider_call.h; its kind is the function's.
  virtual ProviderReply create(const ProviderRequest& request, const CallContext& context) = 0;
  virtual ProviderReply settle(const ProviderRequest& request, const CallContext& context) = 0;
  virtual ProviderReply read(const ProviderRequest& request, const CallContext& context) = 0;
  virtual ProviderReply update(const ProviderRequest& request, const CallContext& context) = 0;
  virtual ProviderReply remove(const ProviderRequest& request, const CallContext& context) = 0;
  virtual ProviderReply status(const ProviderRequest& request, const CallContext& context) = 0;
  virtual ProviderReply list(const ProviderRequest& request, const CallContext& context) = 0;
};

// Serves until the engine asks it to end or goes away (the standard input it was given ends), or a
// SIGTERM or SIGINT comes. Makes its socket in a private folder of its own, which it removes, and
// writes the one line of handshake.h to standard output. Returns what main() returns. The error
// that it could not serve goes to standard error.
//
// At the end CallContext::canceled asks what is under way to end. What does not within two seconds
// ends with the process.
int serve(ResourceProvider& provider);

}  // namespace squall::plugin
