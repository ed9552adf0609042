// Every operation all the way: client, plugin protocol, provider, cloud protocol, cloud, and back.
// What arrives is compared with what was sent, and what is heard with what the cloud said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provider/cloud_provider.h"
#include "provider/cloud_server/served_cloud_test.h"
#include "provider/plugin/plugin_client.h"
#include "provider/plugin/plugin_client_test.h"
#include "provider/plugin/plugin_server.h"

namespace squall::plugin {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

constexpr uint64_t kLife = 7;

class RoundTrip : public testing::Test {
 protected:
  void SetUp() override {
    const std::string socket = world.folder() + "/plugin";
    provider_ = std::make_unique<CloudProvider>(world.connect(world.listen(kLife)), 250);
    auto started = PluginServer::start(*provider_, socket);
    ASSERT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
    client = std::make_unique<PluginClient>(socket);
  }

  // The answer, once request and answer are known to have come through as they were.
  ProviderReply call(const ProviderRequest& request) {
    ProviderReply heard = call_and_wait(*client, request);
    std::shared_ptr<const ProviderRequest> arrived;
    std::shared_ptr<const ProviderReply> said;
    world.shared.locked([&](cloud::Cloud& each) {
      arrived = each.records().back().request;
      said = each.records().back().reply;
    });
    ProviderRequest expected = request;
    expected.connection = kLife;
    expect_same(*arrived, expected);
    expect_same(heard, *said);
    return heard;
  }

  static ProviderRequest request_of(CallKind kind, const NativeId& id = "") {
    ProviderRequest request = create_request("a");
    request.kind = kind;
    request.caller = "command-1";
    request.native_id = id;
    request.token.clear();
    request.properties = {};
    return request;
  }
  void behave(const cloud::Behaviours& behaviours) {
    world.shared.locked([&](cloud::Cloud& each) { ASSERT_TRUE(each.set_behaviours(behaviours)); });
  }

  ServedCloud world;
  std::unique_ptr<PluginClient> client;

 private:
  std::unique_ptr<CloudProvider> provider_;
  std::unique_ptr<PluginServer> server_;
};

// Shows: the provider describes itself with the cloud's types and traits, and the rate it was
// given.
TEST_F(RoundTrip, Describe) {
  cloud::Behaviours behaviours;
  behaviours.create_tokens = false;
  behaviours.consistency_window = 3s;
  behave(behaviours);
  const auto description = client->describe(60s);
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_EQ(description->name, "squall");
  EXPECT_EQ(description->schemas, schemas_of(cloud::built_in_types()));
  EXPECT_EQ(description->rate_per_second, 250U);
  EXPECT_FALSE(description->create_tokens);
  EXPECT_TRUE(description->versions);
  EXPECT_EQ(description->consistency_window, 3s);
}

// Shows: a create comes through, with texts and numbers of every kind, and so does its answer.
TEST_F(RoundTrip, Create) {
  ProviderRequest request = create_request("a");
  request.caller = "command-1";
  request.properties.set("Value", Json("ü\n\"x\" \t \\ \x01"));
  request.properties.set("SetTags", Json({"b", "a"}));
  const ProviderReply reply = call(request);
  EXPECT_EQ(reply.status, ReplyStatus::kSuccess) << reply.message;
  EXPECT_EQ(reply.native_id, "generic-1");
  EXPECT_EQ(reply.version, 1);
  EXPECT_EQ(reply.properties->at("Id"), "generic-1");
}

// Shows: numbers arrive as they were sent, whole ones of all sizes also as whole ones; the cloud
// may then refuse them.
TEST_F(RoundTrip, Numbers) {
  for (const Json& number :
       {Json(std::numeric_limits<int64_t>::max()), Json(std::numeric_limits<int64_t>::min()),
        Json(std::numeric_limits<uint64_t>::max()), Json(9007199254740993), Json(0), Json(1.0),
        Json(0.1), Json(-2.5e-7), Json(1e300)}) {
    ProviderRequest request = create_request("a");
    request.properties.set("Odd", number);
    call(request);
    Json arrived;
    world.shared.locked(
        [&](cloud::Cloud& each) { arrived = each.records().back().request->properties.at("Odd"); });
    EXPECT_EQ(arrived.kind(), number.kind());
    EXPECT_EQ(arrived, number);
  }
}

// Shows: settle tells the object of its token, and "none" for a token that made nothing.
TEST_F(RoundTrip, Settle) {
  call(create_request("a"));
  ProviderRequest request = request_of(CallKind::kSettle);
  request.token = "token-a";
  EXPECT_EQ(call(request).native_id, "generic-1");
  request.token = "token-b";
  const ProviderReply none = call(request);
  EXPECT_TRUE(none.ok());
  EXPECT_EQ(none.native_id, "");
}

// Shows: a read gives the object, or says that there is none.
TEST_F(RoundTrip, Read) {
  call(create_request("a"));
  EXPECT_EQ(call(request_of(CallKind::kRead, "generic-1")).properties->at("Name"), "a");
  const ProviderReply none = call(request_of(CallKind::kRead, "generic-2"));
  EXPECT_EQ(none.status, ReplyStatus::kFailure);
  EXPECT_EQ(none.error, ErrorCode::kNotFound);
  EXPECT_NE(none.message, "");
}

// Shows: an update brings its document, its patch and the version it was planned on; a version that
// is no longer the object's is a conflict.
TEST_F(RoundTrip, Update) {
  call(create_request("a"));
  ProviderRequest request = request_of(CallKind::kUpdate, "generic-1");
  request.properties = {{"Name", "a"}, {"Value", "x"}};
  request.patch = {JsonObject{{"op", "add"}, {"path", "/Value"}, {"value", "x"}}};
  request.if_version = 1;
  const ProviderReply reply = call(request);
  EXPECT_TRUE(reply.ok()) << reply.message;
  EXPECT_EQ(reply.version, 2);
  EXPECT_EQ(reply.properties->at("Value"), "x");
  EXPECT_EQ(call(request).error, ErrorCode::kResourceConflict);
  request.if_version.reset();
  EXPECT_TRUE(call(request).ok());
}

// Shows: a delete brings its version, and deletes.
TEST_F(RoundTrip, Delete) {
  call(create_request("a"));
  ProviderRequest request = request_of(CallKind::kDelete, "generic-1");
  request.if_version = 5;
  EXPECT_EQ(call(request).error, ErrorCode::kResourceConflict);
  request.if_version = 1;
  EXPECT_TRUE(call(request).ok());
  EXPECT_EQ(world.objects(), 0U);
}

// Shows: a call in progress tells its request id, and status polls it to its end.
TEST_F(RoundTrip, Status) {
  cloud::Behaviours behaviours;
  behaviours.status_polls = 2;
  behave(behaviours);
  const ProviderReply begun = call(create_request("a"));
  ASSERT_EQ(begun.status, ReplyStatus::kInProgress);
  ASSERT_NE(begun.request_id, "");
  ProviderRequest request = request_of(CallKind::kStatus);
  request.request_id = begun.request_id;
  EXPECT_EQ(call(request).status, ReplyStatus::kInProgress);
  const ProviderReply ended = call(request);
  EXPECT_TRUE(ended.ok());
  EXPECT_EQ(ended.native_id, "generic-1");
  request.native_id = "generic-1";
  call(request);
}

// Shows: a list comes in pages, each object with its properties, and is narrowed to a parent.
TEST_F(RoundTrip, List) {
  world.shared.locked([](cloud::Cloud& each) {
    for (int i = 0; i < 120; ++i) {
      ASSERT_TRUE(
          each.put(std::string(kGenericResource), "default", {{"Name", std::to_string(i)}}));
    }
  });
  ProviderRequest request = request_of(CallKind::kList);
  request.label = "";
  std::vector<std::string> names;
  size_t pages = 0;
  do {
    const ProviderReply page = call(request);
    ASSERT_TRUE(page.ok()) << page.message;
    for (const ListedObject& each : page.listed)
      names.emplace_back(each.properties.at("Name").as_string());
    request.page_token = page.next_page;
    ++pages;
  } while (!request.page_token.empty());
  EXPECT_THAT(names, SizeIs(120));
  EXPECT_GT(pages, 1U);
  request.parent = "generic-1";
  call(request);
}

// Shows: every error code comes through as itself, with its words.
TEST_F(RoundTrip, ErrorCodes) {
  for (size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    world.shared.locked([&](cloud::Cloud& each) {
      each.program({.label = "a", .call = CallKind::kCreate, .code = code});
    });
    const ProviderReply reply = call(create_request("a"));
    EXPECT_EQ(reply.status, ReplyStatus::kFailure);
    EXPECT_EQ(reply.error, code) << to_string(code);
  }
}

// Shows: a document of several megabytes comes through both ways.
TEST_F(RoundTrip, LargeDocuments) {
  ProviderRequest request = create_request("a");
  request.properties.set("Value", Json(std::string(8'000'000, 'x')));
  EXPECT_EQ(call(request).properties->at("Value").as_string().size(), 8'000'000U);
}

// Shows: hundreds of calls that hang until their deadlines keep no other call waiting, on any of
// the ways, and each ends once, with its deadline.
TEST_F(RoundTrip, CallsThatHangStarveNoOthers) {
  constexpr size_t kHanging = 300;
  world.shared.locked([](cloud::Cloud& each) {
    cloud::FaultRule rule;
    rule.call = CallKind::kCreate;
    rule.count = kHanging;
    rule.effect.kind = "hang";
    ASSERT_TRUE(each.inject(rule));
  });
  Answers hanging;
  for (size_t i = 0; i < kHanging; ++i) {
    client->call(create_request("a"), 600s, hanging.expect_one());
  }
  while (world.records(cloud::LogPhase::kArrived) < kHanging) std::this_thread::yield();
  for (size_t i = 0; i < 100; ++i) EXPECT_TRUE(call(create_request(std::to_string(i))).ok());
  EXPECT_EQ(hanging.size(), 0U);
  client.reset();
  EXPECT_EQ(hanging.size(), kHanging);
  EXPECT_EQ(hanging.count(ErrorCode::kNetworkFailure), kHanging);
}

// Shows: thousands of calls with hundreds under way are each answered once, with their own answer.
TEST_F(RoundTrip, ManyCalls) {
  constexpr size_t kCalls = 3000;
  cloud::Behaviours behaviours;
  behaviours.latency = {.kind = cloud::LatencyModel::Kind::kUniform, .typical = 2ms};
  behave(behaviours);
  Answers answers;
  for (size_t i = 0; i < kCalls; ++i) {
    answers.wait_until_fewer_are_missing(400);
    client->call(create_request(std::to_string(i)), 600s,
                 [i, done = answers.expect_one()](const ProviderReply& reply) {
                   EXPECT_TRUE(reply.ok()) << reply.message;
                   EXPECT_EQ(text_of(*reply.properties, "Name"), std::to_string(i));
                   done(reply);
                 });
  }
  answers.wait_until_fewer_are_missing(1);
  EXPECT_EQ(answers.size(), kCalls);
  EXPECT_EQ(world.objects(), kCalls);
}

}  // namespace
}  // namespace squall::plugin
