// A cloud that is served on sockets, for tests: in a private folder, with its ends in this process.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "provider/cloud_server/cloud_server.h"
#include "provider/cloud_server/remote_cloud.h"
#include "provider/socket_folder.h"

namespace squall {

class ServedCloud {
 public:
  explicit ServedCloud(decltype(CloudServer::Options::on_call) on_call = {},
                       decltype(CloudServer::Options::on_start) on_start = {})
      : folder_(*SocketFolder::make()) {
    auto started =
        CloudServer::start(shared, {folder_.path(), std::move(on_call), std::move(on_start)});
    EXPECT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }

  const std::string& folder() const { return folder_.path(); }
  std::string listen(uint64_t connection = 1) const {
    const auto path = server->listen_for_providers(connection);
    EXPECT_TRUE(path) << path.error().message;
    return *path;
  }
  std::shared_ptr<CloudAccess> connect(const std::string& path) const {
    const auto remote = connect_to_cloud(path);
    EXPECT_TRUE(remote) << remote.error().message;
    return *remote;
  }

  void inject(CallKind call, const std::string& kind, std::optional<ErrorCode> code,
              Duration delay = Duration(0)) {
    shared.locked([&](cloud::Cloud& each) {
      cloud::FaultRule rule;
      rule.call = call;
      rule.effect = {.kind = kind, .code = code, .delay = delay};
      const auto injected = each.inject(rule);
      ASSERT_TRUE(injected) << injected.error().message;
    });
  }
  size_t records(cloud::LogPhase phase) {
    size_t count = 0;
    shared.locked([&](cloud::Cloud& each) {
      for (const cloud::LogRecord& record : each.records()) count += record.phase == phase ? 1 : 0;
    });
    return count;
  }
  size_t objects() {
    size_t count = 0;
    shared.locked([&](cloud::Cloud& each) { count = each.view().size(); });
    return count;
  }

  cloud::Cloud cloud = cloud::Cloud(cloud::built_in_types(), 1);
  SharedCloud shared = SharedCloud(cloud);

 private:
  SocketFolder folder_;

 public:
  std::unique_ptr<CloudServer> server;
};

inline ProviderRequest create_request(const std::string& name) {
  ProviderRequest request;
  request.kind = CallKind::kCreate;
  request.type = kGenericResource;
  request.target = "default";
  request.label = name;
  request.token = "token-" + name;
  request.properties.set("Name", Json(name));
  return request;
}

}  // namespace squall
