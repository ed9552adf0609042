// The plugin protocol with peers that are not ours: a provider that answers bytes of its own
// making, and an engine that asks for what there is.
#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "proto/squall/provider/v1/provider.grpc.pb.h"
#include "provider/cloud_server/served_cloud_test.h"
#include "provider/plugin/plugin_client_test.h"
#include "provider/plugin/plugin_server.h"
#include "provider/plugin/wire/socket.h"

namespace squall::plugin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Duration kLong = 10min;

// Answers every call of any service with these bytes, or this status.
class Foreigner final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* /*context*/) override {
    return new Reactor(*this);
  }

  grpc::Status status;
  std::string bytes;

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(const Foreigner& owner) : status_(owner.status) {
      const grpc::Slice slice(owner.bytes);
      answer_ = grpc::ByteBuffer(&slice, 1);
      if (status_.ok()) {
        StartWriteAndFinish(&answer_, grpc::WriteOptions(), status_);
      } else {
        Finish(status_);
      }
    }
    void OnDone() override { delete this; }

   private:
    grpc::Status status_;
    grpc::ByteBuffer answer_;
  };
};

class ForeignProvider : public testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + socket_, grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(&foreigner);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  ProviderReply answered(const std::string& bytes) {
    foreigner.status = grpc::Status::OK;
    foreigner.bytes = bytes;
    return call_and_wait(client, create_request("a"));
  }
  ErrorCode answered(grpc::StatusCode code) {
    foreigner.status = {code, "because"};
    const ProviderReply reply = call_and_wait(client, create_request("a"));
    EXPECT_EQ(reply.status, ReplyStatus::kFailure);
    EXPECT_FALSE(reply.message.empty());
    return reply.error;
  }

 private:
  SocketFolder folder_ = *SocketFolder::make();
  std::string socket_ = folder_.path() + "/socket";

 public:
  Foreigner foreigner;
  PluginClient client = PluginClient(socket_);

 private:
  std::unique_ptr<grpc::Server> server_;
};

// Shows: bytes that are no answer, an empty one, and one with parts missing are MalformedAnswer;
// one with parts that nobody knows yet is an answer.
TEST_F(ForeignProvider, BytesThatAreNoAnswer) {
  EXPECT_EQ(answered("\xff\xff\xff").error, ErrorCode::kMalformedAnswer);
  EXPECT_EQ(answered("").error, ErrorCode::kMalformedAnswer);
  EXPECT_EQ(answered(std::string(100'000, '\0')).error, ErrorCode::kMalformedAnswer);
  provider::v1::Answer answer;
  answer.set_status(provider::v1::ANSWER_STATUS_SUCCESS);
  EXPECT_EQ(answered(answer.SerializeAsString()).error, ErrorCode::kMalformedAnswer);
  answer.set_native_id("id");
  EXPECT_TRUE(answered(answer.SerializeAsString()).ok());
  const std::string unknown_field = "\xfa\x3e\x03xyz";  // number 1007, three bytes
  EXPECT_TRUE(answered(answer.SerializeAsString() + unknown_field).ok());
}

// Shows: what each status without an answer means for the call: that it was not made, or that
// nobody knows.
TEST_F(ForeignProvider, Statuses) {
  EXPECT_EQ(answered(grpc::StatusCode::INVALID_ARGUMENT), ErrorCode::kInvalidRequest);
  EXPECT_EQ(answered(grpc::StatusCode::UNIMPLEMENTED), ErrorCode::kInvalidRequest);
  EXPECT_EQ(answered(grpc::StatusCode::UNAVAILABLE), ErrorCode::kNetworkFailure);
  EXPECT_EQ(answered(grpc::StatusCode::CANCELLED), ErrorCode::kNetworkFailure);
  EXPECT_EQ(answered(grpc::StatusCode::DEADLINE_EXCEEDED), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(answered(grpc::StatusCode::INTERNAL), ErrorCode::kMalformedAnswer);
  EXPECT_EQ(answered(grpc::StatusCode::UNKNOWN), ErrorCode::kMalformedAnswer);
  EXPECT_EQ(answered(grpc::StatusCode::NOT_FOUND), ErrorCode::kMalformedAnswer)
      << "what is not there is told by an answer";
}

// Shows: descriptions that cannot be read are errors.
TEST_F(ForeignProvider, Descriptions) {
  for (const char* bytes : {"\xff\xff\xff", "\x12\x01{"}) {
    foreigner.bytes = bytes;
    const auto description = client.describe(kLong);
    ASSERT_FALSE(description);
    EXPECT_THAT(description.error().message, HasSubstr("cannot have the provider at"));
  }
}

class Nobody final : public ResourceProvider {
  Result<Description> describe() override { return Description(); }
  ProviderReply create(const ProviderRequest&, const CallContext&) override { return never(); }
  ProviderReply settle(const ProviderRequest&, const CallContext&) override { return never(); }
  ProviderReply read(const ProviderRequest&, const CallContext&) override { return never(); }
  ProviderReply update(const ProviderRequest&, const CallContext&) override { return never(); }
  ProviderReply remove(const ProviderRequest&, const CallContext&) override { return never(); }
  ProviderReply status(const ProviderRequest&, const CallContext&) override { return never(); }
  ProviderReply list(const ProviderRequest&, const CallContext&) override { return never(); }

  static ProviderReply never() {
    ADD_FAILURE() << "the provider was called";
    return {};
  }
};

// Shows: a request that cannot be read is refused with the reason, and the provider knows nothing
// of it.
TEST(ForeignEngine, RequestsThatCannotBeRead) {
  const auto folder = *SocketFolder::make();
  const std::string socket = folder.path() + "/socket";
  Nobody provider;
  const auto server = PluginServer::start(provider, socket);
  ASSERT_TRUE(server) << server.error().message;
  const auto stub = provider::v1::Provider::NewStub(wire::connect(socket));
  provider::v1::CreateRequest request;
  request.set_desired("no JSON" + std::string(100'000, '!'));
  grpc::ClientContext context;
  provider::v1::Answer answer;
  const grpc::Status status = stub->Create(&context, request, &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("the desired properties are no JSON"));
}

// The services that a server tells of by reflection, as the bytes of its answer.
std::string services_at(const std::string& socket) {
  grpc::GenericStub stub(wire::connect(socket));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto stream = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  stream->StartCall(nullptr);
  EXPECT_TRUE(wait());
  // A ServerReflectionRequest: field 7, list_services, a text without a meaning.
  const grpc::Slice question(std::string("\x3a\x01*"));
  stream->WriteLast(grpc::ByteBuffer(&question, 1), {}, nullptr);
  EXPECT_TRUE(wait());
  grpc::ByteBuffer answer;
  stream->Read(&answer, nullptr);
  EXPECT_TRUE(wait());
  grpc::Slice slice;
  EXPECT_TRUE(answer.DumpToSingleSlice(&slice).ok());
  std::string out(reinterpret_cast<const char*>(slice.begin()), slice.size());
  grpc::Status status;
  stream->Finish(&status, nullptr);
  wait();
  queue.Shutdown();
  return out;
}

// Shows: both sockets of a cloud tell what they serve, so that tools need no .proto files.
TEST(Reflection, TellsTheServices) {
  ServedCloud world;
  EXPECT_THAT(services_at(world.listen()), HasSubstr("squall.cloud.v1.Cloud"));
  EXPECT_THAT(services_at(*world.server->listen_for_controllers()),
              HasSubstr("squall.controller.v1.Controller"));
}

}  // namespace
}  // namespace squall::plugin
