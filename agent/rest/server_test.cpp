// The server over real sockets on loopback: what well-meaning clients send, and what they get.
#include "agent/rest/server.h"

#include "agent/rest/server_fixture_test.h"

namespace squall::agent {
namespace {

// Shows: a request is answered, and another on the same connection.
TEST_F(RestServerTest, AnswersOneRequestAfterTheOther) {
  start();
  Client client(port_);
  for (int i = 0; i < 3; ++i) {
    const Received response = client.send(kHealth).receive();
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.has("Content-Type: application/json\r\n")) << response.head;
    EXPECT_TRUE(response.has("Connection: keep-alive\r\n")) << response.head;
    EXPECT_EQ(response.body, R"({"Status":"ok","Ready":true})");
  }
}

// Shows: requests that come all at once are answered in their order.
TEST_F(RestServerTest, AnswersPipelinedRequests) {
  start();
  Client client(port_);
  client.send(std::string(kHealth) + post("/commands?command=apply", "{}") +
              "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n" + std::string(kHealth));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(client.receive().status, 202);
  EXPECT_EQ(client.receive().status, 404);
  EXPECT_EQ(client.receive().status, 200);
}

// Shows: a request that comes byte by byte is put together.
TEST_F(RestServerTest, PutsARequestTogether) {
  start();
  Client client(port_);
  for (const char byte : post("/commands?command=apply", R"({"Stacks":[]})")) {
    client.send(std::string_view(&byte, 1));
  }
  const Received response = client.receive();
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, R"({"CommandId":"c-1"})");
  EXPECT_TRUE(response.has("Location: /api/v1/commands/c-1/status\r\n")) << response.head;
}

// Shows: HTTP/1.0 is answered, and its connections close unless the client wants them kept.
TEST_F(RestServerTest, SpeaksHttp10) {
  start();
  Client once(port_);
  EXPECT_EQ(once.send("GET /api/v1/health HTTP/1.0\r\n\r\n").receive().status, 200);
  EXPECT_TRUE(once.is_closed());
  Client kept(port_);
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /api/v1/health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.receive().status, 200);
  }
}

// Shows: a client that wants to end the connection has it ended.
TEST_F(RestServerTest, ClosesWhenAsked) {
  start();
  Client client(port_);
  client.send("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.receive().has("Connection: close\r\n"));
  EXPECT_TRUE(client.is_closed());
}

// Shows: a client that has ended its half of the connection still gets its answer.
TEST_F(RestServerTest, AnswersAHalfClosedConnection) {
  start();
  Client whole(port_);
  whole.send(kHealth).end();
  EXPECT_EQ(whole.receive().status, 200);
  EXPECT_TRUE(whole.is_closed());
  Client half(port_);
  half.send("POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
      .end();
  const Received response = half.receive();
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.error(), "BadRequest");
}

// Shows: a body in chunks, with extensions and trailers, is put together.
TEST_F(RestServerTest, TakesChunks) {
  start();
  Client client(port_);
  const auto send = [&](std::string_view chunks) {
    client.send(
        "POST /api/v1/commands?command=apply&mode=patch HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    return client.send(chunks).receive().status;
  };
  EXPECT_EQ(send("2;a=b\r\n{\"\r\n9\r\nStacks\":[\r\n2\r\n]}\r\n0\r\nX-After: 1\r\n\r\n"), 202);
  EXPECT_EQ(send("2\r\n{}\r\n0\r\n\r\n"), 202);
  EXPECT_EQ(in_server([this] { return api_.submitted.size(); }), 2U);
  EXPECT_EQ(send("zz\r\n{}\r\n0\r\n\r\n"), 400);
  EXPECT_TRUE(client.is_closed());
}

// Shows: who waits to be told before sending a body is told, or refused without it.
TEST_F(RestServerTest, TellsToContinue) {
  start();
  Client client(port_);
  client.send(
      "POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  EXPECT_EQ(client.send("{}").receive().status, 202);
  client.send(
      "POST /api/v1/nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 404);
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(ask("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n").status,
            417);
}

// Shows: HEAD has the head of the response and nothing more.
TEST_F(RestServerTest, AnswersHead) {
  start();
  Client client(port_);
  client.send("HEAD /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string all = client.rest();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
  EXPECT_NE(all.find("Content-Length: 28\r\n"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
}

// Shows: a large inventory comes in chunks, whole; and to HTTP/1.0 until the connection closes.
TEST_F(RestServerTest, SendsALargeInventory) {
  constexpr int kRows = 5000;
  for (int i = 0; i < kRows; ++i) api_.rows.push_back(row_of("stack-0", "r-" + std::to_string(i)));
  start();
  const Received chunked = ask("GET /api/v1/resources HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(chunked.has("Transfer-Encoding: chunked\r\n")) << chunked.head;
  const Received plain = ask("GET /api/v1/resources HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(plain.has("Connection: close\r\n")) << plain.head;
  EXPECT_EQ(plain.body, chunked.body);
  const Result<Json> document = parse_json(chunked.body);
  ASSERT_TRUE(document.has_value()) << document.error().message;
  EXPECT_EQ(document->at("Resources").as_array().size(), size_t{kRows});
}

// Shows: a port that is taken is an error with words.
TEST_F(RestServerTest, SaysThatAPortIsTaken) {
  start();
  options_.port = port_;
  const auto second = RestServer::start(io_, api_, options_);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find("choose another port"), std::string::npos)
      << second.error().message;
}

// Shows: an answer that comes later is given later, and others are served meanwhile.
TEST_F(RestServerTest, WaitsForTheEngine) {
  api_.reply = std::nullopt;
  start();
  Client waiting(port_);
  waiting.send(post("/commands?command=apply", "{}"));
  while (in_server([this] { return api_.unanswered.empty(); })) {
  }
  expect_well();
  in_server([this] { api_.unanswered.front()(Accepted{"c-7"}); });
  EXPECT_EQ(waiting.receive().body, R"({"CommandId":"c-7"})");
}

// Shows: answers that come when the client, or the server, has gone do no harm.
TEST_F(RestServerTest, AnswersNobody) {
  api_.reply = std::nullopt;
  api_.all_commands.push_back(command_of("c-1", CommandState::kInProgress));
  options_.max_connections = 2;
  start();
  Client(port_).send(post("/commands?command=apply", "{}"));
  Client(port_).send("GET /api/v1/commands/c-1/status?wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (in_server([this] { return api_.unanswered.empty() || api_.waiters.empty(); })) {
  }
  in_server([this] { api_.unanswered.front()(Accepted{"c-7"}); });
  in_server([this] { server_.reset(); });
  in_server([this] {
    api_.waiters.front().done();
    api_.unanswered.front()(Accepted{"c-7"});
  });
}

// Shows: draining answers what is under way and long polls, closes the idle, and then says so.
TEST_F(RestServerTest, Drains) {
  api_.reply = std::nullopt;
  api_.all_commands.push_back(command_of("c-1", CommandState::kInProgress));
  start();
  Client idle(port_);
  EXPECT_EQ(idle.send(kHealth).receive().status, 200);
  Client polling(port_);
  polling.send("GET /api/v1/commands/c-1/status?wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  Client submitting(port_);
  submitting.send(post("/commands?command=apply", "{}"));
  while (in_server([this] { return api_.unanswered.empty() || api_.waiters.empty(); })) {
  }
  std::promise<void> done;
  in_server([&] { server_->drain(std::chrono::minutes(1), [&] { done.set_value(); }); });
  EXPECT_TRUE(idle.is_closed());
  const Received polled = polling.receive();
  EXPECT_EQ(polled.status, 200);
  EXPECT_TRUE(polled.has("Connection: close\r\n")) << polled.head;
  EXPECT_THROW(Client late(port_), boost::system::system_error);
  in_server([this] { api_.unanswered.front()(Accepted{"c-7"}); });
  EXPECT_EQ(submitting.receive().status, 202);
  done.get_future().get();
}

// Shows: a drain does not wait for longer than it may.
TEST_F(RestServerTest, DrainsForSoLong) {
  api_.reply = std::nullopt;
  start();
  Client submitting(port_);
  submitting.send(post("/commands?command=apply", "{}"));
  while (in_server([this] { return api_.unanswered.empty(); })) {
  }
  std::promise<void> done;
  in_server([&] { server_->drain(std::chrono::milliseconds(20), [&] { done.set_value(); }); });
  done.get_future().get();
  EXPECT_TRUE(submitting.is_closed());
}

}  // namespace
}  // namespace squall::agent
