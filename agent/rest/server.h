// The REST dialect of docs/agent.md over HTTP/1.1: parses what comes at the border, hands types to
// the Api, and writes its answers. Bad input gets a typed 4xx and never takes the server down.
//
// Everything happens in the thread that runs the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/rest/api.h"
#include "base/result.h"

namespace squall::agent {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 49684;  // 0: any that is free
  // What a client must show ("Authorization: Bearer TOKEN"); empty: nothing.
  std::string bearer_token;
  uint64_t max_body_bytes = uint64_t{256} << 20;
  uint64_t max_header_bytes = uint64_t{16} << 10;
  Duration read_timeout = std::chrono::seconds(30);   // of one request, from its first byte
  Duration idle_timeout = std::chrono::seconds(120);  // between two requests
  size_t max_connections = 1024;                      // more are closed at once
};

class RestServer {
 public:
  // Listens when this returns. Errors: the address is beyond loopback and there is no token; it
  // cannot be bound (the message says what to do).
  static Result<std::unique_ptr<RestServer>> start(boost::asio::io_context& io, Api& api,
                                                   ServerOptions options);
  // Closes every connection. Answers that come from the Api afterwards go nowhere.
  ~RestServer();
  RestServer(const RestServer&) = delete;
  RestServer& operator=(const RestServer&) = delete;

  uint16_t port() const;
  // Takes no new request; those under way are answered, for so long; then calls `done`.
  void drain(Duration at_most, std::function<void()> done);

 private:
  struct Impl;
  explicit RestServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace squall::agent
