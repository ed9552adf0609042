#include "agent/rest/server.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "agent/rest/connection.h"

namespace squall::agent {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// When the process has no descriptor left for another connection.
constexpr auto kPauseAfterFailure = std::chrono::milliseconds(100);

Result<asio::ip::address> parse_address(const std::string& text) {
  if (text == "localhost") return asio::ip::address_v4::loopback();
  error_code error;
  asio::ip::address address = asio::ip::make_address(text, error);
  if (error) {
    return fail(
        fmt::format("cannot listen on \"{}\": it must be an IP address, such as 127.0.0.1", text));
  }
  return address;
}

}  // namespace

struct RestServer::Impl : Connections, std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, Api& api, ServerOptions given)
      : Connections(context, api, std::move(given)), acceptor(context), timer(context) {}

  Result<void> listen() {
    TRY(const asio::ip::address address, parse_address(options.address));
    if (!address.is_loopback() && options.bearer_token.empty()) {
      return fail(
          fmt::format("cannot listen on {} without a bearer token: others could reach the "
                      "agent there; give it a token, or listen on 127.0.0.1",
                      options.address));
    }
    const tcp::endpoint endpoint(address, options.port);
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port = acceptor.local_endpoint(error).port();
    if (error) {
      return fail(
          fmt::format("cannot listen on {} port {}: {}; does another agent run? choose "
                      "another port",
                      options.address, options.port, error.message()));
    }
    return {};
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !self->acceptor.is_open()) return;
      if (error) return self->accept_later();
      self->add(std::move(socket));
      self->accept();
    });
  }

  void accept_later() {
    timer.expires_after(kPauseAfterFailure);
    timer.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }

  void add(tcp::socket socket) {
    if (open.size() >= options.max_connections) return;  // it is closed
    const uint64_t number = next_number++;
    auto connection = std::make_shared<Connection>(std::move(socket), shared_from_this(), number);
    open.emplace(number, connection);
    connection->start();
  }

  void stop_accepting() {
    error_code ignored;
    acceptor.close(ignored);
    timer.cancel();
  }

  // A connection that closes takes itself out.
  std::vector<std::shared_ptr<Connection>> all_open() const {
    std::vector<std::shared_ptr<Connection>> out;
    for (const auto& [number, connection] : open) out.push_back(connection);
    return out;
  }

  void close_all() {
    for (const auto& connection : all_open()) connection->close();
  }

  void drain(Duration at_most, std::function<void()> done) {
    stop_accepting();
    is_draining = true;
    on_last_closed = [self = shared_from_this(), done = std::move(done)] {
      self->timer.cancel();
      asio::post(self->io, done);
    };
    timer.expires_after(at_most);
    timer.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->close_all();
    });
    routes.stop_waiting();
    for (const auto& connection : all_open()) connection->drain();
    if (open.empty() && on_last_closed) std::exchange(on_last_closed, {})();
  }

  tcp::acceptor acceptor;
  asio::steady_timer timer;
  uint16_t port = 0;
  uint64_t next_number = 1;
};

RestServer::RestServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<RestServer>> RestServer::start(asio::io_context& io, Api& api,
                                                      ServerOptions options) {
  auto impl = std::make_shared<Impl>(io, api, std::move(options));
  TRY_VOID(impl->listen());
  impl->accept();
  return std::unique_ptr<RestServer>(new RestServer(std::move(impl)));
}

RestServer::~RestServer() {
  impl_->on_last_closed = nullptr;
  impl_->stop_accepting();
  impl_->close_all();
}

uint16_t RestServer::port() const { return impl_->port; }

void RestServer::drain(Duration at_most, std::function<void()> done) {
  impl_->drain(at_most, std::move(done));
}

}  // namespace squall::agent
