// One provider on one unix socket. The only header by which others see the gRPC server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "provider/tfplugin/service.h"

namespace squall::tfplugin {

class GrpcServer {
 public:
  // Both sides show a certificate, and each trusts exactly one.
  struct Tls {
    std::string certificate_pem;
    std::string key_pem;
    std::string client_certificate_pem;
  };
  struct Options {
    std::string socket_path;  // its folder keeps others out; the socket's mode is 0600
    std::optional<Tls> tls;
    // The launcher asks the plugin to exit; called in a thread of gRPC. Empty: not listened to.
    std::function<void()> on_shutdown;
  };
  // Listens when this returns. The service must outlive the server.
  static Result<std::unique_ptr<GrpcServer>> start(ProviderService& service, Options options);

  // drop()s what is left.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // Stops listening, lets what is under way end for so long, cuts the connections, and removes the
  // socket. Calls that wait for the cloud are ended by ProviderService::kill(). Not from a handler.
  void drop(Duration grace = Duration(0));

 private:
  struct Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::tfplugin
