// The provider's end of the plugin protocol, on a unix socket: what serve() is made of.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "provider/plugin/resource_provider.h"

namespace squall::plugin {

class PluginServer {
 public:
  // Listens when this returns; the socket's mode is 0600, and its folder should keep others out.
  // on_shutdown: called in a thread of the server whenever the engine asks the provider to end;
  // must not block, nor drop() the server. The provider must outlive the server.
  static Result<std::unique_ptr<PluginServer>> start(ResourceProvider& provider,
                                                     const std::string& socket_path,
                                                     std::function<void()> on_shutdown = {});
  // drop()s.
  ~PluginServer();
  PluginServer(const PluginServer&) = delete;
  PluginServer& operator=(const PluginServer&) = delete;

  // Stops listening, asks what is under way to end (CallContext::canceled), lets it answer for so
  // long, cuts the connections, and returns when the provider has been left by all calls. Removes
  // the socket. Not from a call.
  void drop(Duration grace = Duration(0));

 private:
  struct Impl;
  explicit PluginServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::plugin
