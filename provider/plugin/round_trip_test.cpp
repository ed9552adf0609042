// Every operation all the way: client, plugin protocol, provider, cloud protocol, cloud, and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "provider/cloud_provider.h"
#include "provider/cloud_server/served_cloud_test.h"
#include "provider/plugin/plugin_client.h"
#include "provider/plugin/plugin_server.h"

namespace squall::plugin {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

class RoundTrip : public testing::Test {
 protected:
  void SetUp() override {
    socket_ = world.folder() + "/plugin";
    provider_ = std::make_unique<CloudProvider>(world.connect(world.listen(7)), 250);
    auto started = PluginServer::start(*provider_, socket_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
    client = std::make_unique<PluginClient>(socket_);
  }

  ProviderReply call(const ProviderRequest& request, Duration deadline = 60s) const {
    std::promise<ProviderReply> answered;
    client->call(request, deadline,
                 [&answered](ProviderReply reply) { answered.set_value(std::move(reply)); });
    return answered.get_future().get();
  }
  // What the cloud got last, and what it said.
  std::shared_ptr<const ProviderRequest> last_request() {
    std::shared_ptr<const ProviderRequest> out;
    world.shared.locked([&](cloud::Cloud& each) { out = each.records().back().request; });
    return out;
  }

  ServedCloud world;
  std::unique_ptr<PluginClient> client;

 private:
  std::string socket_;
  std::unique_ptr<CloudProvider> provider_;
  std::unique_ptr<PluginServer> server_;
};

// Shows: a create comes through with all it says, as a call of its life of the engine.
TEST_F(RoundTrip, Create) {
  ProviderRequest request = create_request("a");
  request.caller = "command-1";
  request.properties.set("Value", Json("ü\n\"x\""));
  request.properties.set("SetTags", Json({"b", "a"}));
  const ProviderReply reply = call(request);
  EXPECT_EQ(reply.status, ReplyStatus::kSuccess) << reply.message;
  EXPECT_EQ(reply.native_id, "generic-1");
  EXPECT_EQ(reply.version, 1);
  EXPECT_EQ(canonical(*reply.properties),
            R"({"Id":"generic-1","Name":"a","SetTags":["b","a"],"Value":"ü\n\"x\""})");
  const auto got = last_request();
  EXPECT_EQ(got->kind, CallKind::kCreate);
  EXPECT_EQ(got->type, kGenericResource);
  EXPECT_EQ(got->target, "default");
  EXPECT_EQ(got->label, "a");
  EXPECT_EQ(got->caller, "command-1");
  EXPECT_EQ(got->token, "token-a");
  EXPECT_EQ(got->connection, 7U);
  EXPECT_EQ(got->properties, request.properties);
}

}  // namespace
}  // namespace squall::plugin
