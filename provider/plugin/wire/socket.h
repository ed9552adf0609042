// Unix sockets as gRPC wants them, for both ends. Heavy: for wire/ only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "documents/provider_call.h"
#include "provider/plugin/wire/event_loop.h"
#include "provider/plugin/wire/incoming_call.h"
#include "provider/plugin/worker_pool.h"

namespace squall::plugin::wire {

// A connection of its own, made when first used. A call fails at once where there is nobody to
// connect to, is never repeated by gRPC itself, and may be of any size.
std::shared_ptr<grpc::Channel> connect(const std::string& socket_path);

// So long from now, whatever becomes of the wall clock.
gpr_timespec deadline_in(Duration time);

// What a call that got no answer has met, by its status.
ProviderReply failure_of(const grpc::Status& status);

// Serves one service on a socket of mode 0600.
class SocketServer {
 public:
  // The service must outlive the server. Listens when this returns.
  static Result<std::unique_ptr<SocketServer>> start(const std::string& socket_path,
                                                     grpc::Service& service);
  // The same for an AsyncService: `wait` waits for the first calls of each procedure. The pool must
  // outlive the server.
  static Result<std::unique_ptr<SocketServer>> start(
      const std::string& socket_path, grpc::Service& service, WorkerPool& pool,
      const std::function<void(Reception& reception)>& wait);
  // drop()s.
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  // Stops listening, lets what is under way end for so long, then cancels it and cuts the
  // connections, and returns when all handlers have. Removes the socket. Not from a handler.
  void drop(Duration grace = Duration(0));

 private:
  explicit SocketServer(std::string path) : path_(std::move(path)) {}
  Result<void> listen(grpc::ServerBuilder& builder, grpc::Service& service);

  const std::string path_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;  // of an AsyncService
  std::optional<EventLoop> loop_;
  std::optional<Reception> reception_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace squall::plugin::wire
