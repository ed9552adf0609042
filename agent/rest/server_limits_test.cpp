// The server over real sockets on loopback: bad input, slow and greedy clients, strangers.
#include <algorithm>
#include <deque>
#include <stdexcept>

#include "agent/rest/server_fixture_test.h"

namespace squall::agent {
namespace {

// Shows: what is no request gets a typed 4xx or 5xx, and the next client is served as ever.
TEST_F(RestServerTest, RefusesWhatIsNoRequest) {
  start();
  const std::string long_field = "X: " + std::string(5000, 'x') + "\r\n";
  std::string many_fields;
  for (int i = 0; i < 500; ++i) many_fields += fmt::format("X-{}: y\r\n", i);
  std::string binary;
  for (int i = 0; i < 1000; ++i) binary += static_cast<char>(i * 131 % 251);
  const struct {
    std::string bytes;
    int status;
    std::string error;
  } kCases[] = {
      {binary, 400, "BadRequest"},
      {"\x16\x03\x01\x02\x01\x01 a hello of TLS\r\n\r\n", 400, "BadRequest"},
      {"GET\r\n\r\n", 400, "BadRequest"},
      {"GET /\r\n\r\n", 400, "BadRequest"},
      {"GET / HTTP/9.9\r\n\r\n", 505, "HttpVersionNotSupported"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HttpVersionNotSupported"},
      {"GET /api/v1/health HTTP/1.1\r\n\r\n", 400, "BadRequest"},
      {"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n", 400, "BadRequest"},
      {"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400, "BadRequest"},
      {"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n" + long_field + "\r\n", 431,
       "HeaderFieldsTooLarge"},
      {"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n" + many_fields + "\r\n", 431,
       "HeaderFieldsTooLarge"},
      {"GET /" + std::string(5000, 'a') + " HTTP/1.1\r\n\r\n", 431, "HeaderFieldsTooLarge"},
      {"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400,
       "BadRequest"},
      {"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400,
       "BadRequest"},
      {"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
       "Content-Length: 2\r\n\r\n",
       400, "BadRequest"},
      {"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
       "Transfer-Encoding: chunked\r\n\r\n",
       400, "BadRequest"},
      {"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400,
       "BadRequest"},
      {"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n"
       "Transfer-Encoding: gzip, chunked\r\n\r\n",
       400, "BadRequest"},
      {"POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
       "Content-Length: 100001\r\n\r\n",
       413, "PayloadTooLarge"},
      {"POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
       "Content-Length: 99999999999999999999999\r\n\r\n",
       400, "BadRequest"},
      {"POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
       "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n",
       413, "PayloadTooLarge"},
      {"POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
       "Transfer-Encoding: chunked\r\n\r\n1;" +
           std::string(5000, 'x'),
       431, "HeaderFieldsTooLarge"},
      {"GET /api/v1/he%zzlth HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "BadRequest"},
      {"GET nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "BadRequest"},
      {"GET /api/v1/resources?colour=blue HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "BadRequest"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "NotFound"},
      {"GET /api/v1/health/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "NotFound"},
      {"DELETE /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "MethodNotAllowed"},
      {"BREW /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "MethodNotAllowed"},
  };
  for (const auto& each : kCases) {
    const Received response = ask(each.bytes);
    EXPECT_EQ(response.status, each.status) << each.bytes << "\n" << response.body;
    EXPECT_EQ(response.error(), each.error) << each.bytes;
    EXPECT_TRUE(response.has("Content-Type: application/json\r\n")) << response.head;
  }
  expect_well();
}

// Shows: a client that sends on after it was refused still hears why, and the connection ends.
TEST_F(RestServerTest, IsHeardByWhoeverStillSends) {
  start();
  Client client(port_);
  client.send("POST /api/v1/nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n");
  client.send(std::string(90'000, 'x'));
  const Received response = client.receive();
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(response.has("Connection: close\r\n"));
  EXPECT_TRUE(client.end().is_closed());
  expect_well();
}

// Shows: more bodies at once than there is memory for are refused; what was held is given back.
TEST_F(RestServerTest, BoundsAllBodiesTogether) {
  start();
  const std::string_view head =
      "POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
  std::deque<Client> clients;
  int refused = 0;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back(port_);
    clients.back().send(head).send(std::string(99'000, ' '));
  }
  // Nobody has sent all, so somebody is refused; who, depends on whom the server reads first.
  while (
      std::none_of(clients.begin(), clients.end(), [](Client& each) { return each.is_heard(); })) {
  }
  for (Client& each : clients) {
    const Received response = each.send(std::string(998, ' ') + "{}").receive();
    EXPECT_TRUE(response.status == 202 || response.status == 503) << response.status;
    refused += response.status == 503 ? 1 : 0;
  }
  EXPECT_GE(refused, 1);
  EXPECT_EQ(client().send(head).send(std::string(99'998, ' ') + "{}").receive().status, 202);
}

// Shows: a request that does not come to its end in time is refused.
TEST_F(RestServerTest, EndsSlowRequests) {
  options_.read_timeout = std::chrono::milliseconds(50);
  start();
  for (const std::string_view begun :
       {"G", "GET /api/v1/health HTTP/1.1\r\nHost: loc",
        "POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Length: 10\r\n\r\n{",
        "POST /api/v1/commands?command=apply HTTP/1.1\r\nHost: localhost\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{"}) {
    Client slow(port_);
    const Received response = slow.send(begun).receive();
    EXPECT_EQ(response.status, 408) << begun;
    EXPECT_EQ(response.error(), "RequestTimeout");
    EXPECT_TRUE(slow.is_closed());
  }
  expect_well();
}

// Shows: a connection on which nothing happens is closed without a word, also after a request.
TEST_F(RestServerTest, ClosesIdleConnections) {
  options_.idle_timeout = std::chrono::milliseconds(50);
  start();
  EXPECT_TRUE(client().is_closed());
  Client used(port_);
  EXPECT_EQ(used.send(kHealth).receive().status, 200);
  EXPECT_TRUE(used.is_closed());
}

// Shows: a client that does not read its response loses its connection, which others get.
TEST_F(RestServerTest, GivesUpOnWhoDoesNotRead) {
  options_.idle_timeout = std::chrono::milliseconds(50);
  options_.max_connections = 1;
  for (int i = 0; i < 2000; ++i) {
    InventoryRow row = row_of("stack-0", "r-" + std::to_string(i));
    row.properties = JsonObject{{"Text", std::string(10'000, 'x')}};
    api_.rows.push_back(row);
  }
  start();
  Client lazy(port_);
  lazy.send("GET /api/v1/resources HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (ask(kHealth).status == 0) {
  }
  // It was closed in the middle: what comes is not all.
  EXPECT_FALSE(lazy.end().rest().ends_with("0\r\n\r\n"));
}

// Shows: more connections than there may be are closed at once, and others go on.
TEST_F(RestServerTest, BoundsConnections) {
  options_.max_connections = 2;
  start();
  Client first(port_);
  EXPECT_EQ(first.send(kHealth).receive().status, 200);
  {
    Client second(port_);
    EXPECT_EQ(second.send(kHealth).receive().status, 200);
    EXPECT_TRUE(client().is_closed());
    second.end();
    EXPECT_TRUE(second.is_closed());
  }
  EXPECT_EQ(client().send(kHealth).receive().status, 200);
  EXPECT_EQ(first.send(kHealth).receive().status, 200);
}

// Shows: where a token is asked for, only who shows it is let in.
TEST_F(RestServerTest, AsksForTheToken) {
  options_.bearer_token = "secret";
  start();
  const auto status = [this](std::string_view field) {
    return ask(fmt::format("GET /api/v1/stacks HTTP/1.1\r\nHost: example.org\r\n{}\r\n", field));
  };
  EXPECT_EQ(status("Authorization: Bearer secret\r\n").status, 200);
  EXPECT_EQ(status("authorization: bearer secret\r\n").status, 200);
  for (const std::string_view wrong :
       {"", "Authorization: Bearer secreT\r\n", "Authorization: Bearer \r\n",
        "Authorization: secret\r\n", "Authorization: Basic secret\r\n",
        "Authorization: Bearer secretsecret\r\n",
        "Authorization: Bearer secret\r\nAuthorization: Bearer secret\r\n"}) {
    const Received response = status(wrong);
    EXPECT_EQ(response.status, 401) << wrong;
    EXPECT_EQ(response.error(), "Unauthorized");
    EXPECT_TRUE(response.has("WWW-Authenticate: Bearer")) << response.head;
  }
}

// Shows: beyond loopback the server does not start without a token.
TEST_F(RestServerTest, StartsBeyondLoopbackOnlyWithAToken) {
  options_.address = "0.0.0.0";
  const auto without = RestServer::start(io_, api_, options_);
  ASSERT_FALSE(without.has_value());
  EXPECT_NE(without.error().message.find("without a bearer token"), std::string::npos);
  options_.bearer_token = "secret";
  EXPECT_TRUE(RestServer::start(io_, api_, options_).has_value());
  options_.address = "nowhere";
  EXPECT_FALSE(RestServer::start(io_, api_, options_).has_value());
}

// Shows: an exception of the handlers is an answer of 500, and the server lives on.
TEST_F(RestServerTest, SurvivesExceptions) {
  struct Throwing : FakeApi {
    std::vector<std::string> stacks() const override { throw std::runtime_error("no stacks"); }
  } throwing;
  auto server = RestServer::start(io_, throwing, options_);
  ASSERT_TRUE(server.has_value());
  server_ = *std::move(server);
  port_ = server_->port();
  thread_ = std::thread([this] { io_.run(); });
  const Received response = ask("GET /api/v1/stacks HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.error(), "InternalError");
  expect_well();
  stop();
}

}  // namespace
}  // namespace squall::agent
