// The engine's end of the plugin protocol: one connection to one provider process.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "provider/plugin/resource_provider.h"

namespace squall::plugin {

class PluginClient {
 public:
  // Connects when first used.
  explicit PluginClient(const std::string& socket_path);
  // What is under way ends with NetworkFailure; nothing is called any more once this returns. Not
  // from a `done`, which it would wait for.
  ~PluginClient();
  PluginClient(const PluginClient&) = delete;
  PluginClient& operator=(const PluginClient&) = delete;

  // Blocks. The error: no answer in time, the connection is gone, or a schema that makes no sense.
  Result<Description> describe(Duration deadline);

  // Never blocks. `done` is called once, in the one thread of this client, and must not block: with
  // the answer; with DeadlineExceeded when none came in time; with NetworkFailure when the
  // connection is lost or there is none; with MalformedAnswer when it cannot be read; with
  // InvalidRequest when the provider could not read the request, or does not know such a call. It
  // may call() again.
  void call(const ProviderRequest& request, Duration deadline,
            std::function<void(ProviderReply)> done);

  // False before the first answer, and once the connection is lost.
  bool is_connected() const;

  // Asks the provider to end. Blocks, but not for long; it may be gone already.
  void shut_down();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::plugin
