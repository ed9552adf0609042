// Unix sockets as gRPC wants them, for both ends. Heavy: for wire/ only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "documents/provider_call.h"

namespace squall::plugin::wire {

// A connection of its own, made when first used. A call fails at once where there is nobody to
// connect to, is never repeated by gRPC itself, and may be of any size.
std::shared_ptr<grpc::Channel> connect(const std::string& socket_path);

// So long from now, whatever becomes of the wall clock.
gpr_timespec deadline_in(Duration time);

// What a call that got no answer has met, by its status.
ProviderReply failure_of(const grpc::Status& status);

// Serves on a socket of mode 0600.
class SocketServer {
 public:
  // The services must outlive the server. Listens when this returns.
  static Result<std::unique_ptr<SocketServer>> start(const std::string& socket_path,
                                                     const std::vector<grpc::Service*>& services);
  // drop()s.
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  // Stops listening, lets what is under way end for so long, then cancels it and cuts the
  // connections, and returns when all handlers have. Removes the socket. Not from a handler.
  void drop(Duration grace = Duration(0));

 private:
  SocketServer(std::string path, std::unique_ptr<grpc::Server> server)
      : path_(std::move(path)), server_(std::move(server)) {}

  const std::string path_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace squall::plugin::wire
