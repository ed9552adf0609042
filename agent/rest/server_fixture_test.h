// A REST server in a thread of its own, and clients that say to it what they like, byte by byte.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "agent/rest/fake_api_test.h"
#include "agent/rest/message.h"
#include "agent/rest/server.h"

namespace squall::agent {

namespace asio = boost::asio;
using asio::ip::tcp;

// Long enough for a machine that does much else; nothing waits for it that goes well.
inline constexpr int kPatienceMs = 20'000;

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
  // Is there something to receive?
  bool is_heard() {
    pollfd descriptor = {.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    return !buffer_.empty() || ::poll(&descriptor, 1, 0) > 0;
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

inline constexpr std::string_view kHealth =
    "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

inline std::string post(std::string_view target, std::string_view body,
                        std::string_view more = "") {
  return fmt::format(
      "POST /api/v1{} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n{}\r\n{}",
      target, body.size(), more, body);
}

}  // namespace squall::agent
