// The client against the REST server of the agent, with an Api that does what it is told.
#include "agent/client/api_client.h"

#include <gmock/gmock.h>

#include "agent/client/percent.h"
#include "agent/rest/server_fixture_test.h"
#include "documents/command_json.h"

namespace squall::agent {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class ApiClientTest : public RestServerTest {
 protected:
  ApiClient connect(const std::string& token = "") const {
    return ApiClient("127.0.0.1", port_, token, 20s);
  }
  // What the Api was asked last.
  CommandRequest submitted() {
    return in_server([this] { return api_.submitted.back(); });
  }
};

CommandRequest an_apply() {
  CommandRequest request;
  request.kind = CommandKind::kApply;
  request.mode = Mode::kReconcile;
  request.client_id = "tests";
  request.idempotency_key = "key-1";
  request.forma.stacks.push_back({"web", ""});
  return request;
}

// Shows: all that a request says arrives as it was meant, and its answer comes back.
TEST_F(ApiClientTest, Submits) {
  start();
  ApiClient client = connect();
  CommandRequest request = an_apply();
  request.force = true;
  request.on_dependents = OnDependents::kCascade;
  const Result<CommandReply> reply = client.submit(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(std::get<Accepted>(*reply).command_id, "c-1");
  const CommandRequest arrived = submitted();
  EXPECT_EQ(arrived.kind, CommandKind::kApply);
  EXPECT_EQ(arrived.mode, Mode::kReconcile);
  EXPECT_TRUE(arrived.force);
  EXPECT_FALSE(arrived.simulate);
  EXPECT_EQ(arrived.on_dependents, OnDependents::kCascade);
  EXPECT_EQ(arrived.client_id, "tests");
  EXPECT_EQ(arrived.idempotency_key, "key-1");
  EXPECT_EQ(to_json(arrived.forma), to_json(request.forma));

  CommandRequest sync;
  sync.kind = CommandKind::kSync;
  ASSERT_TRUE(client.submit(sync));
  EXPECT_EQ(submitted().kind, CommandKind::kSync);
}

// Shows: a refusal is an answer, with its type and its words; so is that there is nothing to do.
TEST_F(ApiClientTest, HearsRefusals) {
  api_.reply = Rejection{RejectionType::kConflictingCommands, "c-0 is at work"};
  start();
  ApiClient client = connect();
  Result<CommandReply> reply = client.submit(an_apply());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(std::get<Rejection>(*reply).type, RejectionType::kConflictingCommands);
  EXPECT_THAT(std::get<Rejection>(*reply).message, HasSubstr("c-0 is at work"));
  in_server([this] { api_.reply = NothingToDo(); });
  reply = client.submit(an_apply());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(*reply));
}

// Shows: commands come with their states, oldest first; one that nobody knows is none.
TEST_F(ApiClientTest, SeesCommands) {
  api_.all_commands = {command_of("c-1"), command_of("c-2", CommandState::kInProgress)};
  start();
  ApiClient client = connect();
  const auto all = client.commands();
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ(all->front().id, "c-1");
  EXPECT_EQ(all->back().state, CommandState::kInProgress);
  EXPECT_EQ((*client.status("c-1"))->state, CommandState::kSuccess);
  EXPECT_FALSE(*client.status("c/3 ?"));
  const auto outlines = client.outlines();
  ASSERT_TRUE(outlines) << outlines.error().message;
  ASSERT_THAT(*outlines, SizeIs(2));
  EXPECT_EQ(outlines->front().command.id, "c-1");
  EXPECT_THAT(outlines->front().command.updates, IsEmpty());
  EXPECT_EQ((*client.outline("c-2"))->command.state, CommandState::kInProgress);
  EXPECT_FALSE(*client.outline("c/3 ?"));
  in_server([this] { api_.all_commands.clear(); });
  EXPECT_THAT(*client.commands(), IsEmpty());
  EXPECT_THAT(*client.outlines(), IsEmpty());
}

// Shows: who waits for the end of a command is answered when the Api says so.
TEST_F(ApiClientTest, WaitsForACommand) {
  api_.all_commands = {command_of("c-1", CommandState::kInProgress)};
  start();
  auto answer = std::async(std::launch::async, [this] { return connect().status("c-1", 15s); });
  while (in_server([this] { return api_.waiters.empty(); })) std::this_thread::yield();
  in_server([this] {
    EXPECT_EQ(api_.waiters.front().at_most, 15s);
    api_.all_commands = {command_of("c-1")};
    api_.waiters.front().done();
  });
  const auto view = answer.get();
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ((*view)->state, CommandState::kSuccess);
}

// Shows: the inventory comes as it is, also in many pieces; so do the stacks.
TEST_F(ApiClientTest, SeesTheInventory) {
  constexpr size_t kMany = 3000;
  for (size_t i = 0; i < kMany; ++i) api_.rows.push_back(row_of("web", fmt::format("r-{}", i)));
  api_.all_stacks = {"db", "web"};
  start();
  ApiClient client = connect();
  const auto rows = client.inventory();
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_THAT(*rows, SizeIs(kMany));
  EXPECT_EQ(to_json(rows->back()), to_json(api_.rows.back()));
  EXPECT_THAT(*client.stacks(), ElementsAre("db", "web"));
  EXPECT_EQ(*client.metrics(), "squall_up 1\n");
}

// Shows: an agent that is loading is not ready; without its token it tells nothing, and the error
// does not tell the token that was shown.
TEST_F(ApiClientTest, KnowsWhetherItMay) {
  options_.bearer_token = "the-right-one";
  api_.is_ready = false;
  start();
  EXPECT_FALSE(*connect("the-right-one").ready());
  in_server([this] { api_.is_ready = true; });
  EXPECT_TRUE(*connect("the-right-one").ready());
  ApiClient stranger = connect("another-one");
  EXPECT_THAT(stranger.ready().error().message, HasSubstr("401"));
  CommandRequest long_one = an_apply();
  for (int i = 0; i < 1000; ++i) long_one.forma.stacks.push_back({fmt::format("stack-{}", i), ""});
  const Result<CommandReply> refused = stranger.submit(long_one);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("401"), Not(HasSubstr("another-one"))));
  EXPECT_TRUE(in_server([this] { return api_.submitted.empty(); }));
}

// Shows: nobody there, no host and an agent that stops are errors that say where it was looked for.
TEST_F(ApiClientTest, SaysThatNobodyIsThere) {
  start();
  ApiClient client = connect();
  ASSERT_TRUE(client.ready());
  stop();
  EXPECT_THAT(client.ready().error().message,
              HasSubstr(fmt::format("cannot reach the agent at 127.0.0.1:{}", port_)));
  EXPECT_THAT(ApiClient("no-address", 1).ready().error().message,
              HasSubstr("cannot reach the agent at no-address:1"));
}

// Shows: localhost is a name for 127.0.0.1.
TEST_F(ApiClientTest, KnowsLocalhost) {
  start();
  EXPECT_TRUE(*ApiClient("localhost", port_).ready());
}

// Shows: a GET on a connection that was closed meanwhile goes out again; a POST does not.
TEST_F(ApiClientTest, SendsNoCommandTwice) {
  start();
  ApiClient client = connect();
  const auto close_all = [this] {
    in_server([this] {
      const uint16_t port = server_->port();
      server_.reset();
      options_.port = port;
      auto again = RestServer::start(io_, api_, options_);
      ASSERT_TRUE(again) << again.error().message;
      server_ = *std::move(again);
    });
  };
  ASSERT_TRUE(client.ready());
  close_all();
  EXPECT_TRUE(client.ready());
  close_all();
  EXPECT_FALSE(client.submit(an_apply()));
  EXPECT_TRUE(client.submit(an_apply()));
  EXPECT_EQ(in_server([this] { return api_.submitted.size(); }), 1U);
}

// Shows: what separates the parts of a form does not come up in them.
TEST(Multipart, SeparatesWhateverItHolds) {
  std::string body;
  const std::string type = make_multipart({{"command", "apply"}}, "--squall-boundary--", body);
  EXPECT_EQ(type, "multipart/form-data; boundary=squall-boundary---");
  EXPECT_THAT(body, testing::StartsWith("--squall-boundary---\r\n"));
  EXPECT_THAT(body, testing::EndsWith("\r\n--squall-boundary-----\r\n"));
  EXPECT_EQ(percent_encoded("a b/ü~"), "a%20b%2F%C3%BC~");
}

}  // namespace
}  // namespace squall::agent
