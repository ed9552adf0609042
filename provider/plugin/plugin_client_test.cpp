// Both ends of the plugin protocol, with a provider that does what a test says.
#include "provider/plugin/plugin_client_test.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <optional>

#include "documents/generic_types.h"
#include "provider/plugin/plugin_server.h"
#include "provider/socket_folder.h"

namespace squall::plugin {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;

constexpr Duration kLong = 10min;

// Does what `act` says with every call.
class Scripted final : public ResourceProvider {
 public:
  using Act = std::function<ProviderReply(const ProviderRequest&, const CallContext&)>;

  Result<Description> describe() override { return described; }
  ProviderReply create(const ProviderRequest& request, const CallContext& context) override {
    return called("create", request, context);
  }
  ProviderReply settle(const ProviderRequest& request, const CallContext& context) override {
    return called("settle", request, context);
  }
  ProviderReply read(const ProviderRequest& request, const CallContext& context) override {
    return called("read", request, context);
  }
  ProviderReply update(const ProviderRequest& request, const CallContext& context) override {
    return called("update", request, context);
  }
  ProviderReply remove(const ProviderRequest& request, const CallContext& context) override {
    return called("delete", request, context);
  }
  ProviderReply status(const ProviderRequest& request, const CallContext& context) override {
    return called("status", request, context);
  }
  ProviderReply list(const ProviderRequest& request, const CallContext& context) override {
    return called("list", request, context);
  }

  Result<Description> described;
  Act act;

 private:
  ProviderReply called(std::string_view function, const ProviderRequest& request,
                       const CallContext& context) const {
    EXPECT_EQ(to_string(request.kind), function);
    return act(request, context);
  }
};

ProviderReply nothing_to_say(const ProviderRequest&, const CallContext&) {
  ProviderReply reply;
  reply.native_id = "id";
  return reply;
}

// Blocks until the call is canceled.
ProviderReply wait_until_canceled(const ProviderRequest& request, const CallContext& context) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, context.canceled, [] { return false; });
  return nothing_to_say(request, context);
}

class PluginClientTest : public testing::Test {
 protected:
  void SetUp() override { start(); }

  void start() {
    auto started = PluginServer::start(provider, socket(), [this] { ++asked_to_end; });
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }
  std::string socket() const { return folder_.path() + "/socket"; }
  ProviderReply call(Duration deadline = kLong) {
    return call_and_wait(client, read_request(), deadline);
  }
  static ProviderRequest read_request() {
    ProviderRequest request;
    request.type = kGenericResource;
    request.native_id = "id";
    return request;
  }

 private:
  SocketFolder folder_ = *SocketFolder::make();

 public:
  Scripted provider;
  std::atomic<int> asked_to_end = 0;
  std::unique_ptr<PluginServer> server;
  PluginClient client = PluginClient(socket());
};

// Shows: a description comes through with all its members.
TEST_F(PluginClientTest, Describe) {
  provider.described = Description{.name = "test",
                                   .schemas = generic_types(),
                                   .rate_per_second = 4'000'000'000,
                                   .create_tokens = false,
                                   .versions = true,
                                   .consistency_window = 1234567us};
  const auto description = client.describe(kLong);
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_EQ(description->name, "test");
  EXPECT_EQ(description->schemas, generic_types());
  EXPECT_EQ(description->rate_per_second, 4'000'000'000);
  EXPECT_FALSE(description->create_tokens);
  EXPECT_TRUE(description->versions);
  EXPECT_EQ(description->consistency_window, 1234567us);
  provider.described = Description{};
  EXPECT_TRUE(client.describe(kLong)->create_tokens);
  EXPECT_FALSE(client.describe(kLong)->versions);
}

// Shows: a provider that cannot describe itself says why.
TEST_F(PluginClientTest, DescribeFails) {
  provider.described = fail("the credentials have expired");
  const auto description = client.describe(kLong);
  ASSERT_FALSE(description);
  EXPECT_THAT(description.error().message,
              AllOf(HasSubstr(socket()), HasSubstr("the credentials have expired")));
}

// Shows: each kind of call reaches its own function with the members of its kind, and every member
// of an answer comes back.
TEST_F(PluginClientTest, RequestsAndAnswers) {
  ProviderRequest all;
  all.type = kGenericResource;
  all.target = "target";
  all.label = "label";
  all.caller = "command-1";
  const auto with = [&all](CallKind kind, auto set) {
    ProviderRequest request = all;
    request.kind = kind;
    set(request);
    return request;
  };
  const Document document = {{"Name", "ü"}, {"Number", 9007199254740993}, {"Null", nullptr}};
  const JsonArray patch = {JsonObject{{"op", "remove"}, {"path", "/Value"}}};
  const std::vector<ProviderRequest> requests = {
      with(CallKind::kCreate,
           [&](ProviderRequest& r) {
             r.token = "token";
             r.properties = document;
           }),
      with(CallKind::kSettle, [](ProviderRequest& r) { r.token = "token"; }),
      with(CallKind::kRead, [](ProviderRequest& r) { r.native_id = "id"; }),
      with(CallKind::kUpdate,
           [&](ProviderRequest& r) {
             r.native_id = "id";
             r.properties = document;
             r.patch = patch;
             r.if_version = 0;
           }),
      with(CallKind::kUpdate, [](ProviderRequest& r) { r.native_id = "id"; }),
      with(CallKind::kDelete,
           [](ProviderRequest& r) {
             r.native_id = "id";
             r.if_version = 3;
           }),
      with(CallKind::kStatus,
           [](ProviderRequest& r) {
             r.native_id = "id";
             r.request_id = "request";
           }),
      with(CallKind::kList,
           [](ProviderRequest& r) {
             r.parent = "parent";
             r.page_token = "page";
           }),
  };
  for (const ProviderRequest& request : requests) {
    ProviderReply said;
    said.native_id = "other id";
    said.properties = document;
    said.version = 17;
    if (request.kind == CallKind::kList) {
      said.listed = {{.native_id = "a", .properties = document},
                     {.native_id = "b", .properties = {}}};
      said.next_page = "next";
    }
    for (const ReplyStatus status :
         {ReplyStatus::kSuccess, ReplyStatus::kInProgress, ReplyStatus::kFailure}) {
      said.status = status;
      said.request_id = status == ReplyStatus::kInProgress ? "request" : "";
      said.error = ErrorCode::kDependencyFailure;
      said.message = "why";
      provider.act = [&](const ProviderRequest& got, const CallContext&) {
        expect_same(got, request);
        return said;
      };
      expect_same(call_and_wait(client, request), said);
    }
  }
}

// Shows: the provider knows how long it is waited for.
TEST_F(PluginClientTest, TheDeadlineReachesTheProvider) {
  Duration known = 0us;
  provider.act = [&](const ProviderRequest& request, const CallContext& context) {
    known = context.deadline;
    return nothing_to_say(request, context);
  };
  EXPECT_TRUE(call(100s).ok());
  EXPECT_GT(known, 50s);
  EXPECT_LT(known, 110s);
}

// Shows: no answer in time is DeadlineExceeded, and the provider hears that nobody waits any more.
TEST_F(PluginClientTest, Deadline) {
  std::atomic<bool> heard = false;
  provider.act = [&](const ProviderRequest& request, const CallContext& context) {
    const ProviderReply reply = wait_until_canceled(request, context);
    heard = true;
    return reply;
  };
  // On a busy machine a call may be given up before it has come to the provider.
  while (!heard) {
    const auto started = steady_clock::now();
    const ProviderReply reply = call(30ms);
    EXPECT_EQ(reply.status, ReplyStatus::kFailure);
    EXPECT_EQ(reply.error, ErrorCode::kDeadlineExceeded);
    // The clock of gRPC's timers is not a fine one.
    EXPECT_GE(steady_clock::now() - started, 10ms);
  }
  server->drop();  // what is still there tells `heard`
}

// Shows: a deadline that is over is one like any other.
TEST_F(PluginClientTest, NoTimeAtAll) {
  provider.act = wait_until_canceled;
  EXPECT_EQ(call(0s).error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(call(-5s).error, ErrorCode::kDeadlineExceeded);
}

// Shows: where nobody listens, a call fails at once, not at its deadline; and as soon as somebody
// does, calls come through, without waiting for long.
TEST_F(PluginClientTest, NobodyListens) {
  provider.act = nothing_to_say;
  server.reset();
  const auto started = steady_clock::now();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(call().error, ErrorCode::kNetworkFailure);
  EXPECT_FALSE(client.describe(kLong));
  client.shut_down();
  EXPECT_LT(steady_clock::now() - started, 60s);
  start();
  while (!call().ok()) {
    ASSERT_LT(steady_clock::now() - started, kLong);
  }
}

// Shows: somebody who listens and says nothing is waited for, and no longer than the deadline says.
TEST_F(PluginClientTest, AMuteListener) {
  const std::string path = socket() + "-mute";
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  PluginClient other(path);
  const ProviderReply reply = call_and_wait(other, read_request(), 50ms);
  EXPECT_THAT(reply.error,
              testing::AnyOf(ErrorCode::kDeadlineExceeded, ErrorCode::kNetworkFailure));
  ::close(listener);
}

// Shows: calls that are under way when the provider goes end with NetworkFailure, each once.
TEST_F(PluginClientTest, TheConnectionIsLost) {
  constexpr int kCalls = 50;
  std::latch arrived(kCalls);
  provider.act = [&](const ProviderRequest& request, const CallContext& context) {
    arrived.count_down();
    return wait_until_canceled(request, context);
  };
  Answers answers;
  for (int i = 0; i < kCalls; ++i) client.call(read_request(), kLong, answers.expect_one());
  arrived.wait();
  EXPECT_EQ(answers.size(), 0U);
  server->drop();
  answers.wait_until_fewer_are_missing(1);
  EXPECT_EQ(answers.count(ErrorCode::kNetworkFailure), static_cast<size_t>(kCalls));
}

// Shows: with some grace, what is canceled may still answer.
TEST_F(PluginClientTest, DropWithGrace) {
  std::latch arrived(1);
  provider.act = [&](const ProviderRequest& request, const CallContext& context) {
    arrived.count_down();
    return wait_until_canceled(request, context);
  };
  Answers answers;
  client.call(read_request(), kLong, answers.expect_one());
  arrived.wait();
  server->drop(kLong);
  answers.wait_until_fewer_are_missing(1);
  EXPECT_EQ(answers.count(ErrorCode::kNetworkFailure), 0U);
}

// Shows: a client that goes ends its calls, each once, and calls nothing any more after that.
TEST_F(PluginClientTest, TheClientGoes) {
  constexpr int kCalls = 50;
  std::latch arrived(kCalls);
  provider.act = [&](const ProviderRequest& request, const CallContext& context) {
    arrived.count_down();
    return wait_until_canceled(request, context);
  };
  Answers answers;
  std::optional<PluginClient> other(socket());
  for (int i = 0; i < kCalls; ++i) other->call(read_request(), kLong, answers.expect_one());
  arrived.wait();
  other.reset();
  EXPECT_EQ(answers.size(), static_cast<size_t>(kCalls));
  EXPECT_EQ(answers.count(ErrorCode::kNetworkFailure), static_cast<size_t>(kCalls));
}

// Shows: an answer may start the next call; a client that goes waits for those that are started
// meanwhile, and ends them at once.
TEST_F(PluginClientTest, CallsThatStartCalls) {
  provider.act = nothing_to_say;
  auto other = std::make_unique<PluginClient>(socket());
  std::atomic<int> made = 0;
  std::function<void(ProviderReply)> again;
  again = [&, raw = other.get()](const ProviderReply& reply) {
    ++made;
    if (reply.ok()) raw->call(read_request(), kLong, again);
  };
  other->call(read_request(), kLong, again);
  while (made < 10) std::this_thread::yield();
  other.reset();
  const int last = made;
  EXPECT_TRUE(call().ok());
  EXPECT_EQ(made, last);
}

// Shows: answers that break the protocol are MalformedAnswer.
TEST_F(PluginClientTest, MalformedAnswers) {
  provider.act = [](const ProviderRequest&, const CallContext&) {
    ProviderReply reply;
    reply.status = ReplyStatus::kInProgress;
    return reply;
  };
  EXPECT_EQ(call().error, ErrorCode::kMalformedAnswer);
  provider.act = [](const ProviderRequest&, const CallContext&) { return ProviderReply(); };
  ProviderRequest create = read_request();
  create.kind = CallKind::kCreate;
  const ProviderReply reply = call_and_wait(client, create);
  EXPECT_EQ(reply.error, ErrorCode::kMalformedAnswer);
  EXPECT_THAT(reply.message, HasSubstr("names no object"));
}

// Shows: shut_down asks the provider to end, and returns when it has heard.
TEST_F(PluginClientTest, ShutDown) {
  client.shut_down();
  EXPECT_EQ(asked_to_end, 1);
  provider.act = nothing_to_say;
  EXPECT_TRUE(call().ok()) << "when to end is for the provider";
}

// Shows: only the owner may use the socket, which goes with the server; a second server cannot
// have a path where a folder is missing.
TEST_F(PluginClientTest, TheSocket) {
  struct stat found = {};
  ASSERT_EQ(::stat(socket().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(socket()));
  const auto started = PluginServer::start(provider, "/no/such/folder/socket");
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("/no/such/folder/socket"));
}

// Shows: a path with characters that mean something in an address is one like any other.
TEST_F(PluginClientTest, OddPaths) {
  const std::string odd = socket() + " 100%41?#é:&";
  const auto started = PluginServer::start(provider, odd);
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_TRUE(std::filesystem::exists(odd));
  provider.act = nothing_to_say;
  PluginClient other(odd);
  EXPECT_TRUE(call_and_wait(other, read_request()).ok());
}

}  // namespace
}  // namespace squall::plugin
