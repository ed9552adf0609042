#include "provider/tfplugin/wire/grpc_server.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <utility>

#include "proto/plugin/plugin.grpc.pb.h"
#include "proto/tfplugin6/tfplugin6.grpc.pb.h"
#include "provider/tfplugin/wire/messages.h"

namespace squall::tfplugin {

namespace {

using grpc::ServerContext;
using grpc::Status;
using wire::value_of;
using wire::write;

// Each procedure: out of the message, the service's function, into the message.
class ProviderProcedures final : public tfplugin6::Provider::Service {
 public:
  explicit ProviderProcedures(ProviderService& service) : service_(service) {}

 private:
  // A provider that has crashed answers nothing: to the command line this is the same.
  Status done() const {
    if (!service_.is_killed()) return Status::OK;
    return {grpc::StatusCode::UNAVAILABLE, "the provider has crashed"};
  }

  Status GetMetadata(ServerContext* /*context*/, const tfplugin6::Metadata::Request* /*request*/,
                     tfplugin6::Metadata::Response* response) override {
    write(response->mutable_server_capabilities());
    for (const auto& [name, type] : service_.mapping().types()) {
      response->add_resources()->set_type_name(name);
      response->add_data_sources()->set_type_name(name);
    }
    return done();
  }

  Status GetProviderSchema(ServerContext* /*context*/,
                           const tfplugin6::GetProviderSchema::Request* /*request*/,
                           tfplugin6::GetProviderSchema::Response* response) override {
    write(response->mutable_server_capabilities());
    write(ProviderService::provider_schema(), response->mutable_provider());
    for (const auto& [name, type] : service_.mapping().types()) {
      write(type.resource, &(*response->mutable_resource_schemas())[name]);
      write(type.data, &(*response->mutable_data_source_schemas())[name]);
    }
    return done();
  }

  Status ValidateProviderConfig(ServerContext* /*context*/,
                                const tfplugin6::ValidateProviderConfig::Request* request,
                                tfplugin6::ValidateProviderConfig::Response* response) override {
    write(service_.validate_provider(value_of(request->config())), response->mutable_diagnostics());
    return done();
  }

  Status ConfigureProvider(ServerContext* /*context*/,
                           const tfplugin6::ConfigureProvider::Request* request,
                           tfplugin6::ConfigureProvider::Response* response) override {
    write(service_.configure(value_of(request->config())), response->mutable_diagnostics());
    return done();
  }

  Status ValidateResourceConfig(ServerContext* /*context*/,
                                const tfplugin6::ValidateResourceConfig::Request* request,
                                tfplugin6::ValidateResourceConfig::Response* response) override {
    write(
        service_.validate_resource(request->type_name(), value_of(request->config()),
                                   request->client_capabilities().write_only_attributes_allowed()),
        response->mutable_diagnostics());
    return done();
  }

  Status ValidateDataResourceConfig(
      ServerContext* /*context*/, const tfplugin6::ValidateDataResourceConfig::Request* request,
      tfplugin6::ValidateDataResourceConfig::Response* response) override {
    write(service_.validate_data(request->type_name(), value_of(request->config())),
          response->mutable_diagnostics());
    return done();
  }

  Status UpgradeResourceState(ServerContext* /*context*/,
                              const tfplugin6::UpgradeResourceState::Request* request,
                              tfplugin6::UpgradeResourceState::Response* response) override {
    const StateReply reply =
        service_.upgrade(request->type_name(), request->version(), request->raw_state().json());
    response->mutable_upgraded_state()->set_msgpack(reply.state);
    write(reply.diagnostics, response->mutable_diagnostics());
    return done();
  }

  Status ReadResource(ServerContext* /*context*/, const tfplugin6::ReadResource::Request* request,
                      tfplugin6::ReadResource::Response* response) override {
    const StateReply reply = service_.read(request->type_name(), value_of(request->current_state()),
                                           request->private_());
    response->mutable_new_state()->set_msgpack(reply.state);
    response->set_private_(reply.private_data);
    write(reply.diagnostics, response->mutable_diagnostics());
    return done();
  }

  Status PlanResourceChange(ServerContext* /*context*/,
                            const tfplugin6::PlanResourceChange::Request* request,
                            tfplugin6::PlanResourceChange::Response* response) override {
    const PlanReply reply = service_.plan({.type = request->type_name(),
                                           .prior = value_of(request->prior_state()),
                                           .proposed = value_of(request->proposed_new_state()),
                                           .config = value_of(request->config()),
                                           .prior_private = request->prior_private()});
    response->mutable_planned_state()->set_msgpack(reply.state);
    response->set_planned_private(reply.private_data);
    for (const auto& path : reply.requires_replace) write(path, response->add_requires_replace());
    write(reply.diagnostics, response->mutable_diagnostics());
    return done();
  }

  Status ApplyResourceChange(ServerContext* /*context*/,
                             const tfplugin6::ApplyResourceChange::Request* request,
                             tfplugin6::ApplyResourceChange::Response* response) override {
    const StateReply reply = service_.apply({.type = request->type_name(),
                                             .prior = value_of(request->prior_state()),
                                             .planned = value_of(request->planned_state()),
                                             .config = value_of(request->config()),
                                             .planned_private = request->planned_private()});
    response->mutable_new_state()->set_msgpack(reply.state);
    response->set_private_(reply.private_data);
    write(reply.diagnostics, response->mutable_diagnostics());
    return done();
  }

  Status ImportResourceState(ServerContext* /*context*/,
                             const tfplugin6::ImportResourceState::Request* request,
                             tfplugin6::ImportResourceState::Response* response) override {
    const StateReply reply = service_.import(request->type_name(), request->id());
    write(reply.diagnostics, response->mutable_diagnostics());
    if (!reply.diagnostics.empty()) return done();
    tfplugin6::ImportResourceState::Response& out = *response;
    tfplugin6::ImportResourceState_ImportedResource* imported = out.add_imported_resources();
    imported->set_type_name(request->type_name());
    imported->mutable_state()->set_msgpack(reply.state);
    imported->set_private_(reply.private_data);
    return done();
  }

  Status MoveResourceState(ServerContext* /*context*/,
                           const tfplugin6::MoveResourceState::Request* request,
                           tfplugin6::MoveResourceState::Response* response) override {
    const StateReply reply = service_.move({.source_type = request->source_type_name(),
                                            .source_version = request->source_schema_version(),
                                            .source_state = request->source_state().json(),
                                            .source_private = request->source_private(),
                                            .target_type = request->target_type_name()});
    response->mutable_target_state()->set_msgpack(reply.state);
    response->set_target_private(reply.private_data);
    write(reply.diagnostics, response->mutable_diagnostics());
    return done();
  }

  Status ReadDataSource(ServerContext* /*context*/,
                        const tfplugin6::ReadDataSource::Request* request,
                        tfplugin6::ReadDataSource::Response* response) override {
    const StateReply reply = service_.read_data(request->type_name(), value_of(request->config()));
    response->mutable_state()->set_msgpack(reply.state);
    write(reply.diagnostics, response->mutable_diagnostics());
    return done();
  }

  Status StopProvider(ServerContext* /*context*/,
                      const tfplugin6::StopProvider::Request* /*request*/,
                      tfplugin6::StopProvider::Response* /*response*/) override {
    service_.stop();
    return done();
  }

  ProviderService& service_;
};

class Controller final : public plugin::GRPCController::Service {
 public:
  explicit Controller(std::function<void()> on_shutdown) : on_shutdown_(std::move(on_shutdown)) {}

 private:
  Status Shutdown(ServerContext* /*context*/, const google::protobuf::Empty* /*request*/,
                  google::protobuf::Empty* /*response*/) override {
    if (on_shutdown_) on_shutdown_();
    return Status::OK;
  }

  std::function<void()> on_shutdown_;
};

// Nothing is printed, and no connection is brokered: both streams end at once.
class Stdio final : public plugin::GRPCStdio::Service {
  Status StreamStdio(ServerContext* /*context*/, const google::protobuf::Empty* /*request*/,
                     grpc::ServerWriter<plugin::StdioData>* /*writer*/) override {
    return Status::OK;
  }
};
class Broker final : public plugin::GRPCBroker::Service {
  Status StartStream(
      ServerContext* /*context*/,
      grpc::ServerReaderWriter<plugin::ConnInfo, plugin::ConnInfo>* /*stream*/) override {
    return Status::OK;
  }
};

std::shared_ptr<grpc::ServerCredentials> credentials_of(const GrpcServer::Options& options) {
  if (!options.tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions ssl(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  ssl.pem_root_certs = options.tls->client_certificate_pem;
  ssl.pem_key_cert_pairs.push_back({options.tls->key_pem, options.tls->certificate_pem});
  return grpc::SslServerCredentials(ssl);
}

}  // namespace

struct GrpcServer::Impl {
  Impl(ProviderService& service, Options given)
      : options(std::move(given)), procedures(service), controller(options.on_shutdown) {}

  Options options;
  ProviderProcedures procedures;
  Controller controller;
  Stdio stdio;
  Broker broker;
  std::mutex mutex;  // drop() may be called by several threads
  std::unique_ptr<grpc::Server> server;
};

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcServer::~GrpcServer() { drop(); }

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(ProviderService& service, Options options) {
  auto impl = std::make_unique<Impl>(service, std::move(options));
  const std::string& path = impl->options.socket_path;
  grpc::ServerBuilder builder;
  // Schemas and states may be of any size.
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.AddListeningPort("unix:" + path, credentials_of(impl->options));
  builder.RegisterService(&impl->procedures);
  builder.RegisterService(&impl->controller);
  builder.RegisterService(&impl->stdio);
  builder.RegisterService(&impl->broker);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr || ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
    return fail(
        fmt::format("cannot serve a provider on the socket {}: is its folder there, and the "
                    "path shorter than 108 bytes?",
                    path));
  }
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

void GrpcServer::drop(Duration grace) {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->server == nullptr) return;
  impl_->server->Shutdown(std::chrono::system_clock::now() + grace);
  impl_->server->Wait();
  impl_->server.reset();
  ::unlink(impl_->options.socket_path.c_str());
}

}  // namespace squall::tfplugin
