#include "provider/cloud_server/cloud_server.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "proto/squall/cloud/v1/cloud.grpc.pb.h"
#include "provider/cloud_server/wire/cloud_messages.h"
#include "provider/cloud_server/wire/controller_service.h"
#include "provider/plugin/wire/operations.h"
#include "provider/plugin/wire/socket.h"

namespace squall {

namespace {

namespace v1 = cloud::v1;
using plugin::WorkerPool;
using plugin::wire::IncomingCall;
using plugin::wire::Reception;
using plugin::wire::SocketServer;

// Calls that hang, or wait at the gate, take a thread each.
constexpr size_t kMostThreads = 1024;

// The providers of one life of the engine.
class ProviderSocket {
 public:
  static Result<std::unique_ptr<ProviderSocket>> open(SharedCloud& cloud,
                                                      const CloudServer::Options& options,
                                                      WorkerPool& pool, uint64_t connection,
                                                      const std::string& path) {
    std::unique_ptr<ProviderSocket> out(new ProviderSocket(cloud, options, connection));
    ProviderSocket& it = *out;
    TRY(it.server_, SocketServer::start(path, it.operations_.service(), pool,
                                        [&it](Reception& reception) { it.wait(reception); }));
    return out;
  }
  ProviderSocket(const ProviderSocket&) = delete;
  ProviderSocket& operator=(const ProviderSocket&) = delete;

  void forget_callers() { ++generation_; }

 private:
  ProviderSocket(SharedCloud& cloud, const CloudServer::Options& options, uint64_t connection)
      : cloud_(cloud), options_(options), connection_(connection) {
    carrier_.carry = [this](const ProviderRequest& request, const IncomingCall& call) {
      return carry(request, call);
    };
    if (!options_.on_call) return;
    carrier_.answered = [this](const ProviderRequest& request) {
      options_.on_call(CallStage::kAnswered, of_this_life(request));
    };
  }

  void wait(Reception& reception) {
    using Async = v1::Cloud::AsyncService;
    operations_.wait(reception);
    operations_.wait<v1::TypesRequest, v1::TypesResponse>(
        reception, &Async::RequestTypes,
        [this](const auto& /*request*/, v1::TypesResponse& response, IncomingCall& call) {
          if (options_.on_start) options_.on_start(connection_);
          for (const ResourceType& each : cloud_.types()) {
            cloud_server::write(each, response.add_types());
          }
          call.answer();
        });
    operations_.wait<v1::TraitsRequest, v1::TraitsResponse>(
        reception, &Async::RequestTraits,
        [this](const auto& /*request*/, v1::TraitsResponse& response, IncomingCall& call) {
          cloud_server::write(cloud_.traits(), cloud_.now(), &response);
          call.answer();
        });
  }

  ProviderRequest of_this_life(ProviderRequest request) const {
    request.connection = connection_;
    return request;
  }

  std::optional<ProviderReply> carry(const ProviderRequest& given, const IncomingCall& call) {
    const ProviderRequest request = of_this_life(given);
    const uint64_t generation = generation_;
    const auto goes_on = [&](CallStage stage) {
      return !options_.on_call || options_.on_call(stage, request);
    };
    if (!goes_on(CallStage::kArrived)) {
      cloud_.lose(request);
      return std::nullopt;
    }
    bool is_told = true;
    Patience patience;
    patience.deadline = call.time_left();
    patience.killed = call.canceled();
    patience.leaves = [&] {
      is_told = goes_on(CallStage::kExecuted) && generation == generation_;
      return is_told;
    };
    ProviderReply reply = cloud_.call(request, patience);
    if (!is_told) return std::nullopt;
    return reply;
  }

  SharedCloud& cloud_;
  const CloudServer::Options& options_;
  const uint64_t connection_;
  std::atomic<uint64_t> generation_ = 0;  // of the providers: dead ones get no answer
  plugin::wire::Operator carrier_;
  plugin::wire::Operations<v1::Cloud> operations_{carrier_};
  std::unique_ptr<SocketServer> server_;
};

Result<void> check_folder(const std::string& folder) {
  const auto wrong = [&](std::string_view why) {
    return fail(
        fmt::format("cannot serve the cloud in the folder {}: {}; make one that only you "
                    "may enter (mode 0700)",
                    folder, why));
  };
  struct stat found = {};
  if (::stat(folder.c_str(), &found) != 0) return wrong("it is not there");
  if (!S_ISDIR(found.st_mode)) return wrong("it is no folder");
  if (found.st_uid != ::geteuid()) return wrong("it is not yours");
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) return wrong("others may enter it");
  return {};
}

}  // namespace

struct CloudServer::Impl {
  Impl(SharedCloud& given, Options options_given)
      : cloud(given), options(std::move(options_given)) {}

  SharedCloud& cloud;
  const Options options;
  WorkerPool pool{kMostThreads};
  std::mutex mutex;
  std::map<uint64_t, std::unique_ptr<ProviderSocket>> providers;
  std::unique_ptr<grpc::Service> controller_service;
  std::unique_ptr<SocketServer> controllers;
};

CloudServer::CloudServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CloudServer::~CloudServer() = default;

Result<std::unique_ptr<CloudServer>> CloudServer::start(SharedCloud& cloud, Options options) {
  TRY_VOID(check_folder(options.folder));
  // For all servers that are started from now on; once is enough.
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  return std::unique_ptr<CloudServer>(
      new CloudServer(std::make_unique<Impl>(cloud, std::move(options))));
}

Result<std::string> CloudServer::listen_for_providers(uint64_t connection) {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->providers.contains(connection)) {
    return fail(fmt::format("cannot listen for the providers of life {}: this is done already",
                            connection));
  }
  std::string path = fmt::format("{}/providers-{}", impl_->options.folder, connection);
  TRY(std::unique_ptr<ProviderSocket> opened,
      ProviderSocket::open(impl_->cloud, impl_->options, impl_->pool, connection, path));
  impl_->providers.emplace(connection, std::move(opened));
  return path;
}

void CloudServer::drop_providers(uint64_t connection) {
  std::unique_ptr<ProviderSocket> dropped;
  const std::scoped_lock lock(impl_->mutex);
  const auto found = impl_->providers.find(connection);
  if (found == impl_->providers.end()) return;
  dropped = std::move(found->second);
  impl_->providers.erase(found);
}

void CloudServer::forget_callers(uint64_t connection) {
  const std::scoped_lock lock(impl_->mutex);
  const auto found = impl_->providers.find(connection);
  if (found != impl_->providers.end()) found->second->forget_callers();
}

Result<std::string> CloudServer::listen_for_controllers() {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->controllers != nullptr) {
    return fail("cannot listen for controllers: this is done already");
  }
  std::string path = impl_->options.folder + "/controllers";
  std::unique_ptr<grpc::Service> service = cloud_server::make_controller_service(impl_->cloud);
  TRY(impl_->controllers, SocketServer::start(path, *service));
  impl_->controller_service = std::move(service);
  return path;
}

}  // namespace squall
