#include "provider/plugin/plugin_server.h"

#include <utility>

#include "base/check.h"
#include "proto/squall/provider/v1/provider.grpc.pb.h"
#include "provider/plugin/wire/channel.h"
#include "provider/plugin/wire/operations.h"

namespace squall::plugin {

namespace {

namespace v1 = provider::v1;
using wire::IncomingCall;

// Calls that hang take a thread each.
constexpr size_t kMostThreads = 1024;

ProviderReply dispatch(ResourceProvider& provider, const ProviderRequest& request,
                       const CallContext& context) {
  switch (request.kind) {
    case CallKind::kCreate:
      return provider.create(request, context);
    case CallKind::kSettle:
      return provider.settle(request, context);
    case CallKind::kRead:
      return provider.read(request, context);
    case CallKind::kUpdate:
      return provider.update(request, context);
    case CallKind::kDelete:
      return provider.remove(request, context);
    case CallKind::kStatus:
      return provider.status(request, context);
    case CallKind::kList:
      return provider.list(request, context);
  }
  SQUALL_CHECK(false);
}

class Service final : public wire::OperationService<v1::Provider::CallbackService> {
 public:
  Service(ResourceProvider& provider, wire::Operator& carrier, WorkerPool& pool,
          wire::Handlers& handlers, std::function<void()> on_shutdown)
      : OperationService(carrier, pool, handlers),
        provider_(provider),
        on_shutdown_(std::move(on_shutdown)) {}

  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeRequest* /*request*/,
                                     v1::DescribeResponse* response) override {
    return start_plain(*context, [this, response](IncomingCall& call) {
      const Result<Description> description = provider_.describe();
      if (!description) {
        return call.refuse(grpc::StatusCode::FAILED_PRECONDITION, description.error().message);
      }
      wire::write(*description, response);
      call.answer();
    });
  }

  grpc::ServerUnaryReactor* Shutdown(grpc::CallbackServerContext* context,
                                     const v1::ShutdownRequest* /*request*/,
                                     v1::ShutdownResponse* /*response*/) override {
    return start_plain(*context, [this](IncomingCall& call) {
      if (on_shutdown_) on_shutdown_();
      call.answer();
    });
  }

 private:
  ResourceProvider& provider_;
  const std::function<void()> on_shutdown_;
};

}  // namespace

struct PluginServer::Impl {
  Impl(ResourceProvider& provider, std::function<void()> on_shutdown)
      : carrier{.carry = [this, &provider](
                             const ProviderRequest& request,
                             const IncomingCall& call) { return carry(provider, request, call); },
                .answered = {}},
        service(provider, carrier, pool, handlers, std::move(on_shutdown)) {}

  ProviderReply carry(ResourceProvider& provider, const ProviderRequest& request,
                      const IncomingCall& call) {
    CallContext context;
    context.deadline = call.time_left();
    // Canceled by its caller, or with all others.
    std::stop_source either;
    const auto stop = [&either] { either.request_stop(); };
    const std::stop_callback on_cancel(call.canceled(), stop);
    const std::stop_callback on_end(ended.get_token(), stop);
    context.canceled = either.get_token();
    return dispatch(provider, request, context);
  }

  std::stop_source ended;
  wire::Handlers handlers;
  WorkerPool pool{kMostThreads};
  wire::Operator carrier;
  Service service;
  std::unique_ptr<wire::SocketServer> server;
};

PluginServer::PluginServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<PluginServer>> PluginServer::start(ResourceProvider& provider,
                                                          const std::string& socket_path,
                                                          std::function<void()> on_shutdown) {
  auto impl = std::make_unique<Impl>(provider, std::move(on_shutdown));
  TRY(impl->server, wire::SocketServer::start(socket_path, {&impl->service}));
  return std::unique_ptr<PluginServer>(new PluginServer(std::move(impl)));
}

PluginServer::~PluginServer() { drop(); }

void PluginServer::drop(Duration grace) {
  // Without grace the connections go first: nothing is answered because it was canceled.
  if (grace > Duration(0)) impl_->ended.request_stop();
  impl_->server->drop(grace);
  impl_->handlers.wait_until_none();
}

}  // namespace squall::plugin
