// One connection of the REST server: a request, its response, the next request.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/rest/request_parser.h"
#include "agent/rest/routes.h"
#include "agent/rest/server.h"

namespace squall::agent {

class Connection;

// What the connections of a server have in common.
struct Connections {
  Connections(boost::asio::io_context& context, Api& api, ServerOptions given)
      : io(context),
        options(std::move(given)),
        routes(api, RouteOptions{.bearer_token = options.bearer_token}) {}

  boost::asio::io_context& io;
  ServerOptions options;
  Routes routes;
  std::map<uint64_t, std::shared_ptr<Connection>> open;  // by number
  uint64_t body_bytes = 0;                               // of the requests that are being read
  bool is_draining = false;
  std::function<void()> on_last_closed;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(Socket socket, std::shared_ptr<Connections> all, uint64_t number);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // At once, whatever goes on. The object may be gone when this returns, but for the caller's copy.
  void close();
  // Ends it after the request that is under way; at once where there is none.
  void drain();

 private:
  enum class Stage {
    kIdle,      // between two requests
    kReading,   // a request
    kHandling,  // the routes have it
    kWriting,   // its response
    kLeaving,   // no more is written; what the client still sends is read and forgotten
    kClosed,
  };

  void next_request();
  void read();
  void on_read(boost::system::error_code error, size_t size);
  void parse();
  void on_end_of_input();
  bool take_head();
  void write_continue();
  void handle();
  void on_answer(uint64_t request_number, Response response);
  void refuse(Response response);
  void send(Response response, bool keep);
  void write_slice(std::string head);
  void on_written();
  void leave();
  void discard();

  void account_for_body(uint64_t bytes);
  void set_deadline(Duration after);
  void on_deadline();
  // Runs `step` as the completion of an operation: what it throws ends this connection alone.
  template <class Step>
  void guard(const Step& step);

  Socket socket_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Connections> all_;
  const uint64_t number_;
  Stage stage_ = Stage::kIdle;
  uint64_t deadlines_ = 0;  // set so far: one that has been replaced says nothing

  std::array<char, 16384> incoming_;
  std::string buffer_;  // what came in and no request has taken
  std::optional<RequestParser> parser_;
  uint64_t requests_ = 0;
  uint64_t held_body_bytes_ = 0;
  bool is_head_request_ = false;
  bool is_http_1_0_ = false;

  // Of the response.
  std::string head_;
  std::string body_;
  std::string tail_;
  BodySource more_;
  bool is_chunked_ = false;
  bool keep_ = false;
};

}  // namespace squall::agent
