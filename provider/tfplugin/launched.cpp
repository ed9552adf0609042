#include "provider/tfplugin/launched.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <random>
#include <sstream>
#include <utility>

#include "base/hash.h"
#include "base/ids.h"
#include "provider/cloud_file.h"
#include "provider/process_end.h"
#include "provider/socket_folder.h"
#include "provider/tfplugin/certificate.h"
#include "provider/tfplugin/service.h"
#include "provider/tfplugin/wire/grpc_server.h"

namespace squall::tfplugin {

namespace {

// By this a launcher shows that it is one.
constexpr const char* kCookieVariable = "TF_PLUGIN_MAGIC_COOKIE";
constexpr std::string_view kCookie =
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
constexpr const char* kCloudFileVariable = "SQUALL_CLOUD_FILE";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<void> check_launcher() {
  if (variable(kCookieVariable) != kCookie) {
    return fail(
        "this is a provider of Terraform and OpenTofu, which start it themselves; there is nothing "
        "to do by hand. Put it into a filesystem mirror as terraform-provider-squall_vVERSION "
        "(docs/terraform-mapping.md says how)");
  }
  std::istringstream versions(variable("PLUGIN_PROTOCOL_VERSIONS"));
  bool has_version = versions.str().empty();
  for (std::string each; std::getline(versions, each, ',');) has_version |= each == "6";
  if (has_version) return {};
  return fail(
      fmt::format("the launcher speaks the protocol versions {}, and this provider version "
                  "6 only; use a newer one",
                  versions.str()));
}

Result<std::shared_ptr<CloudAccess>> open_cloud(
    const std::string& attribute, const std::shared_ptr<const cloud::Catalogue>& catalogue) {
  const std::string path = attribute.empty() ? variable(kCloudFileVariable) : attribute;
  if (path.empty()) {
    return fail(
        fmt::format("no cloud file is named: set the provider's cloud_file, or the variable "
                    "{}, to a path whose folder exists",
                    kCloudFileVariable));
  }
  TRY(std::shared_ptr<CloudFile> file, CloudFile::open(path, catalogue));
  return file;
}

// The variable SQUALL_RUN_ID names the run in the cloud's log; tokens are new in every process.
ProviderService::Identity new_identity() {
  std::random_device device;
  const auto draw = [&device] { return (static_cast<uint64_t>(device()) << 32) | device(); };
  const uint64_t high = draw();
  const uint64_t low = draw();
  const auto now =
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
  std::string run = variable("SQUALL_RUN_ID");
  if (run.empty()) run = make_ksuid(Instant(now), high, low);
  return {.run = std::move(run), .nonce = combine(high, low)};
}

}  // namespace

Result<void> serve_launched(std::shared_ptr<const cloud::Catalogue> catalogue) {
  TRY_VOID(check_launcher());
  std::signal(SIGINT, SIG_IGN);
  TRY(const std::unique_ptr<ProcessEnd> end, ProcessEnd::prepare({SIGTERM}));
  TRY(Mapping mapping, Mapping::of(catalogue->types));
  TRY(const SocketFolder folder, SocketFolder::make());
  ProviderService service(
      std::make_shared<const Mapping>(std::move(mapping)), new_identity(),
      [&catalogue](const std::string& attribute) { return open_cloud(attribute, catalogue); });
  GrpcServer::Options options;
  const std::string socket = folder.path() + "/socket";
  options.socket_path = socket;
  options.on_shutdown = [&end] { end->ask(); };
  std::string certificate_field;
  const std::string client = variable("PLUGIN_CLIENT_CERT");
  if (!client.empty()) {
    TRY(Certificate certificate, make_certificate());
    options.tls = GrpcServer::Tls{.certificate_pem = std::move(certificate.certificate_pem),
                                  .key_pem = std::move(certificate.key_pem),
                                  .client_certificate_pem = client};
    certificate_field = std::move(certificate.base64);
  }
  TRY(const std::unique_ptr<GrpcServer> server, GrpcServer::start(service, std::move(options)));
  fmt::print("1|6|unix|{}|grpc|{}\n", socket, certificate_field);
  std::fflush(stdout);
  end->wait_with_parent();
  constexpr Duration kLastReplies = std::chrono::milliseconds(100);
  service.stop();
  server->drop(kLastReplies);
  return {};
}

}  // namespace squall::tfplugin
