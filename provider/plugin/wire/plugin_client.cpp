#include "provider/plugin/plugin_client.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "proto/squall/provider/v1/provider.grpc.pb.h"
#include "provider/plugin/wire/caller.h"

namespace squall::plugin {

namespace v1 = provider::v1;

struct PluginClient::Impl {
  explicit Impl(const std::string& path) : socket_path(path), caller(path) {}

  const std::string socket_path;
  wire::Caller<v1::Provider> caller;
};

PluginClient::PluginClient(const std::string& socket_path)
    : impl_(std::make_unique<Impl>(socket_path)) {}

PluginClient::~PluginClient() = default;

Result<Description> PluginClient::describe(Duration deadline) {
  const auto wrong = [this](const std::string& why) {
    return fail(
        fmt::format("cannot have the provider at {} describe itself: {}", impl_->socket_path, why));
  };
  grpc::ClientContext context;
  context.set_deadline(wire::deadline_in(deadline));
  v1::DescribeResponse response;
  const grpc::Status status = impl_->caller.stub().Describe(&context, {}, &response);
  if (!status.ok()) return wrong(wire::failure_of(status).message);
  Result<Description> description = wire::read(response);
  if (!description) return wrong(description.error().message);
  return description;
}

void PluginClient::call(const ProviderRequest& request, Duration deadline,
                        std::function<void(ProviderReply)> done) {
  impl_->caller.call(request, deadline, std::move(done));
}

bool PluginClient::is_connected() const { return impl_->caller.is_connected(); }

void PluginClient::shut_down() {
  constexpr Duration kLongest = std::chrono::seconds(1);
  grpc::ClientContext context;
  context.set_deadline(wire::deadline_in(kLongest));
  v1::ShutdownResponse response;
  impl_->caller.stub().Shutdown(&context, {}, &response);
}

}  // namespace squall::plugin
