// The simulated cloud as a server, over gRPC on unix sockets of mode 0600: for providers
// (proto/squall/cloud/v1) and for controllers (proto/squall/controller/v1), with reflection. It
// belongs to the harness: no engine and no provider that is killed takes anything of it along.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "provider/shared_cloud.h"

namespace squall {

// Where a provider's call is; see CloudServer::Options::on_call.
enum class CallStage {
  kArrived,   // it has come, and the cloud knows nothing of it yet
  kExecuted,  // the cloud has answered, and the answer has not left
  kAnswered,  // the answer is on its way
};

class CloudServer {
 public:
  struct Options {
    // Sockets are made in it. Only its owner may enter it. Short: a socket's path has 107 bytes.
    std::string folder;
    // Called in the thread of the call, which waits for it. May be empty. Where it returns false
    // the answer is never sent, and the caller is left waiting; for kArrived the cloud has the call
    // on record, and never carries it out. (What it returns for kAnswered counts for nothing. That
    // stage does not come for a caller that is gone by then.) It must not call drop_providers(),
    // which waits for it: it may have somebody else do so.
    std::function<bool(CallStage stage, const ProviderRequest& request)> on_call;
    // Called likewise when a provider asks what types there are, which it does as it starts.
    std::function<void(uint64_t connection)> on_start = {};
  };
  // Nothing listens yet. The cloud must outlive the server.
  static Result<std::unique_ptr<CloudServer>> start(SharedCloud& cloud, Options options);
  // Drops every connection, and removes the sockets.
  ~CloudServer();
  CloudServer(const CloudServer&) = delete;
  CloudServer& operator=(const CloudServer&) = delete;

  // A new socket for providers, whose calls carry this number as ProviderRequest::connection: one
  // per life of the engine. Gives its path.
  Result<std::string> listen_for_providers(uint64_t connection);
  // No more calls come from that socket: calls that wait there get no answer, and whatever they
  // were going to do in the cloud they do all the same. Returns once none of them is being handled.
  void drop_providers(uint64_t connection);
  // The providers that have called at that socket so far are dead: no answer reaches them any more.
  // Others may call there.
  void forget_callers(uint64_t connection);
  // The socket for controllers.
  Result<std::string> listen_for_controllers();

 private:
  struct Impl;
  explicit CloudServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall
