#include "provider/plugin/plugin_server.h"

#include <utility>

#include "base/check.h"
#include "proto/squall/provider/v1/provider.grpc.pb.h"
#include "provider/plugin/wire/operations.h"
#include "provider/plugin/wire/socket.h"

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

}  // namespace

struct PluginServer::Impl {
  Impl(ResourceProvider& served, std::function<void()> shutdown)
      : provider(served), on_shutdown(std::move(shutdown)) {}

  void wait(wire::Reception& reception) {
    using Async = v1::Provider::AsyncService;
    operations.wait(reception);
    operations.wait<v1::DescribeRequest, v1::DescribeResponse>(
        reception, &Async::RequestDescribe,
        [this](const auto& /*request*/, v1::DescribeResponse& response, IncomingCall& call) {
          describe(response, call);
        });
    operations.wait<v1::ShutdownRequest, v1::ShutdownResponse>(
        reception, &Async::RequestShutdown,
        [this](const auto& /*request*/, auto& /*response*/, IncomingCall& call) {
          if (on_shutdown) on_shutdown();
          call.answer();
        });
  }

  void describe(v1::DescribeResponse& response, IncomingCall& call) const {
    const Result<Description> description = provider.describe();
    if (!description) {
      return call.refuse(grpc::StatusCode::FAILED_PRECONDITION, description.error().message);
    }
    wire::write(*description, &response);
    call.answer();
  }

  ProviderReply carry(const ProviderRequest& request, const IncomingCall& call) const {
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

  ResourceProvider& provider;
  const std::function<void()> on_shutdown;
  std::stop_source ended;
  WorkerPool pool{kMostThreads};
  const wire::Operator carrier = {
      .carry = [this](const ProviderRequest& request,
                      const IncomingCall& call) { return carry(request, call); },
      .answered = {}};
  wire::Operations<v1::Provider> operations{carrier};
  std::unique_ptr<wire::SocketServer> server;
};

PluginServer::PluginServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<PluginServer>> PluginServer::start(ResourceProvider& provider,
                                                          const std::string& socket_path,
                                                          std::function<void()> on_shutdown) {
  auto impl = std::make_unique<Impl>(provider, std::move(on_shutdown));
  TRY(impl->server,
      wire::SocketServer::start(socket_path, impl->operations.service(), impl->pool,
                                [&impl](wire::Reception& reception) { impl->wait(reception); }));
  return std::unique_ptr<PluginServer>(new PluginServer(std::move(impl)));
}

PluginServer::~PluginServer() { drop(); }

void PluginServer::drop(Duration grace) {
  // Without grace the connections go first: nothing is answered because it was canceled.
  if (grace > Duration(0)) impl_->ended.request_stop();
  impl_->server->drop(grace);
}

}  // namespace squall::plugin
