#include "provider/plugin/wire/socket.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <climits>
#include <filesystem>
#include <utility>

namespace squall::plugin::wire {

namespace {

// The address is a URI.
std::string address_of(const std::string& socket_path) {
  std::string out = "unix:";
  for (const char each : socket_path) {
    const bool is_plain = (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
                          (each >= '0' && each <= '9') ||
                          std::string_view("/-._~").find(each) != std::string_view::npos;
    out +=
        is_plain ? std::string(1, each) : fmt::format("%{:02X}", static_cast<unsigned char>(each));
  }
  return out;
}

}  // namespace

std::shared_ptr<grpc::Channel> connect(const std::string& socket_path) {
  // The least that gRPC accepts: who listens on a local socket is there or is not.
  constexpr int kBackoff_ms = 100;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kBackoff_ms);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kBackoff_ms);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kBackoff_ms);
  // What nobody uses stays connected: one that is not has lost its other end.
  arguments.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);
  // Whether a call is made again is for who makes it to decide.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  return grpc::CreateCustomChannel(address_of(socket_path), grpc::InsecureChannelCredentials(),
                                   arguments);
}

gpr_timespec deadline_in(Duration time) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_micros(time.count(), GPR_TIMESPAN));
}

ProviderReply failure_of(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return ProviderReply::failure(ErrorCode::kDeadlineExceeded, "no answer in time");
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::ABORTED:
      return ProviderReply::failure(ErrorCode::kNetworkFailure,
                                    "no connection: " + status.error_message());
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::UNIMPLEMENTED:
      return ProviderReply::failure(ErrorCode::kInvalidRequest, status.error_message());
    default:
      return ProviderReply::failure(
          ErrorCode::kMalformedAnswer,
          fmt::format("no answer but the status {}: {}", static_cast<int>(status.error_code()),
                      status.error_message()));
  }
}

Result<void> SocketServer::listen(grpc::ServerBuilder& builder, grpc::Service& service) {
  const auto wrong = [this](std::string_view why) {
    return fail(fmt::format("cannot listen on the socket {}: {}", path_, why));
  };
  // What gRPC would only write to its own log.
  if (path_.size() >= sizeof sockaddr_un::sun_path) {
    return wrong("its path is too long; it must have 107 bytes at most");
  }
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return wrong("its folder is not there, or not yours to write");
  }
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.AddListeningPort(address_of(path_), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  server_ = builder.BuildAndStart();
  if (server_ != nullptr && ::chmod(path_.c_str(), S_IRUSR | S_IWUSR) == 0) return {};
  return wrong("the system refuses it");
}

Result<std::unique_ptr<SocketServer>> SocketServer::start(const std::string& socket_path,
                                                          grpc::Service& service) {
  std::unique_ptr<SocketServer> out(new SocketServer(socket_path));
  grpc::ServerBuilder builder;
  TRY_VOID(out->listen(builder, service));
  return out;
}

Result<std::unique_ptr<SocketServer>> SocketServer::start(
    const std::string& socket_path, grpc::Service& service, WorkerPool& pool,
    const std::function<void(Reception& reception)>& wait) {
  std::unique_ptr<SocketServer> out(new SocketServer(socket_path));
  grpc::ServerBuilder builder;
  out->queue_ = builder.AddCompletionQueue();
  out->loop_.emplace(*out->queue_);
  TRY_VOID(out->listen(builder, service));
  out->reception_.emplace(pool, *out->loop_, *out->queue_);
  wait(*out->reception_);
  return out;
}

SocketServer::~SocketServer() { drop(); }

void SocketServer::drop(Duration grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(deadline_in(grace));
  server_->Wait();
  // Its destructor waits for the handlers.
  loop_.reset();
  server_.reset();
  ::unlink(path_.c_str());
}

}  // namespace squall::plugin::wire
