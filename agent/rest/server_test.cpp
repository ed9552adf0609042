// The server over real sockets on loopback: what comes in as bytes, and what goes out.
#include "agent/rest/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>

#include "agent/rest/fake_api_test.h"
#include "agent/rest/message.h"

namespace squall::agent {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Long enough for a machine that does much else; nothing waits for it that goes well.
constexpr int kPatienceMs = 20'000;

struct Received {
  int status = 0;
  std::string head;
  std::string body;

  bool has(std::string_view field) const { return head.find(field) != std::string::npos; }
  std::string error() const {
    const Result<Json> document = parse_json(body);
    return document ? text_of(*document, "error") : "no JSON: " + body;
  }
};

class Client {
 public:
  explicit Client(uint16_t port) : socket_(io_) {
    socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  }

  Client& send(std::string_view bytes) {
    boost::system::error_code ignored;  // the server may have closed: what it said is looked at
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
    return *this;
  }
  Client& end() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    return *this;
  }

  // One response. Without one, status 0.
  Received receive() {
    Received out;
    size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) return out;
    }
    out.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    out.status = std::atoi(out.head.substr(9, 3).c_str());
    constexpr std::string_view kLength = "Content-Length: ";
    if (const size_t at = out.head.find(kLength); at != std::string::npos) {
      const size_t length = std::stoul(out.head.substr(at + kLength.size()));
      while (buffer_.size() < length && read_some()) {
      }
      out.body = buffer_.substr(0, length);
      buffer_.erase(0, length);
    } else if (out.has("Transfer-Encoding: chunked")) {
      receive_chunks(out.body);
    } else if (out.status >= 200) {
      out.body = rest();
    }
    return out;
  }

  // All that comes until the server closes.
  std::string rest() {
    while (read_some()) {
    }
    return std::exchange(buffer_, {});
  }
  bool is_closed() { return rest().empty(); }

 private:
  bool read_some() {
    pollfd descriptor = {.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    if (::poll(&descriptor, 1, kPatienceMs) <= 0) {
      ADD_FAILURE() << "the server says nothing";
      return false;
    }
    char bytes[65536];
    boost::system::error_code error;
    const size_t size = socket_.read_some(asio::buffer(bytes), error);
    buffer_.append(bytes, size);
    return !error;
  }

  void receive_chunks(std::string& body) {
    for (;;) {
      size_t end = std::string::npos;
      while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!read_some()) return;
      }
      const size_t size = std::stoul(buffer_.substr(0, end), nullptr, 16);
      buffer_.erase(0, end + 2);
      while (buffer_.size() < size + 2) {
        if (!read_some()) return;
      }
      body += buffer_.substr(0, size);
      buffer_.erase(0, size + 2);
      if (size == 0) return;
    }
  }

  asio::io_context io_;
  tcp::socket socket_;
  std::string buffer_;
};

// A server in a thread of its own, with limits small enough to reach.
class RestServerTest : public testing::Test {
 protected:
  RestServerTest() {
    options_.port = 0;
    options_.max_body_bytes = 100'000;
    options_.max_header_bytes = 4096;
  }
  ~RestServerTest() override { stop(); }

  // Runs `what` in the thread of the server, and waits for it.
  template <class F>
  auto in_server(F what) {
    std::packaged_task<decltype(what())()> task(std::move(what));
    auto done = task.get_future();
    asio::post(io_, std::ref(task));
    return done.get();
  }

  void start() {
    Result<std::unique_ptr<RestServer>> server = RestServer::start(io_, api_, options_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = *std::move(server);
    port_ = server_->port();
    thread_ = std::thread([this] { io_.run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    in_server([this] { server_.reset(); });
    work_.reset();
    thread_.join();
  }

  Client client() const { return Client(port_); }
  Received ask(std::string_view bytes) const { return client().send(bytes).receive(); }
  // The server is there and well.
  void expect_well() const {
    EXPECT_EQ(ask("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200);
  }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  FakeApi api_;  // of the server's thread, once that runs
  ServerOptions options_;
  std::unique_ptr<RestServer> server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

constexpr std::string_view kHealth = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(std::string_view target, std::string_view body, std::string_view more = "") {
  return fmt::format(
      "POST /api/v1{} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n{}\r\n{}",
      target, body.size(), more, body);
}

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
